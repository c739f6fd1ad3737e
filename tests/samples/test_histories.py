"""The sample repositories: real git, the same every time, and good at every commit."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from samples import histories
from samples.histories import Change, Commit, History, HistoryError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VALUES = {"transactions_early": "1" * 32, "transactions_late": "2" * 32}
NAMES = histories.names()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, histories.Repository]:
    folder = tmp_path_factory.mktemp("git")
    return {
        name: histories.build(histories.read(name), path=folder / f"{name}.git", now=NOW, values=VALUES)
        for name in NAMES
    }


def every_version(name: str) -> Iterator[tuple[str, bytes]]:
    history = histories.read(name)
    for index in range(len(history.commits)):
        yield from histories.files_at(history, index, values=VALUES).items()


def test_names_finds_the_three_systems() -> None:
    assert NAMES == ["churn", "demand-forecast", "fraud-score"]


@pytest.mark.parametrize("name", NAMES)
def test_build_gives_the_same_commits_again(
    name: str, built: dict[str, histories.Repository], tmp_path: Path
) -> None:
    again = histories.build(histories.read(name), path=tmp_path / "again.git", now=NOW, values=VALUES)
    assert again.shas == built[name].shas


@pytest.mark.parametrize("name", NAMES)
def test_build_passes_fsck(name: str, built: dict[str, histories.Repository]) -> None:
    assert histories.git("fsck", "--strict", "--no-progress", at=built[name].path) == ""


@pytest.mark.parametrize("name", NAMES)
def test_build_dates_commits_in_order_within_a_quarter(
    name: str, built: dict[str, histories.Repository]
) -> None:
    dates = [
        int(line) for line in histories.git("log", "--reverse", "--format=%ct", at=built[name].path).split()
    ]
    assert dates == sorted(dates)
    assert len(dates) >= 6
    assert 0 < NOW.timestamp() - dates[-1] < NOW.timestamp() - dates[0] < 92 * 86400


def test_build_keeps_what_is_there(built: dict[str, histories.Repository]) -> None:
    churn = built["churn"]
    later = NOW.replace(year=2027)
    again = histories.build(histories.read("churn"), path=churn.path, now=later, values=VALUES)
    assert again.shas == churn.shas


def test_build_replaces_what_was_left_unfinished(tmp_path: Path) -> None:
    (tmp_path / "churn.unfinished").mkdir()
    history = histories.read("churn")
    histories.build(history, path=tmp_path / "churn.git", now=NOW, values=VALUES)
    assert [path.name for path in tmp_path.iterdir()] == ["churn.git"]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_a_template_is_in_some_commit(name: str) -> None:
    folder = histories.TEMPLATES / name
    there = {
        str(path.relative_to(folder)).removesuffix(histories.SUFFIX)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    added = {path for commit in histories.read(name).commits for path in commit.adds}
    assert there - added == {"history.yaml"}


@pytest.mark.parametrize("name", NAMES)
def test_python_and_yaml_parse_at_every_commit(name: str) -> None:
    for path, content in every_version(name):
        if path.endswith(".py"):
            ast.parse(content, filename=path)
        elif path.endswith((".yaml", ".yml")):
            assert list(yaml.safe_load_all(content)), path
        assert b"@transactions" not in content


@pytest.mark.parametrize("name", ["churn", "fraud-score"])
def test_workflows_name_triggers_and_jobs(name: str) -> None:
    workflows = [
        yaml.safe_load(path.read_text())
        for path in (histories.TEMPLATES / name / ".github" / "workflows").iterdir()
    ]
    assert len(workflows) >= 2
    for workflow in workflows:
        assert workflow[True]  # YAML 1.1 reads the key "on" as a truth value
        assert all(job["runs-on"] and job["steps"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", ["churn", "fraud-score"])
def test_pull_requests_are_merged_by_somebody_else(name: str, built: dict[str, histories.Repository]) -> None:
    fields = "--format=%P|%an|%(trailers:key=Reviewed-by,valueonly,separator=%x2C)"
    merges = histories.git("log", "--merges", fields, at=built[name].path).splitlines()
    assert len(merges) >= 8
    for merge in merges:
        parents, by, reviewer = merge.split("|")
        head = parents.split()[1]
        author = histories.git("log", "-1", "--format=%an", head, at=built[name].path).strip()
        assert reviewer.startswith(by)
        assert by != author


def history(tmp_path: Path, *commits: Commit, **files: str) -> History:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return History("made-up", tmp_path, commits)


def test_files_at_takes_later_changes_back(tmp_path: Path) -> None:
    made = history(
        tmp_path,
        Commit("First", "A Sample", 3, adds=("a",)),
        Commit("Second", "A Sample", 2, changes=(Change("a", "one", "two"),)),
        Commit("Third", "A Sample", 1, changes=(Change("a", "two", "three"),)),
        a="it is three",
    )
    contents = [histories.files_at(made, index, values={})["a"] for index in range(3)]
    assert contents == [b"it is one", b"it is two", b"it is three"]


def test_files_at_drops_what_was_removed(tmp_path: Path) -> None:
    made = history(
        tmp_path,
        Commit("First", "A Sample", 2, adds=("a", "b")),
        Commit("Second", "A Sample", 1, removes=("a",)),
        a="",
        b="",
    )
    assert set(histories.files_at(made, 1, values={})) == {"b"}


def test_files_at_refuses_a_change_that_is_not_unique(tmp_path: Path) -> None:
    made = history(
        tmp_path,
        Commit("First", "A Sample", 2, adds=("a",)),
        Commit("Second", "A Sample", 1, changes=(Change("a", "one", "two"),)),
        a="two two",
    )
    with pytest.raises(HistoryError, match="stands there 2 times"):
        histories.files_at(made, 0, values={})


def test_files_at_puts_values_in(tmp_path: Path) -> None:
    made = history(tmp_path, Commit("First", "A Sample", 1, adds=("a",)), a="md5: @sum@")
    assert histories.files_at(made, 0, values={"sum": "f00"})["a"] == b"md5: f00"
