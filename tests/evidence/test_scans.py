"""Scans are kept by commit and scanner."""

import os
from pathlib import Path

import pytest

from evidence import scans
from evidence.scans import kept
from evidence.signals.results import Signals
from tests.evidence.signals.trees import scanned, workflow

SHA = "28cdfee2e24805843048b422aa62f48a1b37545e"
FOUND = scanned(
    {
        "Dockerfile": "FROM python:3.13\nCMD python serve.py\n",
        "train.py": "import mlflow\nmlflow.start_run()\n",
        "broken.py": "import mlflow\ndef (",
        **workflow("pytest"),
    }
)


def must_not_scan() -> Signals:
    raise AssertionError("scanned again")


def test_kept_gives_back_exactly_what_was_scanned(tmp_path: Path) -> None:
    assert kept(tmp_path / "scans", SHA, root="", scan=lambda: FOUND) == FOUND
    again = kept(tmp_path / "scans", SHA, root="", scan=must_not_scan)
    assert again == FOUND
    assert again.notes


def test_kept_tells_commits_and_folders_apart(tmp_path: Path) -> None:
    kept(tmp_path, SHA, root="", scan=lambda: FOUND)
    for sha, root in ((SHA, "services/churn"), ("a" * 40, "")):
        with pytest.raises(AssertionError, match="scanned again"):
            kept(tmp_path, sha, root=root, scan=must_not_scan)


def test_kept_scans_again_with_another_scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path, SHA, root="", scan=lambda: FOUND)
    monkeypatch.setattr(scans, "version", lambda: "newer")
    assert kept(tmp_path, SHA, root="", scan=lambda: FOUND) == FOUND
    assert [path.name for path in tmp_path.iterdir()] == ["newer"]


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"signals": {}}'])
def test_kept_scans_again_where_the_file_is_damaged(tmp_path: Path, damage: str) -> None:
    kept(tmp_path, SHA, root="", scan=lambda: FOUND)
    (file,) = tmp_path.rglob("*.json")
    file.write_text(damage)
    assert kept(tmp_path, SHA, root="", scan=lambda: FOUND) == FOUND
    assert kept(tmp_path, SHA, root="", scan=must_not_scan) == FOUND


def test_kept_keeps_no_more_than_is_worth_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "MOST_KEPT", 2)
    for number in range(4):
        kept(tmp_path, f"{number:040x}", root="", scan=lambda: FOUND)
        for file in tmp_path.rglob("*.json"):
            os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 10))
    assert {path.name[39] for path in tmp_path.rglob("*.json")} == {"2", "3"}


def test_kept_goes_on_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "scans").write_text("a file where the folder should be")
    assert kept(tmp_path / "scans", SHA, root="", scan=lambda: FOUND) == FOUND
