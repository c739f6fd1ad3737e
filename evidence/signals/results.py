"""What a scan says: the closed set of signals, their values and the lines that prove them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evidence.records import Json
from evidence.signals.vocabulary import vocabulary

MOST_LINES = 40
"""Evidence lines kept for one signal: enough for a reviewer, small enough for a database row."""


class SignalName(StrEnum):
    """Everything a repository can show about its own system."""

    CONTAINER_IMAGE = "container_image"
    DEPENDENCY_LOCK = "dependency_lock"
    CI_WORKFLOW = "ci_workflow"
    CI_RUNS_TESTS = "ci_runs_tests"
    TESTS_PRESENT = "tests_present"
    PIPELINE_TESTS = "pipeline_tests"
    CI_BUILDS_IMAGES = "ci_builds_images"
    CI_COMPILES_OR_DEPLOYS_PIPELINE = "ci_compiles_or_deploys_pipeline"
    ORCHESTRATOR = "orchestrator"
    TYPED_COMPONENTS = "typed_components"
    DATA_VERSIONING = "data_versioning"
    DATA_VALIDATION = "data_validation"
    FEATURE_STORE = "feature_store"
    EXPERIMENT_TRACKING = "experiment_tracking"
    MODEL_REGISTRY_USE = "model_registry_use"
    IAC = "iac"
    GITOPS = "gitops"
    K8S_MANIFESTS = "k8s_manifests"
    SERVING = "serving"
    CANARY = "canary"
    SCHEDULED_OR_TRIGGERED_TRAINING = "scheduled_or_triggered_training"
    DRIFT_MONITORING = "drift_monitoring"
    SECRETS_IN_REPO = "secrets_in_repo"


TERMS: Mapping[SignalName, frozenset[str]] = {
    SignalName.ORCHESTRATOR: vocabulary(
        "kfp airflow tfx vertex dagster prefect zenml argo-workflows azureml sagemaker metaflow",
        "dvc-pipeline",
    ),
    SignalName.EXPERIMENT_TRACKING: frozenset(
        ["mlflow", "wandb", "neptune", "comet", "tensorboard", "vertex", "clearml"]
    ),
    SignalName.IAC: frozenset(["terraform", "pulumi", "cloudformation", "bicep", "arm", "cdk"]),
    SignalName.SERVING: frozenset(
        [
            "kserve",
            "seldon",
            "bentoml",
            "torchserve",
            "tf-serving",
            "vertex-endpoint",
            "sagemaker-endpoint",
            "fastapi",
            "flask",
        ]
    ),
}
"""Signals whose value is a list, with the only words the list may hold."""


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """One line of one file that proves a signal. `line` counts from 1; `term` is set for list signals."""

    path: str
    line: int
    why: str
    term: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the scan could not read, or read and refused; `path` may be empty."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: True, False or the sorted terms found, with the proofs in order of path and line."""

    value: bool | tuple[str, ...]
    proofs: tuple[Proof, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({proof.path for proof in self.proofs}))

    def as_json(self) -> dict[str, Json]:
        lines: list[Json] = [{"path": p.path, "line": p.line, "why": p.why} for p in self.proofs[:MOST_LINES]]
        value: Json = self.value if isinstance(self.value, bool) else list(self.value)
        return {"value": value, "paths": list(self.paths), "lines": lines}


@dataclass(frozen=True, slots=True)
class Signals:
    """The whole answer of a scan; every `SignalName` is present. `pipeline_ir`: compiled KFP pipelines."""

    by_name: Mapping[SignalName, Signal]
    notes: tuple[Note, ...] = ()
    pipeline_ir: tuple[str, ...] = ()

    def __getitem__(self, name: SignalName) -> Signal:
        return self.by_name[name]

    def as_json(self) -> dict[str, Json]:
        return {name.value: signal.as_json() for name, signal in self.by_name.items()}


def signal_of(name: SignalName, proofs: Iterable[Proof]) -> Signal:
    """Proofs turned into a signal; a term outside the vocabulary is a programming error."""
    ordered = tuple(sorted(set(proofs)))
    if name not in TERMS:
        return Signal(value=bool(ordered), proofs=ordered)
    terms = {proof.term for proof in ordered}
    unknown = terms - TERMS[name]
    if unknown:
        raise ValueError(f"{name} cannot say {sorted(unknown)}; it knows {sorted(TERMS[name])}.")
    return Signal(value=tuple(sorted(terms)), proofs=ordered)
