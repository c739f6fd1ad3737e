"""Experiment tracking: each criterion with facts that meet it, fail it, hide it and exempt it."""

import pytest

from evidence.records import BlindReason
from maturity.facts import SystemFacts
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import MET, NOT_MET, UNKNOWN, Table, says, without
from tests.maturity.made import facts, with_run, with_version

NOT_CONNECTED = BlindReason.SOURCE_NOT_CONNECTED

TABLE: Table = [
    ("track-model-registered", facts(versions=(), models=()), NOT_MET, "no registered model"),
    ("track-model-registered", with_version(state="PENDING"), MET, "1 of 2"),
    (
        "track-model-registered",
        facts(versions=(made.version(state="FAILED_REGISTRATION"),)),
        NOT_MET,
        "no ready",
    ),
    ("track-version-has-run", with_version(run=None), NOT_MET, "names no run"),
    ("track-version-has-run", with_run(lifecycle="deleted"), NOT_MET, "deleted"),
    ("track-version-has-run", with_run(state="FAILED"), NOT_MET, "FAILED"),
    ("track-version-has-run", with_version(run=None, run_blind=NOT_CONNECTED), UNKNOWN, "could not be"),
    (
        "track-run-complete",
        facts(versions=(made.version(run=made.run(params={}, user="")),)),
        NOT_MET,
        "lacks parameters, a user",
    ),
    ("track-run-complete", without("mlflow"), UNKNOWN, "No MLflow"),
    (
        "track-pipeline-versioned",
        facts(pipeline_runs=(made.pipeline_run(inline_spec=True),)),
        NOT_MET,
        "inline",
    ),
    ("track-pipeline-versioned", facts(pipeline_runs=()), UNKNOWN, "no pipeline run"),
    (
        "track-pipeline-versioned",
        facts(pipeline_runs=(made.pipeline_run(version_uid=""),)),
        NOT_MET,
        "inline",
    ),
    (
        "track-pipeline-versioned",
        facts(pipeline_runs=(made.pipeline_run(runtime_config=False),)),
        NOT_MET,
        "no record of its parameters",
    ),
    (
        "track-pipeline-versioned",
        facts(pipeline_runs=(made.pipeline_run(state="RUNNING", ended_at=None),)),
        UNKNOWN,
        "no pipeline run",
    ),
    (
        "track-pipeline-versioned",
        facts(pipeline_runs=(made.pipeline_run(ended_at=None),)),
        NOT_MET,
        "it has no end",
    ),
    (
        "track-run-complete",
        facts(versions=(made.version(run=None, run_blind=NOT_CONNECTED),)),
        UNKNOWN,
        "no run",
    ),
    ("track-model-registered", without("mlflow"), UNKNOWN, "No MLflow"),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
