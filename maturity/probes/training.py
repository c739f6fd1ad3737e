"""Continuous training: what starts it, what gates it, how old its product is."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from evidence.records import BlindReason
from maturity.facts import (
    Happening,
    ModelVersion,
    PipelineRun,
    PipelineVersion,
    Run,
    Schedule,
    SystemFacts,
)
from maturity.finding import Finding, Outcome
from maturity.probe import applies, probe
from maturity.probes._changes import incumbent, promoted
from maturity.probes._drills import drilled, drills_of
from maturity.probes._environments import is_rehearsal
from maturity.probes._subjects import (
    by_run,
    decided,
    failed,
    means_of,
    passed,
    system,
    unread,
    unresolved,
)
from maturity.probes.data import training_data
from maturity.probes.execution import is_notebook
from maturity.probes.tracking import TERMINAL

MAX_AGE_TAG = "max_age_days"
FIRINGS = 2
"""A trigger that fired so often in its last two periods works."""

ANSWER_TIME = timedelta(hours=24)
"""A breach of high severity is answered within this time."""

PROVEN_WITHIN = timedelta(days=180)
DRILLED_WITHIN = timedelta(days=180)
HIGH = frozenset({"high", "critical"})
BREACHES = frozenset({"drift", "quality", "performance"})
DECIDED = "alert_decided"
ANSWERS = frozenset({"retraining_started", DECIDED})
GATE = "training.validation_gate"
INCUMBENT = re.compile(r"incumbent|champion|baseline|previous|current|production", re.IGNORECASE)
"""Metrics that hold the value of the model to beat."""


@probe(version=2)
def trigger_configured(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is there an enabled trigger, and did it fire in its last two periods?"""
    ruled = [r for r in facts.pipeline_runs if r.triggered_by_us and _ended(r, facts, window)]
    if len(ruled) >= FIRINGS:
        yes = f"a retraining rule started {len(ruled)} ended runs in {window.days} days"
        return (passed(system(facts), yes, see=tuple(r.ref for r in ruled[:3])),)
    enabled = [schedule for schedule in facts.schedules if schedule.enabled]
    if not enabled:
        see = tuple(schedule.ref for schedule in facts.schedules)
        why = "its recurring runs are switched off" if see else "it has no recurring run"
        return (failed(system(facts), why, see=see),)
    findings = [_fires(schedule, facts, window=window) for schedule in enabled]
    return (min(findings, key=lambda finding: ["pass", "unresolved", "fail"].index(finding.outcome)),)


def _ended(run: PipelineRun, facts: SystemFacts, span: timedelta) -> bool:
    return run.state in TERMINAL and facts.within(run.started_at, span)


def _fires(schedule: Schedule, facts: SystemFacts, *, window: timedelta) -> Finding:
    span = 2 * schedule.period if schedule.period else window
    if span > 2 * window:
        why = f"its period is longer than {window.days} days"
        return unresolved(schedule.ref, BlindReason.NO_SAMPLE, why)
    ours = [r for r in facts.pipeline_runs if schedule.run_id and r.schedule_id == schedule.run_id]
    fired = [r for r in ours if facts.within(r.started_at, span)]
    ended = [r for r in fired if r.state in TERMINAL]
    see = tuple(r.ref for r in fired[:3])
    if len(ended) < FIRINGS <= len(fired):
        why = "its newest run has not ended yet"
        return unresolved(schedule.ref, BlindReason.NO_SAMPLE, why, see=see)
    no = f"it is enabled, but started {len(ended)} ended runs in its last two periods"
    yes = f"it is enabled and started {len(ended)} ended runs"
    return decided(schedule.ref, len(ended) >= FIRINGS, yes=yes, no=no, see=see)


@probe(version=2)
def automated_share(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Which successful training runs of the window were started by a machine? Rehearsals are left out."""
    runs = [run for run in facts.pipeline_runs if run.succeeded and not is_rehearsal(run, facts)]
    ours = [run for run in runs if facts.within(run.started_at, window)]
    by_hand = [
        v
        for v in facts.versions
        if v.run is not None and facts.within(v.run.started_at, window) and not v.run.orchestrator_run_id
    ]
    return tuple(_started(run) for run in ours) + tuple(filter(None, map(_by_hand, by_hand)))


def _started(run: PipelineRun) -> Finding:
    if run.schedule_id:
        return passed(run.ref, "a recurring run started it")
    if run.triggered_by_us:
        return passed(run.ref, "a retraining rule started it")
    return unresolved(
        run.ref, BlindReason.NOT_SUPPORTED, "started through the API, which does not tell by whom"
    )


def _by_hand(version: ModelVersion) -> Finding | None:
    run = version.run
    if run is None or run.pipeline_run is not None:
        return None
    how = "in a notebook" if is_notebook(run) else "outside any pipeline"
    return failed(run.ref, f"started {how}", see=(version.ref,))


@probe(version=2, means=("task",))
def validation_gate(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a gate stand before each promoted version, with its value and the incumbent's to compare?

    Without a promoted version the production pipelines are asked for a gate alone.
    """
    versions = promoted(facts, window)
    if not versions:
        return tuple(_gated(pipeline, facts) for pipeline in facts.production_pipelines)
    pipelines = {pipeline.ref.uid: pipeline for pipeline in facts.pipeline_versions}
    return by_run(versions, partial(_judged, facts, pipelines))


def _judged(
    facts: SystemFacts, pipelines: Mapping[str, PipelineVersion], version: ModelVersion, run: Run
) -> Finding:
    made_by = run.pipeline_run
    pipeline = pipelines.get(made_by.version_uid) if made_by else None
    if pipeline is None:
        return _without_pipeline(version, run)
    gate = _gated(pipeline, facts)
    if gate.outcome is not Outcome.PASS:
        return replace(gate, subject=version.ref.uid, label=version.ref.label)
    older = incumbent(version, facts)
    if not compared(run, older):
        named = older.ref.label if older else "an incumbent"
        return failed(version.ref, f"its run has no metric to compare with {named}", see=(run.ref,))
    proven = {"gate_proven": has_blocked(pipeline, facts)}
    message = f"{gate.message}{'; it has held back a model before' if proven['gate_proven'] else ''}"
    return passed(version.ref, message, see=(pipeline.ref, run.ref), values=proven)


def _without_pipeline(version: ModelVersion, run: Run) -> Finding:
    if run.orchestrator_run_id:
        why = "the pipeline that made it cannot be read"
        return unresolved(version.ref, BlindReason.NOT_SUPPORTED, why, see=(run.ref,))
    return failed(version.ref, "it was made outside any pipeline, so no gate held it", see=(run.ref,))


def compared(run: Run, older: ModelVersion | None) -> bool:
    """True if a value of the candidate and one of the incumbent are on record: in the run itself (a
    metric whose name says incumbent, champion…), or in both runs under one name. The first version
    of a model has nothing to be compared with.
    """
    own = {name for name, value in run.metrics.items() if isinstance(value, int | float)}
    if any(INCUMBENT.search(name) for name in own):
        return len(own) > 1
    if older is None:
        return bool(own)
    return bool(own & set(older.run.metrics)) if older.run else False


def has_blocked(pipeline: PipelineVersion, facts: SystemFacts) -> bool:
    """True if a gate of the pipeline skipped its branch within PROVEN_WITHIN."""
    return any(
        task.state == "SKIPPED" and task.name in pipeline.gates
        for run in facts.pipeline_runs
        if run.version_uid == pipeline.ref.uid and facts.within(run.started_at, PROVEN_WITHIN)
        for task in run.tasks
    )


def _gated(pipeline: PipelineVersion, facts: SystemFacts) -> Finding:
    if pipeline.components is None:
        return unread(pipeline)
    if pipeline.gates:
        return passed(pipeline.ref, f"{pipeline.gates[0]} runs only if the evaluation allows it")
    names = [task.name for task in pipeline.tasks]
    mapped = means_of(facts, GATE, kind="task", names=names)
    waited = [name for name in mapped if any(name in task.depends_on for task in pipeline.tasks)]
    if waited:
        return passed(pipeline.ref, f"{waited[0]} gates it, as its team mapped")
    return failed(pipeline.ref, "no step depends on the result of an evaluation")


@probe()
def model_fresh(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is each production version younger than the age that its model declares?"""
    return tuple(_fresh(version, facts) for version in facts.production)


def _fresh(version: ModelVersion, facts: SystemFacts) -> Finding:
    limit = _days(version.tags.get(MAX_AGE_TAG, version.model_tags.get(MAX_AGE_TAG)))
    if limit is None:
        return failed(version.ref, f"its model declares no {MAX_AGE_TAG}")
    if version.created_at is None:
        return unresolved(
            version.ref, BlindReason.NOT_SUPPORTED, "the registry does not tell when it was made"
        )
    age = (facts.now - version.created_at) / timedelta(days=1)
    no = f"made on {version.created_at:%Y-%m-%d}, more than {limit:g} days ago"
    yes = f"made on {version.created_at:%Y-%m-%d}, within {limit:g} days"
    return decided(version.ref, age <= limit, yes=yes, no=no)


def _days(value: object) -> float | None:
    try:
        days = float(str(value))
    except ValueError:
        return None
    return days if 0 < days < 100_000 else None


@applies
def no_new_data(facts: SystemFacts, window: timedelta) -> str:
    """Runs that all read one snapshot show that no new data arrived; without such runs nobody can tell."""
    runs = [r for r in facts.runs if facts.within(r.started_at, window) and training_data(r)]
    if len(runs) > 1 and len(_snapshots(runs)) == 1:
        return f"All {len(runs)} training runs of {window.days} days read the same data: none arrived."
    return ""


@probe(version=2)
def new_data_trigger(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did new data start a run in the window? Without a second snapshot nobody can tell: no finding."""
    recent = [r for r in facts.runs if facts.within(r.started_at, window)]
    snapshots = _snapshots(recent)
    started = [e for e in _recent(facts, window, "retraining_started") if e.attrs.get("reason") == "new_data"]
    if started and len(snapshots) > 1:
        return (passed(system(facts), "new data started a run", see=(started[0].ref,)),)
    if started:
        why = "a rule says that new data started a run, but no run read other data than before"
        return (failed(system(facts), why, see=(started[0].ref,)),)
    if len(snapshots) < 2:
        return ()
    if any(facts.within(r.started_at, window) and not r.schedule_id for r in facts.pipeline_runs):
        why = "runs were started through the API, which does not tell whether new data did"
        return (unresolved(system(facts), BlindReason.NOT_SUPPORTED, why),)
    why = f"its data came in {len(snapshots)} snapshots, and none of them started a run"
    return (failed(system(facts), why, see=tuple(run.ref for run in recent[:3])),)


def _snapshots(runs: list[Run]) -> set[tuple[str, str]]:
    return {(d.name, d.digest) for run in runs for d in training_data(run)}


@probe(version=2)
def closed_loop(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did each high breach of the window lead to a retraining or a decision in time?

    A retraining counts only behind a gate: a loop that trains on corrupted data must not deploy it.
    Without a breach a drill proves the loop; without either there is no finding.
    """
    breaches = [e for e in _recent(facts, window, "alert_opened") if _is_breach(e)]
    if breaches:
        gated = any(_gated(p, facts).outcome is Outcome.PASS for p in facts.production_pipelines)
        answers = [e for e in facts.events if e.kind in ANSWERS]
        return tuple(_answered(breach, answers, facts, gated=gated) for breach in breaches)
    return tuple(drilled(system(facts), drill) for drill in drills_of(facts, "drift", DRILLED_WITHIN)[:1])


def _is_breach(event: Happening) -> bool:
    """A drift or performance alert of high severity; a schema alert is another matter."""
    return event.attrs.get("severity") in HIGH and event.attrs.get("kind", "drift") in BREACHES


def _answered(breach: Happening, answers: list[Happening], facts: SystemFacts, *, gated: bool) -> Finding:
    alert = breach.attrs.get("alert")
    subject = breach.ref.part(f"alert {alert}")
    own = [e for e in answers if e.attrs.get("alert") == alert]
    own = [e for e in own if breach.at <= e.at <= breach.at + ANSWER_TIME]
    decisions = [e for e in own if e.kind == DECIDED or gated]
    if decisions:
        minutes = (decisions[0].at - breach.at).total_seconds() / 60
        answer = decisions[0].kind.replace("_", " ")
        return passed(subject, f"answered by {answer} after {minutes:.0f} minutes")
    if own:
        return failed(subject, "it was retrained, but no gate stands before what is registered")
    if facts.now < breach.at + ANSWER_TIME:
        return unresolved(subject, BlindReason.NO_SAMPLE, "it is open and there is still time to answer")
    hours = ANSWER_TIME / timedelta(hours=1)
    return failed(subject, f"no retraining and no decision within {hours:.0f} hours")


def _recent(facts: SystemFacts, window: timedelta, kind: str) -> list[Happening]:
    return [e for e in facts.events if e.kind == kind and facts.within(e.at, window)]
