"""No file that a detector could find something in is left unparsed."""

import re
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.signals import routes
from evidence.signals.detectors import (
    components,
    continuous_training,
    data,
    drift,
    orchestration,
    registry,
    serving,
    tracking,
)
from evidence.signals.telling import may_tell
from tests.evidence.signals.trees import value

PATTERNS: list[re.Pattern[str]] = [
    *chain.from_iterable(
        table.values()
        for table in (
            *(tracking.CALLS, data.VALIDATION_CALLS, drift.CALLS, orchestration.CALLS),
            *(orchestration.DECORATORS, orchestration.BASES, serving.CALLS, serving.MARKS),
            routes.APPLICATIONS,
        )
    ),
    *(tracking.TRAINING_ARGUMENTS, tracking.VERTEX_INIT),
    *(registry.CALLS, registry.ANY_REGISTER, registry.REGISTERED_NAME, registry.BY_NAME),
    *(data.VERSION_CALLS, data.VALIDATION_MARKS, data.STORE_CALLS, data.STORE_MARKS),
    *(components.COMPONENT, components.MADE_FROM_FUNCTION, components.UNTYPED_OPERATION),
    *(continuous_training.DAG, continuous_training.STARTING, continuous_training.GENERAL),
    *(continuous_training.DECORATORS, continuous_training.AUTOMATED, continuous_training.RUN_STARTS),
]
ASCII = st.characters(codec="ascii")


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:40])
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_may_tell_lets_through_every_name_a_detector_looks_for(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    name = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=ASCII))
    assert may_tell("src/model.py", "\n".join(name.split(".")))


@pytest.mark.parametrize(
    "source",
    [
        "def validate_data(frame):\n    assert frame.columns.notna()",
        "def feature_drift(a, b):\n    ...",
        "def psi(expected, actual):\n    ...",
        "endpoint.traffic = {'blue': 90, 'green': 10}",
        "@app.post('/predict')\ndef predict(row):\n    ...",
        "spark.read.option('versionAsOf', 3)",
        "spark.read.option('snapshot-id', 3)",
        "spark.sql('SELECT * FROM t VERSION '\n          'AS\\nOF 3')",
        "table.scan(snapshot_id=3)",
        "client.create_run_from_pipeline_func(train)",
    ],
)
def test_may_tell_lets_through_what_needs_no_library(source: str) -> None:
    assert may_tell("src/model.py", source)


@pytest.mark.parametrize(
    "path", ["src/build_features.py", "mlflow/tracking/fluent.py", "src/drift/report.py"]
)
def test_may_tell_reads_the_path_too(path: str) -> None:
    assert may_tell(path, "from .client import start_run")


def test_may_tell_leaves_plain_code_alone() -> None:
    assert not may_tell("src/money.py", "import decimal\n\ndef total(rows):\n    return sum(rows)\n")


def test_a_check_called_from_a_file_that_tells_nothing_is_found() -> None:
    check = "def validate_data(df):\n    if df.isna().any():\n        raise ValueError\n"
    tree = {"src/check.py": check, "src/main.py": "from check import validate_data\nvalidate_data(read())\n"}
    assert value("data_validation", tree) is True
