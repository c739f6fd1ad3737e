"""The stand-in for GitHub, read by our connector; its answers fit the schema of the connector's double."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.http import AddressPolicy
from evidence.connectors.base import Context
from evidence.connectors.github import GitHubConnector
from evidence.identity import repository_uid
from evidence.records import NodeKind, NodeRecord
from samples import ci, histories
from samples.github_standin.repository import Repository
from samples.workspace import Workspace
from tests.evidence.github_double import checked

PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOCAL = AddressPolicy(frozenset({"127.0.0.1"}))
VALUES = {"transactions_early": "1" * 32, "transactions_late": "2" * 32}
PLACES = {"churn": "growth", "fraud-score": "payments", "demand-forecast": "supply"}


@dataclass(frozen=True)
class Running:
    """A stand-in, and the workspace that it shows; the tests of its changes are said to have been run."""

    url: str
    workspace: Workspace

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}") as answer:
            return json.load(answer)

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}") as answer:
            return str(answer.read().decode())

    def nodes(self, name: str, kind: str) -> list[NodeRecord]:
        """What the connector makes of a repository."""
        place = f"{self.url}/{PLACES[name]}/{name}"
        context = Context(now=NOW, cache_dir=str(self.workspace.folder), policy=LOCAL)
        pages = list(GitHubConnector({"url": place}).pull({}, context))
        assert not [blind for page in pages for blind in page.blind]
        records = [record for page in pages for record in page.records]
        return [record for record in records if isinstance(record, NodeRecord) and record.kind == kind]


def made(folder: Path) -> Workspace:
    workspace = Workspace(folder, web="", mlflow="", kfp="", github="", began=NOW, say=print)
    for name in histories.names():
        path = workspace.repository(name)
        histories.build(histories.read(name), path=path, now=NOW, values=VALUES)
    ci.publish(workspace)
    return workspace


def outcome(conclusion: str = "success") -> ci.Outcome:
    return ci.Outcome(conclusion, NOW, NOW, log="<said>")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    workspace = made(tmp_path_factory.mktemp("workspace"))
    for name in ("churn", "fraud-score"):
        for pull in Repository(workspace.folder, name).pulls():
            ci.record(
                workspace,
                name,
                "ci.yml",
                head=pull.head,
                branch=f"pull/{pull.number}/head",
                event="pull_request",
                done={"test": outcome("failure" if pull.number == 1 else "success")},
            )
    merge = Repository(workspace.folder, "fraud-score").pulls()[-1].merge
    ci.record(workspace, "fraud-score", "release.yml", head=merge, done={"pipeline": outcome()})
    command = [sys.executable, "-m", "samples.github_standin", "--data", str(workspace.folder), "--port", "0"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield Running(process.stdout.readline().split()[-1], workspace)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


API = "/api/v3/repos/payments/fraud-score"


@pytest.mark.parametrize(
    ("path", "kind", "key"),
    [
        ("", "repository", ""),
        ("/branches/main", "branch", ""),
        ("/rules/branches/main", "rule", ""),
        ("/pulls?state=closed", "pull", ""),
        ("/pulls/3", "pull", ""),
        ("/pulls/3/files", "file", ""),
        ("/pulls/3/reviews", "review", ""),
        ("/commits/{head}/check-runs", "check_run", "check_runs"),
        ("/actions/runs", "workflow_run", "workflow_runs"),
        ("/actions/runs/{run}", "workflow_run", ""),
        ("/actions/runs/{run}/jobs", "job", "jobs"),
    ],
)
def test_answers_fit_the_description_of_github(running: Running, path: str, kind: str, key: str) -> None:
    head = running.get(f"{API}/pulls/3")["head"]["sha"]
    run = running.get(f"{API}/actions/runs")["workflow_runs"][0]["id"]
    answer = running.get(API + path.format(head=head, run=run))
    rows = answer[key] if key else answer if isinstance(answer, list) else [answer]
    assert rows
    for row in rows:
        checked(kind, row)


@pytest.mark.parametrize(
    "path", ["/api/v3/repos/payments/churn", f"{API}/pulls/99", f"{API}/secrets", "/x/y"]
)
def test_answers_404_where_there_is_nothing(running: Running, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        running.get(path)
    caught.value.close()
    assert caught.value.code == 404


def test_listings_are_paged_with_links(running: Running) -> None:
    seen, url = [], f"{running.url}{API}/pulls?state=closed&per_page=5"
    while url:
        with urllib.request.urlopen(url) as answer:
            seen += [row["number"] for row in json.load(answer)]
            link = answer.headers.get("Link") or ""
        url = link[1:].partition(">")[0]
    assert seen == list(range(12, 0, -1))


def test_connector_sees_reviewed_and_tested_changes(running: Running) -> None:
    changes = sorted(
        running.nodes("churn", NodeKind.PULL_REQUEST), key=lambda node: int(str(node.attrs["number"]))
    )
    assert [node.attrs["number"] for node in changes] == list(range(1, 9))
    first = changes[0].attrs
    assert (first["author"], first["approved_by"], first["paths"]) == (
        "aki.sample",
        ["ren.sample"],
        ["churn/features.py"],
    )
    checks = [(check["name"], check["conclusion"], check["path"]) for check in first["checks"]]  # type: ignore[union-attr,index,call-overload]
    assert checks == [("test", "failure", ".github/workflows/ci.yml")]
    assert first["repository"] == repository_uid(f"{running.url}/growth/churn")


def test_connector_sees_which_jobs_were_skipped(running: Running) -> None:
    [run] = running.nodes("fraud-score", NodeKind.WORKFLOW_RUN)
    jobs = {job["name"]: job["conclusion"] for job in run.attrs["jobs"]}  # type: ignore[union-attr,index,call-overload]
    assert jobs == {"image": "skipped", "pipeline": "success"}
    assert run.state == "success"


def test_connector_sees_which_branch_is_open(running: Running) -> None:
    protected = {name: running.nodes(name, NodeKind.BRANCH)[0].attrs["protected"] for name in PLACES}
    assert protected == {"churn": True, "fraud-score": True, "demand-forecast": False}
    assert running.nodes("demand-forecast", NodeKind.PULL_REQUEST) == []


def test_pages_show_pull_requests_and_logs(running: Running) -> None:
    assert "Not GitHub" in running.page("/")
    assert "#8 More memory for serving" in running.page("/growth/churn/tree/main")
    assert "ren.sample" in running.page("/growth/churn/pull/1")
    run = running.get(f"{API}/actions/runs")["workflow_runs"][0]["id"]
    assert "&lt;said&gt;" in running.page(f"/payments/fraud-score/actions/runs/{run}")
