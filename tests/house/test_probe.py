"""The health checks of the containers."""

import os
import time
from pathlib import Path

import pytest
from django.http.request import validate_host

from config.probe import BEAT_SILENT_SECONDS, accepted_host, beat


@pytest.mark.parametrize("allowed", ["localhost", "a.example.org, b.example.org", ".example.org", "*"])
def test_accepted_host_is_let_in(allowed: str) -> None:
    assert "*" not in accepted_host(allowed)
    assert not accepted_host(allowed).startswith(".")
    assert validate_host(accepted_host(allowed), [word.strip() for word in allowed.split(",")])


def test_beat_is_ill_without_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert not beat()


@pytest.mark.parametrize(("age", "well"), [(10, True), (BEAT_SILENT_SECONDS + 10, False)])
def test_beat_is_well_while_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float, well: bool
) -> None:
    """Python 3.13 keeps the timetable in SQLite, whose newest change lies in the file beside it."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    written = time.time() - age
    for name, moment in (("beat", written - 3600), ("beat-wal", written)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    assert beat() is well
