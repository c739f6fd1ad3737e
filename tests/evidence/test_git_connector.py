"""The git connector: what it yields for real repositories."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.connectors.base import ConnectorError, Context
from evidence.connectors.git import GitConnector, is_local
from evidence.records import EdgeRecord, NodeRecord, as_json
from evidence.signals.results import SignalName
from tests.evidence.git_trees import Repo

DOCKERFILE = "FROM python:3.11\nCOPY . .\n"
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.create(tmp_path / "churn")
    repo.commit({"train.py": "import mlflow\nmlflow.log_metric('a', 1)\n"}, subject="train")
    repo.commit({"Dockerfile": DOCKERFILE}, subject="package")
    return repo


def context(tmp_path: Path, **more: object) -> Context:
    values: dict[str, object] = {"local_paths_allowed": True, **more}
    return Context(now=datetime(2026, 1, 1, tzinfo=UTC), cache_dir=str(tmp_path / "cache"), **values)  # type: ignore[arg-type]


def connector(url: object, **values: str) -> GitConnector:
    return GitConnector({"url": str(url), **values})


def test_dry_run_yields_one_repository_with_every_signal(repo: Repo, tmp_path: Path) -> None:
    pages = list(connector(repo.folder).dry_run(context(tmp_path), options={}))
    (record,) = [record for page in pages for record in page.records]
    plain = as_json(record)
    assert plain["kind"] == "repository"
    attrs = record.attrs if isinstance(record, NodeRecord) else {}
    assert attrs["commit"] == repo.git("rev-parse", "HEAD")
    signals = json.loads(json.dumps(attrs["signals"]))
    assert set(signals) == {name.value for name in SignalName}
    assert signals["container_image"]["value"] is True
    assert signals["container_image"]["paths"] == ["Dockerfile"]
    assert signals["experiment_tracking"]["value"] == ["mlflow"]


def test_dry_run_scans_the_asked_commit(repo: Repo, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD~1")
    (page,) = connector(repo.folder).dry_run(context(tmp_path), options={"commit": first})
    attrs = json.loads(json.dumps(as_json(page.records[0])))["attrs"]
    assert attrs["commit"] == first
    assert attrs["signals"]["container_image"]["value"] is False


def test_pull_command_prints_one_line_for_a_relative_path(repo: Repo) -> None:
    words = [sys.executable, str(PROJECT / "manage.py"), "pull", "git", "--set", "url=churn", "--json"]
    done = subprocess.run(
        words, cwd=repo.folder.parent, capture_output=True, text=True, check=True, env={**os.environ}
    )
    (line,) = done.stdout.splitlines()
    record = json.loads(line)
    assert (record["kind"], record["label"]) == ("repository", "churn")


def test_pull_yields_the_repository_its_commits_and_edges(repo: Repo, tmp_path: Path) -> None:
    source = connector(repo.folder)
    records = [record for page in source.pull({}, context(tmp_path)) for record in page.records]
    nodes = [record for record in records if isinstance(record, NodeRecord)]
    edges = [record for record in records if isinstance(record, EdgeRecord)]
    head = repo.git("rev-parse", "HEAD")
    assert [node.kind for node in nodes] == ["repository", "commit", "commit"]
    assert [node.attrs["branch_head"] for node in nodes[1:]] == [True, False]
    assert {edge.kind for edge in edges} == {"contains"}
    assert {edge.src for edge in edges} == {nodes[0].uid}
    assert source.cursor == {"head": head}


def test_pull_twice_yields_the_same_records(repo: Repo, tmp_path: Path) -> None:
    first = list(connector(repo.folder).pull({}, context(tmp_path)))
    assert list(connector(repo.folder).pull({}, context(tmp_path))) == first


def test_pull_tells_whether_a_named_commit_is_merged(repo: Repo, tmp_path: Path) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit({"x.py": "1\n"}, subject="not merged")
    repo.git("checkout", "--quiet", "main")
    elsewhere = "a" * 40
    asked = context(tmp_path, wanted_commits=frozenset({side, elsewhere}))
    pages = list(connector(repo.folder, branch="main").pull({}, asked))
    commits = {
        str(r.attrs["sha"]): r.attrs
        for p in pages
        for r in p.records
        if isinstance(r, NodeRecord) and r.kind == "commit"
    }
    assert commits[side]["on_default_branch"] is False
    assert elsewhere not in commits
    assert not any(page.blind for page in pages)


def test_pull_scans_commits_that_production_was_built_from(repo: Repo, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD~1")
    pages = connector(repo.folder).pull({}, context(tmp_path, production_commits=frozenset({first})))
    scanned = [
        r
        for p in pages
        for r in p.records
        if isinstance(r, NodeRecord) and "signals" in r.attrs and r.kind == "commit"
    ]
    assert [node.attrs["sha"] for node in scanned] == [first]


def test_pull_keeps_to_the_newest_commits(repo: Repo, tmp_path: Path) -> None:
    pages = connector(repo.folder, history="1").pull({}, context(tmp_path))
    assert sum(r.kind == "commit" for p in pages for r in p.records if isinstance(r, NodeRecord)) == 1


def test_a_root_folder_limits_the_scan(repo: Repo, tmp_path: Path) -> None:
    repo.commit(
        {"services/churn/Dockerfile": DOCKERFILE, "services/other/dvc.yaml": "stages:\n  a:\n    cmd: x\n"}
    )
    (page,) = connector(repo.folder, root="services/churn").dry_run(context(tmp_path), options={})
    signals = json.loads(json.dumps(as_json(page.records[0])))["attrs"]["signals"]
    assert signals["container_image"]["paths"] == ["services/churn/Dockerfile"]
    assert signals["orchestrator"]["value"] == []


def test_a_broken_file_is_said_and_the_rest_goes_on(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"k8s/broken.yaml": "apiVersion: v1\nkind: {{{\n", "big.py": "x = 1\n" * 200_000})
    page = next(iter(connector(repo.folder).pull({}, context(tmp_path))))
    attrs = json.loads(json.dumps(as_json(page.records[0])))["attrs"]
    assert attrs["signals"]["container_image"]["value"] is True
    assert [note.split(":")[0] for note in attrs["notes"]] == ["big.py", "k8s/broken.yaml"]
    assert page.blind[0].what.startswith("2 files")


def test_check_says_branch_and_files(repo: Repo, tmp_path: Path) -> None:
    check = connector(repo.folder).check(context(tmp_path))
    assert check.summary.startswith("Branch main at ")
    assert check.summary.endswith("with 2 files.")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (False, "It lies in none of the folders that an administrator allowed."),
        (True, "It lies in none of the folders that an administrator allowed: /srv/git, /data."),
    ],
)
def test_a_refused_folder_is_told_which_are_allowed_to_administrators_only(
    tmp_path: Path, told: bool, why: str
) -> None:
    asked = context(
        tmp_path,
        local_paths_allowed=False,
        local_folders=("/srv/git", "/data"),
        told_to_administrator=told,
    )
    with pytest.raises(ConnectorError) as caught:
        GitConnector({"url": "/etc"}).check(asked)
    assert caught.value.why == why


def test_a_second_pull_scans_nothing_again(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"url": str(repo.folder)}
    first = list(GitConnector(values).pull({}, context(tmp_path)))
    monkeypatch.setattr("evidence.connectors.git.scan_commit", lambda *_args, **_kwargs: pytest.fail("again"))
    assert list(GitConnector(values).pull({}, context(tmp_path))) == first


@pytest.mark.parametrize(
    ("values", "allowed", "message"),
    [
        ({"url": "{repo}"}, False, "Local folders are not allowed"),
        ({"url": "{repo}/absent"}, True, "No such folder exists"),
        ({"url": "{repo}", "branch": "nowhere"}, True, "cannot be found"),
        ({"url": "{repo}", "root": "nowhere"}, True, "has no files there"),
        ({"url": "{repo}", "history": "many"}, True, "no whole number"),
        ({"url": "http://example.org/x.git"}, True, "Only https"),
        ({"url": "https://ada:pw@example.org/x.git"}, True, "Only https"),
        ({"url": "https://localhost/x.git"}, True, "private address"),
        ({"url": "ssh://git@example.org/x.git"}, True, "Only https"),
        ({"url": "git@example.org:x/y.git"}, True, "Only https"),
    ],
)
def test_bad_settings_end_in_a_sentence(
    values: dict[str, str], allowed: bool, message: str, repo: Repo, tmp_path: Path
) -> None:
    filled = {name: value.replace("{repo}", str(repo.folder)) for name, value in values.items()}
    with pytest.raises(ConnectorError, match=message) as error:
        list(GitConnector(filled).pull({}, context(tmp_path, local_paths_allowed=allowed)))
    assert error.value.remedy.endswith(".")
    assert "pw" not in str(error.value)


def test_an_empty_repository_is_told(tmp_path: Path) -> None:
    empty = Repo.create(tmp_path / "empty")
    with pytest.raises(ConnectorError, match="It has no commit yet"):
        list(connector(empty.folder).pull({}, context(tmp_path)))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/srv/x", True),
        ("x/y", True),
        ("file:///x", True),
        ("~/x", True),
        (".", True),
        ("git@h:x", False),
        ("https://h/x", False),
    ],
)
def test_is_local(url: str, expected: bool) -> None:
    assert is_local(url) is expected
