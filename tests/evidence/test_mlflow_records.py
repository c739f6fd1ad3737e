"""MLflow payloads, recorded from a real server, become records."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.connectors._mlflow.datasets import dataset_inputs
from evidence.connectors._mlflow.mlmodel import MAX_BYTES, MlmodelError, read_requirements, read_signature
from evidence.connectors._mlflow.moves import Before, move_records
from evidence.connectors._mlflow.pages import once, page_of
from evidence.connectors._mlflow.payload import moment, number, rows
from evidence.connectors._mlflow.registry import (
    Contents,
    Model,
    assembled,
    model_record,
    shared_sources,
    version_records,
)
from evidence.connectors._mlflow.server import Server
from evidence.connectors._mlflow.tracking import experiment_record, logged_model_records, run_records
from evidence.connectors.base import Context
from evidence.records import Confidence, EdgeKind, EdgeRecord, EventRecord, NodeRecord, Record, as_json

DATA = Path(__file__).parent.parent / "data" / "mlflow"
SERVER = Server("https://mlflow.example.org", web="https://ml.example.org/ui/")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENVIRONMENTS = {"champion": "production"}
SHA = "28cdfee2e24805843048b422aa62f48a1b37545e"


def recorded(name: str) -> Any:
    content = json.loads((DATA / f"{name}.json").read_text())
    return content.get("body", content)


def nodes(records: Iterator[Record] | tuple[Record, ...], kind: str = "") -> list[NodeRecord]:
    return [r for r in records if isinstance(r, NodeRecord) and kind in {"", r.kind}]


def edges(records: tuple[Record, ...], kind: str) -> list[EdgeRecord]:
    return [r for r in records if isinstance(r, EdgeRecord) and r.kind == kind]


def run_of(payload: Any) -> tuple[Record, ...]:
    return tuple(run_records(payload, server=SERVER, experiments={"1": "churn"}))


def with_tags(**tags: str) -> Any:
    listed = [{"key": key.replace("__", "."), "value": value} for key, value in tags.items()]
    return {"info": {"run_id": "a" * 32, "experiment_id": "1"}, "data": {"tags": listed}}


@pytest.fixture
def run() -> Any:
    return recorded("runs_search")["runs"][1]


@pytest.fixture
def model() -> Model:
    return registry()[0]


def registry() -> list[Model]:
    models = recorded("registered_models_search")["registered_models"]
    return assembled(models, recorded("model_versions_search")["model_versions"], environments=ENVIRONMENTS)


def test_experiment_deleted_upstream_is_gone() -> None:
    payload = recorded("experiments_search")["experiments"][0]
    assert not experiment_record(payload, server=SERVER).gone
    assert experiment_record({**payload, "lifecycle_stage": "deleted"}, server=SERVER).gone


def test_run_node_carries_what_readers_rely_on(run: Any) -> None:
    node = nodes(run_of(run), "run")[0]
    assert node.state == "FINISHED"
    assert node.url == "https://ml.example.org/ui/#/experiments/1/runs/52446bfbfdc9448e8de4ba0c40cdcb86"
    assert node.started_at == datetime(2026, 11, 22, 10, 30, 48, 609000, tzinfo=UTC)
    assert node.attrs["params"] == {"algo": "rf", "seed": "1"}
    assert node.attrs["metrics"] == {"val_acc": 1.0}
    assert node.attrs["git_commit"] == SHA
    assert node.attrs["experiment_name"] == "churn"
    assert node.attrs["tags"] == {
        "mlflow.user": "root",
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": SHA,
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.repoURL": "https://git.example.org/acme/churn.git",
    }


def test_run_commit_comes_before_the_run_and_names_its_rung(run: Any) -> None:
    (edge,) = edges(run_of(run), EdgeKind.CODE_OF)
    assert edge.src.endswith(SHA)
    assert edge.method == "run tag mlflow.source.git.commit"
    assert edge.confidence is Confidence.OBSERVED


@pytest.mark.parametrize("tag", ["git_commit", "git_sha"])
def test_run_commit_by_a_declared_tag_is_weaker(tag: str) -> None:
    (edge,) = edges(run_of(with_tags(**{tag: SHA.upper()})), EdgeKind.CODE_OF)
    assert (edge.method, edge.confidence) == (f"run tag {tag}", Confidence.DECLARED)


@pytest.mark.parametrize("text", ["28cdfee", "", "main", "not-a-sha"])
def test_run_without_a_full_sha_has_no_commit(text: str) -> None:
    records = run_of(with_tags(mlflow__source__git__commit=text))
    assert not edges(records, EdgeKind.CODE_OF)
    assert nodes(records, "run")[0].attrs["git_commit"] is None


def test_run_loses_credentials_and_the_text_of_its_diff() -> None:
    tags = {
        "mlflow.source.git.repoURL": "https://bob:secret@git.example.org/a.git",
        "mlflow.source.git.diff": "+password = 'secret'",
    }
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    records = run_of({"info": {"run_id": "a", "experiment_id": "1"}, "data": {"tags": listed}})
    assert "secret" not in json.dumps([as_json(record) for record in records])
    assert nodes(records, "run")[0].attrs["git_repo"] == "https://git.example.org/a.git"


def test_run_data_is_read_before_the_run(run: Any) -> None:
    records = run_of(run)
    versions = nodes(records, "dataset_version")
    assert [v.label for v in versions] == ["churn-train a87311d6", "churn-eval 284ab43b"]
    assert versions[0].attrs["rows"] == 300
    assert versions[0].attrs["weak"] is True
    assert [e.attrs["context"] for e in edges(records, EdgeKind.READ_BY)] == ["training", "validation"]
    assert {e.dst for e in edges(records, EdgeKind.VERSION_OF)} == {
        "urn:rashinban:dataset:/srv/churn/data/churn.csv"
    }


def test_run_nested_is_a_child_of_its_parent_and_of_its_pipeline_run() -> None:
    payload = recorded("run_nested_pg")["run"]
    payload["data"]["tags"].append({"key": "kfp.pipeline_run_id", "value": "6F1B-1"})
    found = {(edge.dst, edge.confidence) for edge in edges(run_of(payload), EdgeKind.CHILD_OF)}
    assert (SERVER.run("0d44d12fb5ea4d9a800ea5faf491d3b3"), Confidence.OBSERVED) in found
    assert ("kfp_run:6f1b-1", Confidence.DECLARED) in found


def test_run_that_reads_a_model_was_caused_by_it() -> None:
    payload = {**with_tags(), "inputs": {"model_inputs": [{"model_id": "m-1"}]}}
    (edge,) = edges(run_of(payload), EdgeKind.EVALUATED_BY)
    assert (edge.src, edge.dst) == (SERVER.logged_model("m-1"), SERVER.run("a" * 32))


def test_run_metrics_that_are_no_numbers_never_reach_json() -> None:
    metrics = [{"key": "nan", "value": "NaN"}, {"key": "inf", "value": 1.7976931348623157e308}]
    payload = {"info": {"run_id": "a", "experiment_id": "1"}, "data": {"metrics": metrics}}
    (node,) = nodes(run_of(payload), "run")
    assert node.attrs["metrics"] == {"nan": None, "inf": None}
    json.dumps(as_json(node), allow_nan=False)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"info": None},
        {"info": {"run_id": "x"}, "data": []},
        {"inputs": {"dataset_inputs": [None, {"dataset": 3}]}},
    ],
)
def test_run_of_odd_form_is_no_exception(payload: Any) -> None:
    assert nodes(run_of(payload), "run")


def dataset(source: str, **more: str) -> Any:
    return {
        "inputs": {"dataset_inputs": [{"dataset": {"name": "d", "digest": "1", "source": source, **more}}]}
    }


@pytest.mark.parametrize(
    ("source", "uri", "version"),
    [
        ('{"uri": "s3a://b/x.csv"}', "s3://b/x.csv", ""),
        ('{"url": "https://u:p@h/x?X-Amz-Signature=1&part=2"}', "https://h/x?part=2", ""),
        ('{"path": "s3://b/t", "delta_table_version": 7}', "s3://b/t", "delta:7"),
        ('{"uri": "s3://b/x?versionId=abc"}', "s3://b/x?versionId=abc", "object:abc"),
        ('{"tags": {"mlflow.user": "u"}}', "", ""),
        ("no json", "", ""),
        ('{"uri": "http://h:port/x"}', "", ""),
    ],
)
def test_dataset_source_gives_address_and_immutable_version(source: str, uri: str, version: str) -> None:
    (item,) = dataset_inputs(dataset(source))
    assert (item.uri, item.version) == (uri, version)


def test_dataset_without_address_is_known_within_its_experiment() -> None:
    payload = {**with_tags(), **dataset("{}")}
    (version,) = nodes(run_of(payload), "dataset_version")
    assert version.uid == "urn:rashinban:dataset_version:mlflow:mlflow.example.org:1:d:1"


def test_dataset_tensors_come_as_json_in_json() -> None:
    features = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}])
    schema = json.dumps({"mlflow_tensorspec": {"features": features, "targets": None}})
    (item,) = dataset_inputs(dataset("{}", schema=schema, profile='{"features_shape": [9, 3]}'))
    assert (item.fields, item.rows) == ((("features", "float32"),), 9)


def test_logged_model_was_written_by_its_run() -> None:
    payload = recorded("logged_models_search")["models"][1]
    records = tuple(logged_model_records(payload, server=SERVER, experiments={"1": "churn"}))
    node = next(n for n in nodes(records, "logged_model") if not n.stub)
    assert node.state == "LOGGED_MODEL_READY"
    assert node.aliases == (
        "artifact:mlflow-artifacts:/1/models/m-a15830d759104c1fb6acf63471ab2521/artifacts",
    )
    assert edges(records, EdgeKind.WROTE)[0].src == SERVER.run("52446bfbfdc9448e8de4ba0c40cdcb86")


def test_registry_joins_aliases_to_versions_and_claims_production(model: Model) -> None:
    first, second = model.versions
    assert first.aliases == ("champion",)
    assert [claim.by for claim in first.claims] == ["alias champion", "stage Production"]
    assert (second.aliases, second.in_production) == (("challenger",), False)


def test_registry_leaves_prompts_out() -> None:
    prompt = {"name": "p", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    assert assembled([prompt], [{"name": "p", "version": "1"}], environments=ENVIRONMENTS) == []


def test_version_records_lead_from_model_to_deployment(model: Model) -> None:
    records = tuple(version_records(model.versions[0], Contents(), server=SERVER))
    (node,) = nodes(records, "model_version")
    assert node.attrs["production"] is True
    assert node.attrs["claims"] == [
        {"by": "alias champion", "environment": "production"},
        {"by": "stage Production", "environment": "production"},
    ]
    assert node.url == "https://ml.example.org/ui/#/models/churn-clf/versions/1"
    assert edges(records, EdgeKind.REGISTERED_AS)[0].dst == node.uid
    assert {e.confidence for e in edges(records, EdgeKind.DEPLOYED_AS)} == {Confidence.DECLARED}
    assert [d.attrs["how"] for d in nodes(records, "deployment")] == ["declared", "declared"]
    (event,) = (r for r in records if isinstance(r, EventRecord))
    assert event.kind == "version_registered"


def test_version_of_mlflow_2_comes_from_its_run() -> None:
    payload = {"name": "m", "version": "1", "run_id": "r1", "source": "s3://b/1/model"}
    (model,) = assembled([{"name": "m"}], [payload], environments={})
    records = tuple(version_records(model.versions[0], Contents(), server=SERVER))
    assert edges(records, EdgeKind.WROTE)[0].src == SERVER.run("r1")
    assert nodes(records, "model_version")[0].aliases == ("artifact:s3://b/1/model",)


def test_version_copied_from_another_was_promoted_from_it() -> None:
    payload = {"name": "prod", "version": "1", "run_id": "r1", "source": "models:/staging/4"}
    (model,) = assembled([{"name": "prod"}], [payload], environments={})
    records = tuple(version_records(model.versions[0], Contents(), server=SERVER))
    assert edges(records, EdgeKind.PROMOTED_TO)[0].src == SERVER.model_version("staging", "4")


def test_version_sharing_its_artifact_has_no_strong_key() -> None:
    payloads = [{"name": "m", "version": n, "source": "s3://b/model"} for n in ("1", "2")]
    models = assembled([{"name": "m"}], payloads, environments={})
    shared = shared_sources(models)
    records = tuple(version_records(models[0].versions[0], Contents(), server=SERVER, shared=shared))
    assert nodes(records, "model_version")[0].aliases == ()


def before(
    aliases: Any = None, versions: Any = None, since: str | None = "2026-11-21T12:00:00+00:00"
) -> Before:
    known = {"model_aliases": aliases or {}, "model_versions": versions or {}}
    return Before.of(Context(now=NOW, cache_dir="", known=known), since=since)


def moves(model: Model, known: Before) -> tuple[Record, ...]:
    return tuple(move_records(model, before=known, server=SERVER, environments=ENVIRONMENTS))


def test_moves_of_an_alias_end_the_old_deployment(model: Model) -> None:
    records = moves(model, before({"churn-clf": {"champion": "2", "challenger": "2"}}))
    events = [r for r in records if isinstance(r, EventRecord) and r.kind == "alias_moved"]
    assert [(e.attrs["alias"], e.attrs["from"], e.attrs["to"]) for e in events] == [("champion", "2", "1")]
    (old,) = nodes(records, "deployment")
    assert (old.state, old.ended_at, old.attrs["model"]) == (
        "superseded",
        NOW,
        {"name": "churn-clf", "version": "2"},
    )


def test_moves_seen_twice_by_one_pull_are_one_event(model: Model) -> None:
    known = before({"churn-clf": {"champion": "2"}})
    assert once([*moves(model, known), *moves(model, known)]) == moves(model, known)


def test_moves_of_the_first_pull_are_no_events(model: Model) -> None:
    assert moves(model, before(since=None)) == ()


def test_moves_of_a_stage_are_events(model: Model) -> None:
    described = {
        "churn-clf": {n: {"version": n, "current_stage": s} for n, s in (("1", "Staging"), ("2", "None"))}
    }
    records = moves(model, before({"churn-clf": model.aliases}, described))
    (event,) = (r for r in records if isinstance(r, EventRecord))
    assert (event.kind, event.attrs["from"], event.attrs["to"]) == ("stage_moved", "Staging", "Production")


def test_model_record_holds_what_the_next_pull_compares_with(model: Model) -> None:
    assert model_record(model, server=SERVER).attrs["aliases"] == {"challenger": "2", "champion": "1"}


def test_signature_is_read_from_a_real_mlmodel() -> None:
    signature = read_signature(recorded("mlmodel_via_mv_get_artifact").encode())
    assert signature is not None
    assert json.loads(signature.inputs or "")[0] == {"type": "long", "name": "tenure", "required": True}


def test_signature_absent_is_none() -> None:
    assert read_signature(b"flavors: {}\n") is None


@pytest.mark.parametrize("body", [b"<html>", b"a: [", b"- 1", b"{}", b"[" * 5000, b"x" * (MAX_BYTES + 1)])
def test_signature_of_what_is_no_mlmodel_is_refused(body: bytes) -> None:
    with pytest.raises(MlmodelError):
        read_signature(body)


def test_requirements_without_comments() -> None:
    assert read_requirements(b"# made\nmlflow==3.17.2\n\nnumpy==2.0 # pinned\n") == [
        "mlflow==3.17.2",
        "numpy==2.0",
    ]


def test_page_of_leaves_out_what_cannot_be_understood() -> None:
    def convert(thing: str) -> Iterator[Record]:
        if thing == "bad":
            raise ValueError("port")
        yield NodeRecord("run", thing, thing)

    page = page_of(["a", "bad", "b"], convert, what="run", name=str)
    assert [n.uid for n in nodes(page.records)] == ["a", "b"]
    assert [b.scope for b in page.blind] == ["run:bad"]


def test_once_prefers_a_record_to_its_stub() -> None:
    stub, full = NodeRecord("run", "u", "u", stub=True), NodeRecord("run", "u", "train")
    assert once([stub, full, stub]) == (full,)


@pytest.mark.parametrize("value", [0, None, "x", -1e30, 1e30, {}])
def test_moment_of_nonsense_is_none(value: object) -> None:
    assert moment({"t": value}, "t") is None


@pytest.mark.parametrize(
    ("value", "expected"), [("0.5", 0.5), ("NaN", None), (None, None), ("x", None), (float("inf"), None)]
)
def test_number_is_finite_or_none(value: object, expected: float | None) -> None:
    assert number(value) == expected


def test_rows_of_a_missing_list_are_none() -> None:
    assert rows({}, "runs") == rows(None, "runs") == rows({"runs": {}}, "runs") == []
