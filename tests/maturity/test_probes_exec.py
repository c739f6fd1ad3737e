"""Execution environment: each criterion with facts that meet it, fail it, hide it and exempt it."""

from dataclasses import replace

import pytest

from evidence.records import BlindReason
from maturity.facts import SystemFacts
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import MET, NOT_MET, UNKNOWN, Table, pipeline, says, without
from tests.maturity.made import DAY, NOW, facts, with_run, with_version

NOT_CONNECTED = BlindReason.SOURCE_NOT_CONNECTED
COMPONENT = (made.pipeline_version().components or ())[0]
UNREAD = {"components": None}
AROUND = made.pipeline_run("nightly", started_at=NOW - 6 * DAY, ended_at=NOW - 4 * DAY)
OVERLAPPING = made.pipeline_run("other", started_at=NOW - 7 * DAY, ended_at=NOW - 4 * DAY)
IN_TIME = replace(with_run(pipeline_run=None, orchestrator_run_id=""), pipeline_runs=(AROUND,))

TABLE: Table = [
    ("exec-code-in-git", facts(repositories=()), UNKNOWN, "no repository is bound"),
    (
        "exec-code-in-git",
        facts(repositories=(replace(facts().repositories[0], signals=None),)),
        UNKNOWN,
        "not read",
    ),
    (
        "exec-code-in-git",
        facts(repositories=(replace(facts().repositories[0], signals={}),)),
        NOT_MET,
        "no training",
    ),
    (
        "exec-code-in-git",
        facts(repositories=(replace(facts().repositories[0], newest_commit_at=NOW - 400 * DAY),)),
        NOT_MET,
        "no commit in 365 days",
    ),
    ("exec-not-notebook", with_run(source_type="NOTEBOOK", pipeline_run=None), NOT_MET, "notebook"),
    (
        "exec-not-notebook",
        with_run(source_name="a.ipynb", source_type="LOCAL", pipeline_run=None),
        NOT_MET,
        "a.ipynb",
    ),
    ("exec-not-notebook", with_run(pipeline_run=None), MET, "train.py"),
    (
        "exec-not-notebook",
        with_run(source_name="", source_type="", pipeline_run=None),
        NOT_MET,
        "does not say",
    ),
    ("exec-not-notebook", with_version(run=None, run_blind=NOT_CONNECTED), UNKNOWN, "could not be seen"),
    ("exec-not-notebook", facts(versions=(), deployments=()), UNKNOWN, "no production version"),
    ("exec-orchestrated", with_run(pipeline_run=made.pipeline_run(state="FAILED")), NOT_MET, "FAILED"),
    ("exec-orchestrated", with_run(pipeline_run=None), UNKNOWN, "cannot be read"),
    ("exec-orchestrated", with_run(pipeline_run=None, orchestrator_run_id=""), UNKNOWN, "before 2.17"),
    (
        "exec-orchestrated",
        replace(with_run(pipeline_run=None, orchestrator_run_id=""), pipeline_runs=(), repositories=()),
        NOT_MET,
        "by hand",
    ),
    (
        "exec-orchestrated",
        replace(
            with_run(pipeline_run=None, orchestrator_run_id=""),
            pipeline_runs=(),
            repositories=(replace(facts().repositories[0], signals=made.signals(orchestrator=["airflow"])),),
        ),
        UNKNOWN,
        "airflow",
    ),
    ("exec-containerised", pipeline(components=(replace(COMPONENT, image=""),)), NOT_MET, "names no image"),
    (
        "exec-containerised",
        pipeline(components=(replace(COMPONENT, pip_installs=("a",)),)),
        NOT_MET,
        "installs a",
    ),
    ("exec-containerised", pipeline(**UNREAD), UNKNOWN, "specification"),
    ("exec-containerised", without("kfp"), UNKNOWN, "No Kubeflow Pipelines"),
    ("exec-not-notebook", with_version(run=None), UNKNOWN, "names no run"),
    (
        "exec-not-notebook",
        with_run(source_type="NOTEBOOK", pipeline_run=None, tags={"mlflow.databricks.jobID": "7"}),
        MET,
        "scheduled notebook job",
    ),
    ("exec-orchestrated", IN_TIME, MET, "only then"),
    (
        "exec-orchestrated",
        replace(IN_TIME, pipeline_runs=(*IN_TIME.pipeline_runs, OVERLAPPING)),
        UNKNOWN,
        "before 2.17",
    ),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
