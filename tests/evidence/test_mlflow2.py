"""MLflow 2: its recorded answers always, a real server where MLFLOW2_PYTHON names its interpreter."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.http import AddressPolicy
from evidence.connectors import Context
from evidence.connectors.mlflow import MlflowConnector
from evidence.models import Edge, Node, SyncStatus
from evidence.records import EdgeKind, EdgeRecord, NodeRecord, Page, Record
from evidence.sync import request_sync, run_sync
from tests.factories import SourceFactory
from tests.fixtures.mlflow2_server import Mlflow2Server
from tests.fixtures.mlflow_seed_facts import COMMIT
from tests.fixtures.recording import Recorder, replayed

RECORDED = Path(__file__).parent.parent / "data" / "mlflow2" / "answers.json"
REPLAYED_URL = "http://mlflow.example.org:5000"


def connector(url: str, transport: httpx.BaseTransport | None = None) -> MlflowConnector:
    made = MlflowConnector({"url": url})
    made.transport = transport
    return made


def context() -> Context:
    return Context(now=datetime.now(UTC), cache_dir="", policy=AddressPolicy(frozenset({"127.0.0.1"})))


def test_pull_of_recorded_answers_is_complete() -> None:
    transport, seeded = replayed(RECORDED)
    judge(list(connector(REPLAYED_URL, transport).pull({}, context())), seeded)


def test_check_of_recorded_answers_works() -> None:
    transport, _ = replayed(RECORDED)
    check = connector(REPLAYED_URL, transport).check(context())
    assert check.summary.startswith("MLflow 2.22")
    assert all(capability.works for capability in check.capabilities)
    assert "has none" in check.capabilities[2].detail


@pytest.mark.xdist_group("mlflow2")
def test_pull_of_a_real_server_is_complete(mlflow2_server: Mlflow2Server) -> None:
    """With MLFLOW2_RECORD set, what the server answered becomes the recording."""
    recorder = Recorder()
    made = connector(mlflow2_server.url, recorder)
    pages = list(made.pull({}, context()))
    judge(pages, mlflow2_server.seeded)
    assert made.check(context()).summary.startswith("MLflow 2.")
    if os.environ.get("MLFLOW2_RECORD"):
        recorder.save(RECORDED, seeded=mlflow2_server.seeded)


@pytest.mark.django_db
@pytest.mark.xdist_group("mlflow2")
def test_sync_of_a_real_server_in_full_and_again(mlflow2_server: Mlflow2Server, settings: Any) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    source = SourceFactory.create(url=mlflow2_server.url, settings={})
    seen = []
    for full in (True, True, False):
        source.refresh_from_db()
        sync = run_sync(request_sync(source, by="test", full=full).pk)
        assert sync is not None
        assert (sync.status, sync.blind) == (SyncStatus.SUCCEEDED, [])
        seen.append((Node.objects.count(), Edge.objects.count()))
    assert seen[0] == seen[1] == seen[2]
    assert Node.objects.get(kind="run", attrs__run_id=mlflow2_server.seeded["deleted"]).gone_at


def judge(pages: list[Page], seeded: dict[str, Any]) -> None:
    """Everything that MLflow's own client says is there, drawn from commit to deployment, nothing unseen."""
    records = [record for page in pages for record in page.records]
    assert [blind for page in pages for blind in page.blind] == []
    for part in (_runs, _registry, _signatures, _edges):
        check: Callable[[list[Record], dict[str, Any]], None] = part
        check(records, seeded)


def _nodes(records: list[Record], kind: str) -> dict[str, NodeRecord]:
    found = (r for r in records if isinstance(r, NodeRecord) and r.kind == kind and not r.stub)
    return {node.uid.rsplit(":", 1)[-1]: node for node in found}


def _runs(records: list[Record], seeded: dict[str, Any]) -> None:
    runs: Any = _nodes(records, "run")
    assert {key: run.attrs["params"] for key, run in runs.items()} == {
        key: said["params"] for key, said in seeded["said"]["runs"].items()
    }
    for key, said in seeded["said"]["runs"].items():
        assert (runs[key].state, sorted(runs[key].attrs["metrics"])) == (said["status"], said["metrics"])
        assert [each["digest"] for each in runs[key].attrs["datasets"]] == said["datasets"]
    assert runs[seeded["first"]].attrs["metrics"] == {"val_acc": 0.9, "broken": None, "endless": None}
    assert [key for key, run in runs.items() if run.gone] == [seeded["deleted"]]


def _registry(records: list[Record], seeded: dict[str, Any]) -> None:
    model: Any = _nodes(records, "model")["churn"]
    assert model.attrs["aliases"] == seeded["said"]["aliases"]["churn"] == {"champion": "1"}
    assert sorted(_nodes(records, "model_version")) == sorted(seeded["said"]["stages"])
    deployments = (r for r in records if isinstance(r, NodeRecord) and r.kind == "deployment")
    targets = {str(node.attrs["target"]) for node in deployments}
    assert targets == {"alias:champion", "stage:Production"}


def _signatures(records: list[Record], seeded: dict[str, Any]) -> None:
    versions: Any = _nodes(records, "model_version")
    assert '"name": "feature_a"' in versions["1"].attrs["signature"]["inputs"]
    assert "scikit-learn==1.5.0" in versions["1"].attrs["requirements"]
    assert versions["2"].attrs["signature_state"] == "absent"


def _edges(records: list[Record], seeded: dict[str, Any]) -> None:
    found = (r for r in records if isinstance(r, EdgeRecord))
    edges = {(e.kind, e.src.rsplit(":", 1)[-1], e.dst.rsplit(":", 1)[-1]) for e in found}
    assert (EdgeKind.CODE_OF, COMMIT, seeded["first"]) in edges
    assert (EdgeKind.WROTE, seeded["first"], "1") in edges
    assert (EdgeKind.DEPLOYED_AS, "1", "1") in edges
    assert [e for e in edges if e[0] == EdgeKind.READ_BY and e[2] == seeded["first"]]
