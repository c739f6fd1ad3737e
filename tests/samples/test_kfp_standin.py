"""The stand-in for the KFP API, driven by the official client and read by our connector.

The client runs once, in a process of its own (importing kfp takes seconds and belongs to no process of ours).
"""

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
from evidence.connectors.kfp import KfpConnector
from evidence.records import EdgeRecord, NodeRecord, Page
from samples.kfp_standin.store import Store

pytestmark = pytest.mark.xdist_group("kfp_standin")
PROJECT = Path(__file__).parents[2]
CLIENT = Path(__file__).with_name("kfp_client_script.py")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
LOCAL = AddressPolicy(frozenset({"127.0.0.1"}))


@dataclass(frozen=True)
class Driven:
    """A running stand-in, what the client saw of it, and where it keeps its state."""

    url: str
    data: Path
    saw: dict[str, Any]


def started(data: Path) -> tuple[subprocess.Popen[str], str]:
    """A stand-in on a free port; its address comes from its first line."""
    command = [sys.executable, "-m", "samples.kfp_standin", "--data", str(data), "--port", "0"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().split()[-1]


def stopped(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    return process.returncode


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    folder = tmp_path_factory.mktemp("standin")
    process, url = started(folder / "data")
    try:
        command = [sys.executable, "-W", "ignore", str(CLIENT), url, str(folder)]
        client = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert client.returncode == 0, client.stderr[-2000:]
        yield Driven(url, folder / "data", json.loads(client.stdout.splitlines()[-1]))
    finally:
        assert stopped(process) == 0


def states(run: dict[str, Any]) -> dict[str, str]:
    return {task["display_name"]: task["state"] for task in run["run_details"]["task_details"]}


def test_client_runs_really_happen(driven: Driven) -> None:
    good = driven.saw["runs"]["good"]
    assert good["state"] == "SUCCEEDED"
    assert set(states(good).items()) == {
        (task, "SUCCEEDED") for task in ("validate-data", "evaluate", "condition-1", "register")
    }
    [written] = (driven.data / "runs" / good["run_id"]).rglob("evaluate/executor_output.json")
    output = json.loads(written.read_text())
    assert output["parameterValues"]["Output"] == 4.0
    [metrics] = output["artifacts"]["metrics"]["artifacts"]
    assert metrics["metadata"] == {"mean": 4.0, "run_id": good["run_id"]}


def test_client_branch_not_taken_is_skipped(driven: Driven) -> None:
    assert driven.saw["runs"]["poor"]["state"] == "SUCCEEDED"
    assert states(driven.saw["runs"]["poor"])["condition-1"] == "SKIPPED"


def test_client_failure_names_the_task(driven: Driven) -> None:
    bad = driven.saw["runs"]["bad"]
    assert (bad["state"], states(bad)) == ("FAILED", {"validate-data": "FAILED"})
    assert "validate-data failed" in bad["error"]["message"]
    assert "no rows" in (driven.data / "runs" / bad["run_id"] / "log.txt").read_text()


def test_client_inline_fired_and_canceled_runs(driven: Driven) -> None:
    runs = driven.saw["runs"]
    assert "pipeline_version_reference" not in runs["inline"]
    assert runs["inline"]["pipeline_spec"]["pipelineInfo"]["name"] == "tiny-training"
    assert runs["fired"]["recurring_run_id"] == driven.saw["ids"]["schedule"]
    assert runs["fired"]["state"] == "SUCCEEDED"
    assert runs["canceled"]["state"] == "CANCELED"


def test_client_lists_filters_and_reads_every_model(driven: Driven) -> None:
    saw = driven.saw
    assert [len(page) for page in saw["pages"]] == [2, 2, 2]
    assert sorted(name for page in saw["pages"] for name in page) == sorted(saw["runs"])
    assert (saw["total"], saw["failed"], saw["missing"], saw["archived"]) == (6, ["bad"], "404 5", "ARCHIVED")
    assert sorted(saw["versions"]) == ["second", "tiny"]
    assert saw["same_experiment"]
    assert all(saw["models"])


def pulled(source: KfpConnector, cursor: dict[str, Any]) -> list[Page]:
    context = Context(now=datetime.now(UTC), cache_dir="", policy=LOCAL)
    return list(source.pull(cursor, context))


def test_connector_reads_the_stand_in(driven: Driven) -> None:
    source = KfpConnector({"url": driven.url, "page_size": "2"})
    check = source.check(Context(now=datetime.now(UTC), cache_dir="", policy=LOCAL))
    assert "4 of 4 listings" in check.summary
    records = [record for page in pulled(source, {}) for record in page.records]
    nodes = {
        r.label: r for r in records if isinstance(r, NodeRecord) and r.kind == "pipeline_run" and not r.stub
    }
    assert {label: node.state for label, node in nodes.items()} == {
        "good": "SUCCEEDED",
        "poor": "SUCCEEDED",
        "bad": "FAILED",
        "inline": "SUCCEEDED",
        "nightly 1": "SUCCEEDED",
        "canceled": "CANCELED",
    }
    assert nodes["inline"].attrs["inline_spec"] is True
    edges = {(each.kind, each.method) for each in records if isinstance(each, EdgeRecord)}
    assert ("triggered", "recurring_run_id of the run") in edges
    assert ("code_of", "tag git_commit of the pipeline version") in edges
    versions = [
        r for r in records if isinstance(r, NodeRecord) and r.kind == "pipeline_version" and not r.stub
    ]
    ir = versions[0].attrs["ir"]
    assert isinstance(ir, dict)
    assert (ir["images_pinned_share"], ir["validation_tasks"]) == (1.0, ["validate-data"])
    assert source.cursor["open"] == []


def test_connector_incremental_reads_only_what_is_new(driven: Driven) -> None:
    source = KfpConnector({"url": driven.url})
    pages = pulled(source, {"runs": "2099-01-01T00:00:00+00:00", "versions": "2099-01-01T00:00:00+00:00"})
    kinds = {r.kind for page in pages for r in page.records if isinstance(r, NodeRecord)}
    assert kinds == {"experiment", "pipeline", "schedule"}


def test_page_opens_and_names_itself(driven: Driven) -> None:
    with urllib.request.urlopen(driven.url + "/") as response:
        page = response.read().decode()
        assert response.headers["Content-Security-Policy"] == "default-src 'self'"
    assert "Stand-in for Kubeflow Pipelines" in page
    for path in ("standin/page.js", "standin/page.css"):
        assert path in page
        with urllib.request.urlopen(f"{driven.url}/{path}") as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("runs", b"{}", 400),
        ("runs", b"no json", 400),
        ("runs", b"[]", 400),
        ("runs", b'{"display_name": "x", "pipeline_version_reference": {"pipeline_id": "nope"}}', 404),
        ("experiments", b'{"display_name": "tiny"}', 409),
        ("runs/nope:retry", b"", 501),
        ("nonsense", b"", 404),
    ],
)
def test_server_refuses(driven: Driven, path: str, body: bytes, status: int) -> None:
    request = urllib.request.Request(f"{driven.url}/apis/v2beta1/{path}", data=body, method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == status
    assert json.load(caught.value)["message"]


def test_restart_keeps_state_and_fails_what_was_cut_off(tmp_path: Path) -> None:
    store = Store(tmp_path / "kfp.sqlite")
    run = {
        "run_id": "r1",
        "display_name": "x",
        "created_at": "2026-01-01T00:00:00Z",
        "state": "RUNNING",
        "state_history": [],
        "run_details": {"task_details": [{"display_name": "train", "state": "RUNNING"}]},
    }
    store.put("runs", "r1", run)
    store.close()
    process, url = started(tmp_path)
    try:
        with urllib.request.urlopen(f"{url}/apis/v2beta1/runs/r1") as response:
            found = json.load(response)
    finally:
        assert stopped(process) == 0
    assert (found["state"], states(found)) == ("FAILED", {"train": "FAILED"})
    assert "was stopped" in found["error"]["message"]
