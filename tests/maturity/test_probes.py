"""Each criterion with the facts that make it met, not met, unknown and without a subject."""

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.records import BlindReason
from maturity.evaluate import Result, evaluate
from maturity.facts import Ref, Schedule, SystemFacts
from maturity.finding import Strength, Verdict
from maturity.probe import catalogue
from maturity.rubric import rubric
from tests.maturity import made
from tests.maturity.made import DAY, NOW, facts, happening, with_run, with_version
from tests.maturity.test_probes_ci import TABLE as CI_TABLE

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
NOT_CONNECTED = BlindReason.SOURCE_NOT_CONNECTED
LIVE = made.deployment().ref
MODEL = made.version().ref


def judged(criterion: str, given: SystemFacts) -> Result:
    found = evaluate(given, rubric(), known=catalogue())
    return next(result for result in found.results if result.criterion == criterion)


def without(kind: str) -> SystemFacts:
    """The healthy system without the sources of a kind."""
    whole = facts()
    return replace(whole, sources=tuple(s for s in whole.sources if s.kind != kind))


def pipeline(**changes: object) -> SystemFacts:
    return facts(pipeline_versions=(made.pipeline_version(**changes),))


def only(*events: object) -> SystemFacts:
    return facts(events=events)


COMPONENT = made.pipeline_version().components[0]  # type: ignore[index]
UNREAD = {"components": None}
CLAIM_ONLY = facts(deployments=())
FOREIGN = made.commit(known=False, signals=None)

TABLE: list[tuple[str, SystemFacts, Verdict, str]] = [
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
    ("data-snapshot-bound", with_run(datasets=()), NOT_MET, "no training data"),
    ("data-snapshot-bound", with_run(datasets=(made.dataset(source=""),)), NOT_MET, "no source"),
    ("data-snapshot-bound", with_run(datasets=(made.dataset(context=""),)), MET, "customers@"),
    ("data-snapshot-bound", with_run(datasets=(made.dataset(context="eval"),)), NOT_MET, "no training data"),
    ("data-validation-step", pipeline(validation_tasks=()), NOT_MET, "no data validation"),
    ("data-validation-step", pipeline(tasks=()), NOT_MET, "no step waits"),
    ("data-validation-step", pipeline(**UNREAD), UNKNOWN, "specification"),
    ("data-typed-components", pipeline(components=(replace(COMPONENT, typed_share=0.5),)), NOT_MET, "50%"),
    ("data-typed-components", pipeline(**UNREAD), UNKNOWN, "specification"),
    (
        "data-snapshot-immutable",
        with_version(run=made.run(datasets=(made.dataset(version=""),)), commit=None),
        NOT_MET,
        "digest",
    ),
    ("data-snapshot-immutable", with_run(datasets=(made.dataset(version=""),)), MET, "at its commit"),
    ("data-schema-compat", with_version(signature="absent"), NOT_MET, "no signature"),
    ("data-schema-compat", with_version(signature="unreadable"), UNKNOWN, "could not be read"),
    (
        "data-schema-compat",
        with_version(inputs=(("age", "float", True),)),
        NOT_MET,
        "age was double, is float",
    ),
    ("data-schema-compat", with_version(inputs=()), NOT_MET, "input age is gone"),
    ("data-schema-compat", with_version(inputs=(), tags={"breaking_change": "true"}), MET, "signature"),
    ("repro-commit-bound", with_version(commit=None), NOT_MET, "no commit"),
    (
        "repro-commit-bound",
        with_version(commit=None, run=None, run_blind=NOT_CONNECTED),
        UNKNOWN,
        "could not",
    ),
    ("repro-deps-locked", with_version(commit=made.commit(signals={})), NOT_MET, "no lock file"),
    ("repro-deps-locked", with_version(commit=None, requirements=("a==1", "b==2")), MET, "pins all 2"),
    ("repro-deps-locked", with_version(commit=None, requirements=("a==1", "b")), NOT_MET, "no commit"),
    ("repro-deps-locked", with_version(commit=FOREIGN), UNKNOWN, "no connected repository"),
    (
        "repro-commit-verified",
        with_version(commit=made.commit(on_default_branch=False)),
        NOT_MET,
        "default branch",
    ),
    ("repro-commit-verified", with_version(commit=made.commit(committed_at=NOW)), NOT_MET, "younger"),
    ("repro-commit-verified", with_run(dirty=True), NOT_MET, "uncommitted"),
    ("repro-commit-verified", with_version(commit=made.commit(on_default_branch=None)), UNKNOWN, "could not"),
    ("repro-commit-verified", with_version(commit=FOREIGN), UNKNOWN, "no connected repository"),
    (
        "repro-image-pinned",
        pipeline(components=(replace(COMPONENT, image_pinned=False),)),
        NOT_MET,
        "can be moved",
    ),
    ("repro-image-pinned", pipeline(**UNREAD), UNKNOWN, "specification"),
    ("repro-gitops-synced", facts(), UNKNOWN, "No GitOps"),
    ("repro-replay-proven", facts(runs=(made.run(),)), NOT_MET, "no run was repeated"),
    (
        "repro-replay-proven",
        facts(runs=(made.run(), made.run("twin", metrics={"auc": 0.5}))),
        NOT_MET,
        "not their metrics",
    ),
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
    ("ct-new-data-trigger", only(), UNKNOWN, "no second snapshot"),
    (
        "ct-new-data-trigger",
        replace(only(), runs=(made.run(), made.run("b", datasets=(made.dataset(digest="ffff"),)))),
        NOT_MET,
        "2 snapshots",
    ),
    (
        "ct-new-data-trigger",
        facts(
            events=(),
            runs=(made.run(), made.run("b", datasets=(made.dataset(digest="ffff"),))),
            pipeline_runs=(made.pipeline_run(schedule_id=""),),
        ),
        UNKNOWN,
        "through the API",
    ),
    ("ct-closed-loop", only(), UNKNOWN, "no breach"),
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
    ("ct-closed-loop", only(happening("drill_run", MODEL, drill="drift")), MET, "drill"),
    ("deploy-inventory", replace(CLAIM_ONLY), NOT_MET, "no reported deployment"),
    ("deploy-inventory", without("deployments"), UNKNOWN, "No deployment report"),
    (
        "deploy-inventory",
        facts(deployments=(made.deployment(version_uid=made.older().ref.uid),)),
        NOT_MET,
        "another version is served",
    ),
    ("deploy-from-registry", facts(deployments=(made.deployment(version_uid=""),)), NOT_MET, "no registry"),
    ("deploy-from-registry", facts(deployments=(made.deployment(state="superseded"),)), UNKNOWN, "no live"),
    (
        "deploy-auto-after-approval",
        only(happening("deployed", LIVE, actor="token ci")),
        NOT_MET,
        "nothing approved",
    ),
    (
        "deploy-auto-after-approval",
        only(happening("approved", MODEL, ago=2 * DAY), happening("deployed", LIVE, actor="kenta")),
        NOT_MET,
        "a person",
    ),
    (
        "deploy-auto-after-approval",
        only(happening("approved", MODEL, ago=2 * DAY), happening("deployed", LIVE, actor="token ci")),
        NOT_MET,
        "1440 minutes",
    ),
    (
        "deploy-auto-after-approval",
        only(
            happening(
                "alias_moved", facts().models[0], ago=DAY + timedelta(minutes=3), alias="champion", to="3"
            ),
            happening("deployed", LIVE, actor="token ci"),
        ),
        MET,
        "3 minutes after",
    ),
    (
        "deploy-auto-after-approval",
        only(
            happening("alias_moved", facts().models[0], ago=2 * DAY, alias="previous", to="3"),
            happening("deployed", LIVE, actor="token ci"),
        ),
        NOT_MET,
        "nothing approved",
    ),
    ("deploy-auto-after-approval", only(), UNKNOWN, "no production change"),
    ("deploy-progressive", only(happening("deployed", LIVE, traffic_percent=100)), NOT_MET, "at once"),
    ("deploy-progressive", only(), UNKNOWN, "no roll-out"),
    ("deploy-metric-gated", facts(), UNKNOWN, "No rollout controller"),
    ("deploy-rollback-ready", only(), NOT_MET, "no rollback"),
    ("deploy-rollback-ready", facts(versions=(made.version(),)), NOT_MET, "no earlier"),
    ("deploy-rollback-ready", only(happening("rolled_back", LIVE, minutes=40)), NOT_MET, "40 minutes"),
    ("deploy-rollback-ready", only(happening("rolled_back", LIVE)), UNKNOWN, "how long"),
    (
        "deploy-rollback-ready",
        replace(
            only(happening("rolled_back", LIVE)),
            deployments=(made.deployment(at=NOW - DAY, ended_at=NOW - DAY + timedelta(minutes=8)),),
        ),
        MET,
        "8 minutes",
    ),
    (
        "gov-approval-trail",
        only(happening("deployed", LIVE, actor="token ci", reason="weekly")),
        MET,
        "weekly",
    ),
    (
        "gov-approval-trail",
        only(happening("deployed", LIVE, status="failed")),
        UNKNOWN,
        "no production change",
    ),
    ("mon-prediction-log", only(), NOT_MET, "no serving rows"),
    ("mon-prediction-log", only(happening("drift_checked", LIVE, rows=10)), MET, "10 rows"),
    ("mon-prediction-log", facts(versions=(), deployments=()), UNKNOWN, "no production version"),
    ("mon-quality-tracked", with_version(evaluations=()), NOT_MET, "not measured"),
    ("mon-quality-tracked", with_version(evaluations=(made.run(),)), NOT_MET, "not measured"),
    (
        "mon-quality-tracked",
        with_version(model_tags={"label_delay_days": "180"}),
        Verdict.NOT_APPLICABLE,
        "180 days",
    ),
    (
        "mon-quality-tracked",
        with_version(model_tags={"label_delay_days": "30"}, evaluations=()),
        NOT_MET,
        "not me",
    ),
    ("mon-quality-tracked", with_version(model_tags={"label_delay_days": "nan"}), MET, "measured"),
    ("mon-drift-running", only(), NOT_MET, "no drift check"),
    ("mon-drift-running", only(happening("drift_checked", MODEL, rows=12, baseline="b")), NOT_MET, "12 rows"),
    ("mon-drift-running", only(happening("drift_checked", MODEL, rows=500)), NOT_MET, "no baseline"),
    ("mon-alert-delivered", facts(), UNKNOWN, "No alert channel"),
    ("gov-owner", facts(active_members=0), NOT_MET, "no active member"),
    ("gov-approval-trail", only(happening("deployed", LIVE)), NOT_MET, "no approval"),
    (
        "gov-approval-trail",
        only(happening("approved", MODEL, ago=2 * DAY, actor="mei"), happening("deployed", LIVE)),
        NOT_MET,
        "no reason",
    ),
    ("gov-lineage-complete", with_version(commit=None), NOT_MET, "names no commit"),
    ("gov-lineage-complete", with_version(commit=FOREIGN), NOT_MET, "no connected repository"),
    (
        "gov-lineage-complete",
        facts(deployments=(made.deployment(version_uid=""),)),
        NOT_MET,
        "no registered version",
    ),
    ("gov-lineage-complete", facts(deployments=(made.deployment(state="superseded"),)), UNKNOWN, "no live"),
]


@pytest.mark.parametrize("criterion", [c.id for c in rubric().criteria if c.probe])
def test_probe_healthy_system_is_met(criterion: str) -> None:
    assert judged(criterion, facts()).verdict is MET


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    result = judged(criterion, given)
    assert (result.verdict, words in result.sentence) == (verdict, True), result.sentence


@pytest.mark.parametrize("criterion", [c.id for c in rubric().criteria if c.probe])
def test_probe_of_an_empty_system_never_passes(criterion: str) -> None:
    empty = SystemFacts(slug="new", name="New", team="Growth", now=NOW, sources=facts().sources)
    assert judged(criterion, empty).verdict in (NOT_MET, UNKNOWN)


@pytest.mark.parametrize("criterion", [c for c in rubric().criteria if c.needs])
def test_probe_without_its_source_is_unknown(criterion: object) -> None:
    result = judged(criterion.id, replace(facts(), sources=()))  # type: ignore[attr-defined]
    assert (result.verdict, result.reason) == (UNKNOWN, NOT_CONNECTED)


def test_every_probed_criterion_is_seen_failing_or_unknown() -> None:
    assert {c.id for c in rubric().criteria if c.probe} <= {
        criterion for criterion, *_ in (*TABLE, *CI_TABLE)
    }


def test_probe_names_the_evidence() -> None:
    result = judged("repro-commit-bound", facts())
    shown = {(evidence.kind, evidence.label) for evidence in result.findings[0].evidence}
    assert shown == {("model_version", "churn v3"), ("commit", made.SHA[:12])}


def test_declared_evidence_proves_no_level_2() -> None:
    weak = rubric().criterion("repro-commit-verified")
    assert weak is not None
    assert weak.min_strength is Strength.OBSERVED
    assert Ref("a", "b").part("c").label == "b c"
