"""Facts made by hand: a healthy system, and how to spoil it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from maturity.facts import (
    Commit,
    Component,
    Dataset,
    Deployment,
    Happening,
    ModelVersion,
    PipelineRun,
    PipelineTask,
    PipelineVersion,
    Ref,
    Run,
    Rung,
    Schedule,
    SystemFacts,
    Task,
)
from tests.maturity import made_ci
from tests.maturity.basics import DAY, NOW, SHA, WINDOW, ref, signals, source

__all__ = ["DAY", "NOW", "SHA", "WINDOW", "ref", "signals", "source"]


def commit(**changes: Any) -> Commit:
    made = Commit(
        ref=ref("commit", SHA[:12]),
        sha=SHA,
        rung=Rung.RUN_TAG,
        known=True,
        committed_at=NOW - 12 * DAY,
        on_default_branch=True,
        signals=signals(dependency_lock=True, data_versioning=True),
    )
    return replace(made, **changes)


def dataset(**changes: Any) -> Dataset:
    made = Dataset(
        name="customers",
        digest="a8f3c1d2",
        source="s3://gold/customers",
        context="training",
        version="object:7",
    )
    return replace(made, **changes)


def pipeline_run(name: str = "weekly-7", **changes: Any) -> PipelineRun:
    made = PipelineRun(
        ref=ref("pipeline_run", name),
        state="SUCCEEDED",
        started_at=NOW - 5 * DAY,
        ended_at=NOW - 5 * DAY + timedelta(hours=1),
        version_uid=ref("pipeline_version", "train 1.1").uid,
        schedule_id="schedule-1",
        tasks=(Task("validate", "SUCCEEDED"), Task("train", "SUCCEEDED")),
        experiment="churn",
    )
    return replace(made, **changes)


def pipeline_version(**changes: Any) -> PipelineVersion:
    made = PipelineVersion(
        ref=ref("pipeline_version", "train 1.1"),
        created_at=NOW - 20 * DAY,
        components=(
            Component("validate", "registry.example/validate@sha256:1", image_pinned=True, typed_share=1.0),
            Component("train", "registry.example/train@sha256:2", image_pinned=True, typed_share=1.0),
        ),
        tasks=(PipelineTask("validate"), PipelineTask("train", depends_on=("validate",))),
        validation_tasks=("validate",),
        gates=("condition-1",),
        commit=commit(),
        spec="5be1" * 16,
    )
    return replace(made, **changes)


def run(name: str = "brave-kite", **changes: Any) -> Run:
    made = Run(
        ref=ref("run", name),
        state="FINISHED",
        started_at=NOW - 5 * DAY,
        ended_at=NOW - 5 * DAY + timedelta(minutes=30),
        user="kenta",
        source_name="train.py",
        source_type="LOCAL",
        artifact_uri="s3://mlflow/1",
        params={"depth": "4"},
        metrics={"auc": 0.91},
        datasets=(dataset(),),
        commit=commit(),
        orchestrator_run_id="weekly-7",
        pipeline_run=pipeline_run(),
    )
    return replace(made, **changes)


def version(number: str = "3", **changes: Any) -> ModelVersion:
    made = ModelVersion(
        ref=ref("model_version", f"churn v{number}"),
        model="churn",
        version=number,
        state="READY",
        created_at=NOW - 5 * DAY,
        model_tags={"max_age_days": "30"},
        signature="read",
        inputs=(("age", "double", True),),
        outputs=(("", "double", True),),
        claims=("alias champion",),
        run=run(),
        commit=commit(),
        evaluations=(run("evaluation", started_at=NOW - DAY),),
    )
    return replace(made, **changes)


def older(**changes: Any) -> ModelVersion:
    return version("2", **{"created_at": NOW - 40 * DAY, "claims": (), **changes})


def deployment(**changes: Any) -> Deployment:
    made = Deployment(
        ref=ref("deployment", "churn-api 7"),
        environment="production",
        target="churn-api",
        state="live",
        observed=True,
        traffic_percent=100,
        at=NOW - 4 * DAY,
        version_uid=version().ref.uid,
    )
    return replace(made, **changes)


def happening(kind: str, subject: Ref, *, ago: timedelta = DAY, actor: str = "", **attrs: Any) -> Happening:
    return Happening(kind=kind, at=NOW - ago, ref=subject, actor=actor, attrs=attrs)


def events() -> tuple[Happening, ...]:
    """A canary, its promotion after an approval, a drift check, an alert and its answer."""
    live, model = deployment().ref, version().ref
    return (
        happening(
            "approved", model, ago=4 * DAY + timedelta(minutes=9), actor="mei", reason="better on holdout"
        ),
        happening("deployed", live, ago=4 * DAY + timedelta(minutes=5), actor="token ci", traffic_percent=10),
        happening("deployed", live, ago=4 * DAY, actor="token ci", traffic_percent=100),
        happening("drift_checked", model, status="ok", rows=5_000, baseline="customers a8f3c1d2"),
        happening("alert_opened", model, ago=3 * DAY, alert=7, severity="high"),
        happening("retraining_started", model, ago=3 * DAY - timedelta(hours=1), alert=7, reason="new_data"),
        happening("rolled_back", live, ago=30 * DAY, minutes=6),
    )


def facts(**changes: Any) -> SystemFacts:
    """A system that does everything right."""
    fired = tuple(pipeline_run(f"weekly-{n}", started_at=NOW - (5 + 7 * n) * DAY) for n in (1, 2))
    rehearsal = made_ci.rehearsal(pipeline_version().ref.uid, tasks=pipeline_run().tasks)
    made = SystemFacts(
        slug="churn",
        name="Churn",
        team="Growth",
        now=NOW,
        active_members=2,
        sources=tuple(source(kind) for kind in ("mlflow", "kfp", "git", "ci", "deployments")),
        repositories=(made_ci.repository(),),
        models=(ref("model", "churn"),),
        versions=(version(), older()),
        runs=(run(), run("twin", started_at=NOW - 6 * DAY)),
        pipeline_versions=(pipeline_version(),),
        pipeline_runs=(pipeline_run(), *fired, rehearsal),
        schedules=(Schedule(ref("schedule", "weekly"), enabled=True, period=7 * DAY, run_id="schedule-1"),),
        deployments=(deployment(),),
        branches=(made_ci.branch(),),
        pull_requests=tuple(made_ci.change(number) for number in made_ci.NUMBERS),
        workflow_runs=tuple(made_ci.workflow_run(head) for head in (SHA, *map(made_ci.sha, made_ci.NUMBERS))),
        images=(made_ci.image(),),
        events=events(),
    )
    return replace(made, **changes)


def with_version(**changes: Any) -> SystemFacts:
    """The healthy system, its production version changed."""
    return facts(versions=(version(**changes), older()))


def with_run(**changes: Any) -> SystemFacts:
    """The healthy system, the run of its production version changed."""
    return with_version(run=run(**changes))
