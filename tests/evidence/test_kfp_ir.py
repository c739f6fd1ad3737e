"""The compiled pipeline: what is read from it, and what is refused."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evidence.connectors._kfp import ir
from evidence.connectors._kfp.components import component_of, is_pinned
from evidence.connectors._kfp.versions import records_from_ir
from evidence.records import EdgeRecord, NodeRecord, Scope

CHURN = (Path(__file__).parents[1] / "data/kfp/churn_ir.yaml").read_text()


@pytest.fixture
def spec() -> dict[str, Any]:
    """The recorded pipeline, to be changed by a test."""
    return copy.deepcopy(yaml.safe_load(CHURN))


def described(spec: dict[str, Any]) -> dict[str, Any]:
    return dict(ir.describe(ir.spec_of(spec)))


def train(spec: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = spec["deploymentSpec"]["executors"]["exec-train"]["container"]
    return found


def task(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in answer["tasks"] if each["name"] == name)


def component(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in answer["components"] if each["name"] == name)


def test_describe_recorded_pipeline() -> None:
    answer: dict[str, Any] = dict(ir.describe(ir.load(CHURN)))
    assert answer["sdk_version"] == "kfp-2.17.0"
    assert (answer["typed_share"], answer["ports"]) == (1.0, 13)
    assert (answer["images_pinned_share"], answer["images"]) == (0.0, 4)
    assert answer["validation_tasks"] == ["validate-data"]
    assert answer["conditions"] == 1
    assert component(answer, "validate-data")["pip_installs"] == ["pandas==2.2.3", "kfp==2.17.0"]
    assert component(answer, "evaluate")["outputs"] == {
        "Output": "NUMBER_DOUBLE",
        "metrics": "system.Metrics",
    }
    assert task(answer, "train")["retries"] == 2
    assert task(answer, "train")["depends_on"] == ["validate-data"]
    assert task(answer, "train")["caching"] is True


def test_describe_condition_reaches_the_tasks_inside() -> None:
    answer: dict[str, Any] = dict(ir.describe(ir.load(CHURN)))
    assert "evaluate-Output" in task(answer, "deploy")["condition"]
    assert task(answer, "deploy")["parent"] == "condition-1"
    assert task(answer, "evaluate")["condition"] is None
    [gate] = answer["evaluation_gates"]
    assert (gate["task"], gate["on"], gate["guards"]) == ("condition-1", ["evaluate"], ["deploy"])


def test_describe_gate_on_no_evaluation_is_none(spec: dict[str, Any]) -> None:
    binding = spec["root"]["dag"]["tasks"]["condition-1"]["inputs"]["parameters"]
    binding["pipelinechannel--evaluate-Output"]["taskOutputParameter"]["producerTask"] = "train"
    assert described(spec)["evaluation_gates"] == []


def test_describe_bare_artifact_is_not_typed(spec: dict[str, Any]) -> None:
    artifact = spec["components"]["comp-train"]["outputDefinitions"]["artifacts"]["model"]
    artifact["artifactType"]["schemaTitle"] = "system.Artifact"
    answer = described(spec)
    assert answer["typed_share"] == pytest.approx(12 / 13)
    assert component(answer, "train")["typed_share"] == pytest.approx(2 / 3)


def test_describe_image_pinned_by_digest_only(spec: dict[str, Any]) -> None:
    train(spec)["image"] = "registry.example.org/train:1.2@sha256:" + "0a" * 32
    answer = described(spec)
    assert component(answer, "train")["image_pinned"] is True
    assert answer["images_pinned_share"] == 0.25


def test_describe_nothing_to_count_is_null(spec: dict[str, Any]) -> None:
    spec["components"] = {}
    answer = described(spec)
    assert answer["typed_share"] is None
    assert answer["images_pinned_share"] is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"args": ["import pandera as pa\n\ndef step(): pa.check()\n"]}, "its code imports pandera"),
        ({"command": ["sh", "-c", "pip install 'great-expectations>=1'"]}, "it installs Great Expectations"),
        ({"image": "registry.example.org/whylogs:1"}, "its image is named after whylogs"),
    ],
)
def test_describe_validation_by_library(spec: dict[str, Any], change: dict[str, Any], why: str) -> None:
    train(spec).update(change)
    assert described(spec)["validation_why"]["train"] == why


def test_describe_validation_not_by_model_validation(spec: dict[str, Any]) -> None:
    tasks = spec["root"]["dag"]["tasks"]
    tasks["validate-model"] = tasks.pop("validate-data")
    spec["components"]["comp-validate-model"] = spec["components"].pop("comp-validate-data")
    tasks["validate-model"]["componentRef"]["name"] = "comp-validate-model"
    assert described(spec)["validation_tasks"] == []


def test_describe_loop_and_nested_pipeline(spec: dict[str, Any]) -> None:
    spec["root"]["dag"]["tasks"]["condition-1"]["parameterIterator"] = {"items": {"raw": "[1]"}}
    answer = described(spec)
    assert answer["loops"] == 1
    assert task(answer, "condition-1")["group"] is True


@pytest.mark.parametrize(
    ("command", "installs"),
    [
        (["sh", "-c", "pip install -q --index-url https://i.example.org a==1 b && x c"], ["a==1", "b"]),
        (["pip3", "install", "a~=2"], ["a~=2"]),
        (["python3", "-m", "pip", "--no-input", "install", "-r", "r.txt"], ["-r r.txt"]),
        (["sh", "-c", "pip install 'unclosed"], ["'unclosed"]),
        (["sh", "-c", "echo pip; pip freeze"], []),
        (["import os\n# pip install nothing\n"], []),
        (["sh", "-c", "pip install 'old; python_version<\"3.9\"' new"], ["new"]),
    ],
)
def test_component_installs(command: list[str], installs: list[str]) -> None:
    found = component_of("comp-x", body={}, executor={"container": {"command": list(command)}})
    assert list(found.installs) == installs


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    "requirement", ["a==1.2", "a[x]==1", f"git+https://h/x@{COMMIT}", f"x @ git+https://h/x@{COMMIT}"]
)
def test_is_pinned_exactly(requirement: str) -> None:
    assert is_pinned(requirement)


@pytest.mark.parametrize(
    "requirement", ["a", "a>=1", "a==1.*", "a==1,<2", "-r x.txt", "git+https://h/x@main"]
)
def test_is_pinned_not_by_less(requirement: str) -> None:
    assert not is_pinned(requirement)


def test_digest_same_for_yaml_and_server_json(spec: dict[str, Any]) -> None:
    answer = json.loads(json.dumps(spec).replace("50.0", "50"))
    beside_platform = {"pipeline_spec": answer, "platform_spec": {"platforms": {}}}
    assert ir.digest(ir.load(CHURN)) == ir.digest(ir.spec_of(beside_platform))


def test_digest_differs_with_an_image(spec: dict[str, Any]) -> None:
    train(spec)["image"] = "other"
    assert ir.digest(ir.load(CHURN)) != ir.digest(ir.spec_of(spec))


def test_load_leaves_out_the_platform_document() -> None:
    assert ir.load(CHURN + "\n---\nplatforms: {kubernetes: {}}\n") == ir.load(CHURN)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a: [1", "no valid YAML"),
        ("- 1", "a mapping was expected"),
        ("a: 1", "pipelineInfo or root.dag.tasks is missing"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}", "KFP v1 SDK"),
        ("x: !!python/object/apply:os.system [ls]", "no valid YAML"),
        ("x: " + "[" * 5_000, "nests deeper"),
        (BOMB, "nested or repeated"),
        ("x" * (ir.MAX_CHARACTERS + 1), "has more than"),
        ("x: 2026-13-45", "no valid YAML"),
    ],
)
def test_load_refuses(text: str, says: str) -> None:
    with pytest.raises(ir.IrError, match=says):
        ir.load(text)


def test_describe_group_inside_itself_ends(spec: dict[str, Any]) -> None:
    inner = spec["components"]["comp-condition-1"]["dag"]["tasks"]
    inner["again"] = {"componentRef": {"name": "comp-condition-1"}}
    assert task(described(spec), "again")["parent"] == "condition-1"


def test_describe_survives_wrong_shapes(spec: dict[str, Any]) -> None:
    spec["deploymentSpec"] = ["nonsense"]
    spec["components"]["comp-train"]["inputDefinitions"] = 7
    spec["root"]["dag"]["tasks"]["train"] = None
    assert described(spec)["images"] == 0


def test_records_from_ir_bind_file_to_commit() -> None:
    scopes = (Scope("repository", "churn"),)
    where = {
        "repository": "https://git.example.org/acme/churn.git",
        "path": "pipeline.yaml",
        "commit": COMMIT,
    }
    stub, node, edge = records_from_ir(CHURN, scopes=scopes, **where)
    assert isinstance(stub, NodeRecord)
    assert stub.stub
    assert isinstance(node, NodeRecord)
    assert node.uid.startswith("urn:rashinban:pipeline_version:git:git.example.org/acme/churn:pipeline.yaml:")
    assert node.attrs["commit"] == COMMIT
    assert node.scopes == scopes
    assert isinstance(edge, EdgeRecord)
    assert (edge.src, edge.kind, edge.dst) == (stub.uid, "code_of", node.uid)
    assert records_from_ir(CHURN, scopes=scopes, **where) == (stub, node, edge)
