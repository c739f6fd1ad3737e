"""Facts made by hand: a healthy system, and how to spoil it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from maturity.facts import (
    Commit,
    Component,
    Dataset,
    Deployment,
    Exercise,
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
from tests.maturity import made_ci, made_serving
from tests.maturity.basics import DAY, NOW, SHA, WINDOW, ref, signals, source

__all__ = ["DAY", "NOW", "SHA", "WINDOW", "ref", "signals", "source"]

SNAPSHOT = ref("dataset_version", "customers a8f3c1d2")
KINDS = ("mlflow", "kfp", "git", "ci", "deployments")


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
        ref=SNAPSHOT,
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
            Component(
                "validate", "registry.example/validate@sha256:1", image_pinned=True, typed_share=1.0, ports=4
            ),
            Component(
                "train", "registry.example/train@sha256:2", image_pinned=True, typed_share=1.0, ports=6
            ),
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
        tags={"feast.feature_service": made_serving.SERVICE},
        datasets=(dataset(),),
        commit=commit(),
        orchestrator_run_id="weekly-7",
        pipeline_run=pipeline_run(),
        nested=12,
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
        evaluations=(
            run("evaluation", started_at=NOW - DAY, metrics={"auc": 0.9, "slice/region=jp/auc": 0.88}),
        ),
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
        image=f"registry.example/churn@sha256:{'4c' * 32}",
    )
    return replace(made, **changes)


def checked(**changes: Any) -> Happening:
    """A drift check of the production version against its training data."""
    attrs = {
        "status": "ok",
        "rows": 5_000,
        "columns": 7,
        "baseline": "customers a8f3c1d2",
        "dataset": SNAPSHOT.uid,
    }
    return happening("drift_checked", version().ref, **{**attrs, **changes})


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
        checked(),
        happening("alert_opened", model, ago=3 * DAY, alert=7, severity="high"),
        happening("retraining_started", model, ago=3 * DAY - timedelta(hours=1), alert=7, reason="new_data"),
        happening("alert_acknowledged", model, ago=3 * DAY - timedelta(hours=2), alert=7, actor="mei"),
        happening("rolled_back", live, ago=30 * DAY, minutes=6),
    )


def drill(kind: str, *, minutes: float = 8, **changes: Any) -> Exercise:
    """A drill of yesterday that passed, with a deployment to prove it."""
    ended = NOW - DAY
    made = Exercise(
        kind=kind,
        passed=True,
        started_at=ended - timedelta(minutes=minutes),
        finished_at=ended,
        by="mei",
        proofs=(deployment().ref,),
    )
    return replace(made, **changes)


def runs() -> tuple[Run, ...]:
    """A training and its repetition, one on older data, a baseline, and predictions made later."""
    other = dataset(digest="11ffee00", ref=ref("dataset_version", "customers 11ffee00"))
    return (
        run(),
        run("twin", started_at=NOW - 6 * DAY, orchestrator_run_id="weekly-6"),
        run("earlier", started_at=NOW - 40 * DAY, datasets=(other,), orchestrator_run_id="weekly-1"),
        run("mean", started_at=NOW - 50 * DAY, tags={"baseline": "true"}, params={}),
        run("predictions", started_at=NOW - 2 * DAY, datasets=(), params={}),
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
        sources=tuple(source(kind) for kind in (*KINDS, *made_serving.SOURCES)),
        repositories=(made_ci.repository(),),
        models=(ref("model", "churn"),),
        versions=(version(), older()),
        runs=runs(),
        pipeline_versions=(pipeline_version(),),
        pipeline_runs=(pipeline_run(), *fired, rehearsal),
        schedules=(Schedule(ref("schedule", "weekly"), enabled=True, period=7 * DAY, run_id="schedule-1"),),
        deployments=(deployment(),),
        branches=(made_ci.branch(),),
        pull_requests=tuple(made_ci.change(number) for number in made_ci.NUMBERS),
        workflow_runs=tuple(made_ci.workflow_run(head) for head in (SHA, *map(made_ci.sha, made_ci.NUMBERS))),
        images=(made_ci.image(),),
        feature_views=(made_serving.view(),),
        feature_services=(made_serving.service(),),
        readiness=(made_serving.readiness(),),
        objectives=(made_serving.objective(),),
        analyses=(made_serving.promoted(), made_serving.aborted()),
        deliveries=(made_serving.delivery(),),
        reconciliations=tuple(made_serving.observation(hours) for hours in range(1, 31)),
        events=events(),
    )
    return replace(made, **changes)


def with_version(**changes: Any) -> SystemFacts:
    """The healthy system, its production version changed."""
    return facts(versions=(version(**changes), older()))


def with_run(**changes: Any) -> SystemFacts:
    """The healthy system, the run of its production version changed."""
    return with_version(run=run(**changes))
