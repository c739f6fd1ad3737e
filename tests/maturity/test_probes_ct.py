"""Continuous training: each criterion with facts that meet it, fail it, hide it and exempt it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maturity.facts import Schedule, SystemFacts, Task
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import EXEMPT, MET, NOT_MET, UNKNOWN, Table, mapped, only, pipeline, says
from tests.maturity.made import DAY, drill, facts, happening, with_run, with_version

MODEL = made.version().ref
UNREAD = {"components": None}
BREACH = happening("alert_opened", MODEL, ago=3 * DAY, alert=1, severity="high")
SKIPPED = made.pipeline_run(tasks=(*made.pipeline_run().tasks, Task("condition-1", "SKIPPED")))

TABLE: Table = [
    ("ct-trigger-configured", facts(schedules=()), NOT_MET, "no recurring run"),
    (
        "ct-trigger-configured",
        facts(schedules=(replace(facts().schedules[0], enabled=False),)),
        NOT_MET,
        "off",
    ),
    ("ct-trigger-configured", facts(pipeline_runs=()), NOT_MET, "0 ended runs"),
    (
        "ct-trigger-configured",
        facts(schedules=(Schedule(made.ref("schedule", "yearly"), enabled=True, period=365 * DAY),)),
        UNKNOWN,
        "longer than",
    ),
    ("ct-automated-share", facts(pipeline_runs=(made.pipeline_run(schedule_id=""),)), UNKNOWN, "by whom"),
    (
        "ct-automated-share",
        facts(pipeline_runs=(made.pipeline_run(schedule_id="", triggered_by_us=True),)),
        MET,
        "retraining rule",
    ),
    (
        "ct-automated-share",
        facts(
            pipeline_runs=(
                made.pipeline_run(),
                made.pipeline_run("tried", schedule_id="", experiment="churn-staging"),
            )
        ),
        MET,
        "recurring run",
    ),
    (
        "ct-automated-share",
        replace(with_run(pipeline_run=None, orchestrator_run_id="", source_name="a.ipynb"), pipeline_runs=()),
        NOT_MET,
        "notebook",
    ),
    ("ct-validation-gate", pipeline(gates=()), NOT_MET, "no step depends"),
    ("ct-validation-gate", pipeline(**UNREAD), UNKNOWN, "specification"),
    ("ct-model-fresh", with_version(model_tags={}), NOT_MET, "declares no"),
    ("ct-model-fresh", with_version(model_tags={"max_age_days": "soon"}), NOT_MET, "declares no"),
    ("ct-model-fresh", with_version(model_tags={"max_age_days": "2"}), NOT_MET, "more than 2 days"),
    ("ct-model-fresh", with_version(created_at=None), UNKNOWN, "does not tell"),
    ("ct-closed-loop", only(), UNKNOWN, "no high alert"),
    (
        "ct-closed-loop",
        only(happening("alert_opened", MODEL, ago=3 * DAY, alert=1, severity="high")),
        NOT_MET,
        "no r",
    ),
    (
        "ct-closed-loop",
        only(happening("alert_opened", MODEL, ago=timedelta(hours=2), alert=1, severity="high")),
        UNKNOWN,
        "still time",
    ),
    (
        "ct-trigger-configured",
        facts(pipeline_runs=(made.pipeline_run(), made.pipeline_run("now", state="RUNNING", ended_at=None))),
        UNKNOWN,
        "not ended yet",
    ),
    (
        "ct-trigger-configured",
        replace(
            facts(pipeline_runs=tuple(made.pipeline_run(f"r{n}", triggered_by_us=True) for n in (1, 2))),
            schedules=(),
        ),
        MET,
        "a retraining rule started 2",
    ),
    ("ct-validation-gate", with_run(metrics={}), NOT_MET, "no metric to compare"),
    ("ct-validation-gate", with_run(metrics={"auc": 0.9, "champion_auc": 0.8}), MET, "condition-1"),
    ("ct-validation-gate", with_run(metrics={"f1": 0.9}), NOT_MET, "compare with churn v2"),
    (
        "ct-validation-gate",
        with_run(pipeline_run=None, orchestrator_run_id=""),
        NOT_MET,
        "outside any pipeline",
    ),
    ("ct-validation-gate", with_run(pipeline_run=None), UNKNOWN, "cannot be read"),
    ("ct-validation-gate", facts(versions=(), deployments=()), MET, "runs only if"),
    (
        "ct-validation-gate",
        mapped(pipeline(gates=()), "training.validation_gate", kind="task", name="valid*"),
        MET,
        "as its team mapped",
    ),
    ("ct-validation-gate", facts(pipeline_runs=(SKIPPED,)), MET, "held back a model"),
    ("ct-new-data-trigger", facts(events=(), runs=()), UNKNOWN, "no second snapshot"),
    ("ct-new-data-trigger", only(), NOT_MET, "2 snapshots"),
    (
        "ct-new-data-trigger",
        facts(events=(), pipeline_runs=(made.pipeline_run(schedule_id=""),)),
        UNKNOWN,
        "through the API",
    ),
    ("ct-new-data-trigger", facts(runs=(made.run(), made.run("b"))), EXEMPT, "none arrived"),
    ("ct-new-data-trigger", facts(runs=(made.run(),)), NOT_MET, "no run read other data"),
    ("ct-closed-loop", replace(only(), drills=(drill("drift"),)), MET, "drift drill"),
    ("ct-closed-loop", replace(only(), drills=(drill("drift", proofs=()),)), UNKNOWN, "only attested"),
    ("ct-closed-loop", pipeline(gates=()), NOT_MET, "no gate stands before"),
    (
        "ct-closed-loop",
        only(replace(BREACH, attrs={**BREACH.attrs, "kind": "contract"})),
        UNKNOWN,
        "no high alert",
    ),
    (
        "ct-closed-loop",
        only(
            happening("alert_opened", MODEL, ago=3 * DAY, alert=1, severity="high"),
            happening("alert_decided", MODEL, ago=3 * DAY - timedelta(hours=2), alert=1),
        ),
        MET,
        "alert decided after 120 minutes",
    ),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
