"""The connector against a real MLflow server, with MLflow's own client as the oracle."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

import httpx
import pytest

from core.http import AddressPolicy
from evidence.connectors import ConnectorError, Context
from evidence.connectors._mlflow.api import Api
from evidence.connectors.mlflow import MlflowConnector
from evidence.models import Edge, Event, Node, Observation, Source, SyncStatus
from evidence.records import EdgeKind, EdgeRecord, Json, NodeRecord, Page, Record
from evidence.store import write
from evidence.sync import request_sync, run_sync
from tests.factories import SourceFactory
from tests.fixtures.mlflow_seed_facts import COMMIT, PIPELINE_RUN
from tests.fixtures.mlflow_server import MlflowServer

pytestmark = [pytest.mark.mlflow, pytest.mark.xdist_group("mlflow")]
LONG_AGO = 1_500_000_000_000
_names = count()


def connector(server: MlflowServer, experiments: str = "churn") -> MlflowConnector:
    return MlflowConnector({"url": server.url, "experiments": experiments})


def context(**changes: Any) -> Context:
    policy = AddressPolicy(frozenset({"127.0.0.1"}))
    return Context(now=datetime.now(UTC), cache_dir="", policy=policy, **changes)


def records_of(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def nodes(records: list[Record], kind: str) -> dict[str, NodeRecord]:
    return {
        r.uid.rsplit(":", 1)[-1]: r
        for r in records
        if isinstance(r, NodeRecord) and r.kind == kind and not r.stub
    }


def runs_of(records: list[Record], experiment: str) -> dict[str, NodeRecord]:
    """Runs of one experiment; those behind production models come along with every pull."""
    return {
        key: run for key, run in nodes(records, "run").items() if run.attrs["experiment_id"] == experiment
    }


def versions_of(records: list[Record], model: str) -> list[NodeRecord]:
    found = (r for r in records if isinstance(r, NodeRecord) and r.kind == "model_version" and not r.stub)
    return [version for version in found if version.attrs["name"] == model]


def own_name(what: str) -> str:
    """A name that no other test of this or another worker uses."""
    return f"{what}-{time.time_ns()}-{next(_names)}"


def new_experiment(server: MlflowServer) -> tuple[str, str]:
    name = own_name("experiment")
    return name, str(server.post("experiments/create", name=name)["experiment_id"])


def new_model(server: MlflowServer, *, versions: int) -> str:
    name = own_name("model")
    server.post("registered-models/create", name=name)
    for _ in range(versions):
        server.post("model-versions/create", name=name, source="models:/churn/1")
    return name


def set_alias(server: MlflowServer, name: str, version: str) -> None:
    server.post("registered-models/alias", name=name, alias="champion", version=version)


@pytest.fixture(autouse=True)
def _alone(mlflow_server: MlflowServer) -> Iterator[None]:
    """Each pull reads the whole registry: what another test makes there would be in it."""
    with mlflow_server.alone():
        yield


@pytest.fixture
def source(db: None, mlflow_server: MlflowServer, settings: Any) -> Source:
    settings.ALLOWED_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    return SourceFactory.create(url=mlflow_server.url, settings={"experiments": "churn"})


def synced(source: Source, *, full: bool = False) -> Any:
    source.refresh_from_db()
    sync = request_sync(source, by="test", full=full)
    return run_sync(sync.pk)


def test_pull_agrees_with_the_official_client(mlflow_server: MlflowServer) -> None:
    pages = list(connector(mlflow_server).pull({}, context()))
    runs, oracle = nodes(records_of(pages), "run"), mlflow_server.oracle()
    assert [blind for page in pages for blind in page.blind] == []
    assert runs.keys() == oracle["runs"].keys()
    for run_id, expected in oracle["runs"].items():
        attrs: Any = runs[run_id].attrs
        assert {
            "status": runs[run_id].state,
            "params": attrs["params"],
            "metrics": sorted(attrs["metrics"]),
            "datasets": [each["digest"] for each in attrs["datasets"]],
            "stage": attrs["lifecycle_stage"],
        } == expected


def test_pull_agrees_with_the_official_client_on_the_registry(mlflow_server: MlflowServer) -> None:
    records, oracle = records_of(list(connector(mlflow_server).pull({}, context()))), mlflow_server.oracle()
    found: Any = nodes(records, "model")["churn"].attrs
    assert found["aliases"] == oracle["aliases"]["churn"] == {"champion": "1"}
    assert [version.label for version in versions_of(records, "churn")] == ["churn v1", "churn v2"]
    assert not [r for r in records if isinstance(r, NodeRecord) and "greeting" in r.label]


def test_pull_draws_the_whole_way_from_commit_to_deployment(mlflow_server: MlflowServer) -> None:
    records = records_of(list(connector(mlflow_server).pull({}, context())))
    seeded = mlflow_server.seeded
    edges = {
        (e.kind, e.src.rsplit(":", 1)[-1], e.dst.rsplit(":", 1)[-1])
        for e in records
        if isinstance(e, EdgeRecord)
    }
    run, model = seeded["first"]["run_id"], seeded["first"]["model_id"]
    assert (EdgeKind.CODE_OF, COMMIT, run) in edges
    assert (EdgeKind.WROTE, run, model) in edges
    assert (EdgeKind.REGISTERED_AS, model, "1") in edges
    assert (EdgeKind.DEPLOYED_AS, "1", "1") in edges
    assert (EdgeKind.EVALUATED_BY, model, seeded["evaluation"]) in edges
    assert (EdgeKind.CHILD_OF, seeded["evaluation"], run) in edges
    assert (EdgeKind.CHILD_OF, seeded["piped"], PIPELINE_RUN) in edges
    assert [e for e in edges if e[0] == EdgeKind.READ_BY and e[2] == run]


def test_pull_reads_signatures_and_requirements_of_production(mlflow_server: MlflowServer) -> None:
    records = records_of(list(connector(mlflow_server).pull({}, context())))
    first, second = versions_of(records, "churn")
    signature: Any = first.attrs["signature"]
    requirements: Any = first.attrs["requirements"]
    assert '"name": "feature_a"' in signature["inputs"]
    assert "scikit-learn==1.5.0" in requirements
    assert (second.attrs["signature"], second.attrs["signature_state"]) == (None, "absent")
    assert (first.attrs["production"], second.attrs["production"]) == (True, False)


def test_pull_knows_deleted_failed_open_and_unnumbered(mlflow_server: MlflowServer) -> None:
    runs, seeded = (
        nodes(records_of(list(connector(mlflow_server).pull({}, context()))), "run"),
        mlflow_server.seeded,
    )
    assert runs[seeded["deleted"]].gone
    assert runs[seeded["failed"]].state == "FAILED"
    assert (runs[seeded["open"]].state, runs[seeded["open"]].ended_at) == ("RUNNING", None)
    metrics: Any = runs[seeded["first"]["run_id"]].attrs["metrics"]
    assert metrics == {"val_acc": 0.9, "broken": None, "endless": None}


def test_pull_again_finds_what_ended_is_open_or_began(mlflow_server: MlflowServer) -> None:
    name, experiment = new_experiment(mlflow_server)
    old = mlflow_server.create_run(experiment, name="old", start=LONG_AGO, end=LONG_AGO + 1)
    still_open = mlflow_server.create_run(experiment, name="open", start=LONG_AGO)
    made = connector(mlflow_server, name)
    first = runs_of(records_of(list(made.pull({}, context()))), experiment)
    now = int(time.time() * 1000)
    new = mlflow_server.create_run(experiment, name="new", start=now, end=now + 5)
    late = mlflow_server.create_run(experiment, name="late", start=LONG_AGO, end=now)
    second = runs_of(records_of(list(made.pull(made.cursor, context()))), experiment)
    assert first.keys() == {old, still_open}
    assert second.keys() == {still_open, new, late}


def test_pull_by_key_survives_runs_that_come_in_between(mlflow_server: MlflowServer) -> None:
    """Offsets would show a run twice or not at all here."""
    name, experiment = new_experiment(mlflow_server)
    start = LONG_AGO
    made = {
        mlflow_server.create_run(experiment, name=str(n), start=start + n, end=start + n) for n in range(6)
    }
    one = connector(mlflow_server, name)
    with one._client(context()) as client:
        pages = Api(client, client, run_rows=2).runs([experiment])
        read = [run["info"]["run_id"] for page in islice(pages, 2) for run in page]
        mlflow_server.create_run(experiment, name="between", start=start - 1, end=start)
        read += [run["info"]["run_id"] for page in pages for run in page]
    assert sorted(read) == sorted(made)


def test_pull_through_the_host_guard_says_its_cause(mlflow_server: MlflowServer) -> None:
    class Renamed(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.headers["Host"] = "mlflow:5000"
            return super().handle_request(request)

    made = connector(mlflow_server)
    made.transport = Renamed()
    with pytest.raises(ConnectorError) as caught:
        list(made.pull({}, context()))
    assert "--allowed-hosts" in caught.value.remedy


def test_check_of_a_real_server_works(mlflow_server: MlflowServer) -> None:
    check = connector(mlflow_server).check(context())
    assert check.summary.startswith("MLflow 3.")
    assert all(capability.works for capability in check.capabilities)


def test_sync_twice_leaves_the_same_rows(source: Source) -> None:
    first = synced(source)
    before = rows()
    second = synced(source)
    assert (first.status, second.status) == (SyncStatus.SUCCEEDED, SyncStatus.SUCCEEDED)
    assert rows() == before


def test_sync_killed_in_the_middle_and_repeated_is_the_same(
    source: Source, mlflow_server: MlflowServer
) -> None:
    made, when = connector(mlflow_server), context()
    for page in islice(made.pull({}, when), 3):
        write(page, source=source, now=when.now)
    half = Node.objects.count()
    for _ in range(2):
        for page in made.pull({}, when):
            write(page, source=source, now=when.now)
    whole = rows()
    for page in made.pull({}, when):
        write(page, source=source, now=when.now)
    assert 0 < half < whole["nodes"]
    assert rows() == whole
    assert Node.objects.values("uid").distinct().count() == whole["nodes"]


def rows() -> dict[str, int]:
    tables = {"nodes": Node, "edges": Edge, "events": Event, "observations": Observation}
    return {name: table._default_manager.count() for name, table in tables.items()}


def test_sync_records_an_alias_move_as_one_event(source: Source, mlflow_server: MlflowServer) -> None:
    name = new_model(mlflow_server, versions=2)
    set_alias(mlflow_server, name, "1")
    synced(source)
    assert not moved(name)
    set_alias(mlflow_server, name, "2")
    for _ in range(3):
        synced(source)
    (event,) = moved(name)
    assert (event.attrs["from"], event.attrs["to"]) == ("1", "2")
    deployments = Node.objects.filter(kind="deployment", attrs__model__name=name)
    assert dict(deployments.values_list("attrs__model__version", "state")) == {"1": "superseded", "2": "live"}


def test_sync_records_moves_there_and_back_as_three_events(
    source: Source, mlflow_server: MlflowServer
) -> None:
    name = new_model(mlflow_server, versions=2)
    synced(source)
    for version in ("1", "2", "1"):
        set_alias(mlflow_server, name, version)
        synced(source)
    assert [event.attrs["to"] for event in reversed(moved(name))] == ["1", "2", "1"]


def moved(name: str) -> list[Event]:
    return list(Event.objects.filter(kind="alias_moved", node__label=name))


def test_sync_in_full_finds_deleted_runs_and_versions(source: Source, mlflow_server: MlflowServer) -> None:
    name, experiment = new_experiment(mlflow_server)
    Source.objects.filter(pk=source.pk).update(settings={"experiments": name})
    run = mlflow_server.create_run(experiment, name="old", start=LONG_AGO, end=LONG_AGO + 1)
    model = new_model(mlflow_server, versions=2)
    synced(source)
    mlflow_server.post("runs/delete", run_id=run)
    mlflow_server.delete("model-versions/delete", name=model, version="1")
    synced(source, full=True)
    gone = Node.objects.exclude(gone_at=None).values_list("label", flat=True)
    assert {"old", f"{model} v1"} <= set(gone)
    assert Event.objects.filter(kind="run_deleted", attrs__run_id=run).count() == 1


def test_sync_reads_the_runs_behind_production_each_time(source: Source, mlflow_server: MlflowServer) -> None:
    """A tag edited late leaves no trace in MLflow: no time moves."""
    run = mlflow_server.seeded["first"]["run_id"]
    synced(source)
    source.refresh_from_db()
    later = datetime.now(UTC) + timedelta(days=1)
    cursor: Mapping[str, Json] = {**source.cursor, "runs": later.isoformat()}
    mlflow_server.post("runs/set-tag", run_id=run, key="reviewed", value="yes")
    runs = nodes(records_of(list(connector(mlflow_server).pull(cursor, context()))), "run")
    tags: Any = runs[run].attrs["tags"]
    assert tags["reviewed"] == "yes"
