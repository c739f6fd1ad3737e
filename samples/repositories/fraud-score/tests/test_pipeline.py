import pytest
import yaml

from fraud_score.pipeline import compile_to

IMAGE = "registry.example.invalid/payments/fraud-score@sha256:" + "0" * 64


@pytest.fixture(scope="module")
def spec(tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("pipeline") / "pipeline.yaml"
    compile_to(str(path), IMAGE)
    return yaml.safe_load(path.read_text())


def test_every_step_runs_in_the_released_image(spec):
    executors = spec["deploymentSpec"]["executors"].values()
    assert {executor["container"]["image"] for executor in executors} == {IMAGE}


def test_nothing_is_trained_on_data_that_was_not_validated(spec):
    assert "validate-data" in spec["root"]["dag"]["tasks"]["train-model"]["dependentTasks"]


def test_a_worse_model_is_not_registered(spec):
    assert "compare-with-champion" in spec["root"]["dag"]["tasks"]["condition-1"]["triggerPolicy"]["condition"]


def test_compile_to_refuses_a_tag():
    with pytest.raises(ValueError, match="digest"):
        compile_to("unused.yaml", "registry.example.invalid/payments/fraud-score:latest")
