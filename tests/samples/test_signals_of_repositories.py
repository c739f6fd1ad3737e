"""The scanner sees in each sample repository what it deserves, and nothing else."""

from collections.abc import Sequence

import pytest

from evidence.signals.scan import scan
from samples import histories

VALUES = {"transactions_early": "1" * 32, "transactions_late": "2" * 32}
DESERVED: dict[str, dict[str, object]] = {
    "demand-forecast": {"experiment_tracking": ["mlflow"], "model_registry_use": True},
    "churn": {
        "container_image": True,
        "dependency_lock": True,
        "ci_workflow": True,
        "ci_runs_tests": True,
        "tests_present": True,
        "pipeline_tests": True,  # they run the features that the pipeline trains on
        "orchestrator": ["kfp"],
        "typed_components": True,
        "data_validation": True,
        "experiment_tracking": ["mlflow"],
        "model_registry_use": True,
        "k8s_manifests": True,
        "serving": ["fastapi"],
        "scheduled_or_triggered_training": True,
    },
    "fraud-score": {
        "container_image": True,
        "dependency_lock": True,
        "ci_workflow": True,
        "ci_runs_tests": True,
        "tests_present": True,
        "pipeline_tests": True,
        "ci_builds_images": True,
        "ci_compiles_or_deploys_pipeline": True,
        "orchestrator": ["kfp"],
        "typed_components": True,
        "data_versioning": True,
        "data_validation": True,
        "experiment_tracking": ["mlflow"],
        "model_registry_use": True,
        "iac": ["terraform"],
        "gitops": True,
        "k8s_manifests": True,
        "serving": ["kserve"],
        "canary": True,
        "scheduled_or_triggered_training": True,
        "drift_monitoring": True,
    },
}


def signals_of(name: str, *, commit: int = -1) -> dict[str, object]:
    """Signals that are there, lists as lists."""
    history = histories.read(name)
    files = histories.files_at(history, commit % len(history.commits), values=VALUES)

    def read(paths: Sequence[str]) -> dict[str, bytes]:
        return {path: files[path] for path in paths}

    found = scan({path: len(content) for path, content in files.items()}, read)
    values = {name: signal.value for name, signal in found.by_name.items()}
    return {str(k): v if isinstance(v, bool) else sorted(map(str, v)) for k, v in values.items() if v}


@pytest.mark.parametrize("name", DESERVED)
def test_signals_of_the_head(name: str) -> None:
    assert signals_of(name) == DESERVED[name]


def test_signals_of_the_first_commits_are_fewer() -> None:
    assert signals_of("churn", commit=0) == {"experiment_tracking": ["mlflow"]}
    assert "canary" not in signals_of("fraud-score", commit=9)
