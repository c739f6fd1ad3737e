"""Continuous training: what starts it, what gates it, how old its product is."""

from datetime import timedelta

from evidence.records import BlindReason
from maturity.facts import Happening, ModelVersion, PipelineRun, PipelineVersion, Schedule, SystemFacts
from maturity.finding import Finding
from maturity.probe import probe
from maturity.probes._subjects import decided, failed, passed, system, unresolved
from maturity.probes.data import training_data
from maturity.probes.execution import is_notebook
from maturity.probes.tracking import TERMINAL

MAX_AGE_TAG = "max_age_days"
ANSWER_TIME = timedelta(hours=24)
"""A breach of high severity is answered within this time."""

HIGH = frozenset({"high", "critical"})
ANSWERS = frozenset({"retraining_started", "alert_decided"})


@probe()
def trigger_configured(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is there an enabled trigger, and did it fire in its last two periods?"""
    enabled = [schedule for schedule in facts.schedules if schedule.enabled]
    if not enabled:
        see = tuple(schedule.ref for schedule in facts.schedules)
        why = "its recurring runs are switched off" if see else "it has no recurring run"
        return (failed(system(facts), why, see=see),)
    findings = [_fires(schedule, facts, window=window) for schedule in enabled]
    return (min(findings, key=lambda finding: ["pass", "unresolved", "fail"].index(finding.outcome)),)


def _fires(schedule: Schedule, facts: SystemFacts, *, window: timedelta) -> Finding:
    span = 2 * schedule.period if schedule.period else window
    if span > 2 * window:
        return unresolved(
            schedule.ref, BlindReason.NO_SAMPLE, f"its period is longer than {window.days} days"
        )
    fired = [
        r
        for r in facts.pipeline_runs
        if r.schedule_id == schedule.run_id and facts.within(r.started_at, span)
    ]
    ended = [r for r in fired if r.state in TERMINAL]
    no = f"it is enabled, but started {len(ended)} ended runs in its last two periods"
    yes = f"it is enabled and started {len(ended)} ended runs"
    return decided(schedule.ref, len(ended) >= 2, yes=yes, no=no, see=tuple(r.ref for r in ended[:3]))


@probe()
def automated_share(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Which successful training runs of the window were started by a machine?"""
    ours = [r for r in facts.pipeline_runs if facts.within(r.started_at, window) and r.succeeded]
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


@probe()
def validation_gate(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each production pipeline register a model only if an evaluation allows it?"""
    return tuple(_gated(pipeline) for pipeline in facts.production_pipelines)


def _gated(pipeline: PipelineVersion) -> Finding:
    if pipeline.components is None:
        return unresolved(pipeline.ref, BlindReason.NOT_SUPPORTED, "its specification could not be read")
    if pipeline.gates:
        return passed(pipeline.ref, f"{pipeline.gates[0]} runs only if the evaluation allows it")
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


@probe()
def new_data_trigger(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did new data start a run in the window? Without a second snapshot nobody can tell: no finding."""
    recent = [r for r in facts.runs if facts.within(r.started_at, window)]
    snapshots = {(d.name, d.digest) for run in recent for d in training_data(run)}
    started = [e for e in _recent(facts, window, "retraining_started") if e.attrs.get("reason") == "new_data"]
    if started:
        return (passed(system(facts), "new data started a run", see=(started[0].ref,)),)
    if len(snapshots) < 2:
        return ()
    if any(facts.within(r.started_at, window) and not r.schedule_id for r in facts.pipeline_runs):
        why = "runs were started through the API, which does not tell whether new data did"
        return (unresolved(system(facts), BlindReason.NOT_SUPPORTED, why),)
    why = f"its data came in {len(snapshots)} snapshots, and none of them started a run"
    return (failed(system(facts), why, see=tuple(run.ref for run in recent[:3])),)


@probe()
def closed_loop(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did each high breach of the window lead to a retraining or a decision in time?

    Without a breach a drill proves the loop; without either there is no finding.
    """
    breaches = [e for e in _recent(facts, window, "alert_opened") if e.attrs.get("severity") in HIGH]
    answers = [e for e in facts.events if e.kind in ANSWERS]
    if breaches:
        return tuple(_answered(breach, answers, facts) for breach in breaches)
    drills = [e for e in _recent(facts, 2 * window, "drill_run") if e.attrs.get("drill") == "drift"]
    return tuple(passed(drill.ref, "a drift drill went through", see=()) for drill in drills)


def _answered(breach: Happening, answers: list[Happening], facts: SystemFacts) -> Finding:
    alert = breach.attrs.get("alert")
    own = [
        e for e in answers if e.attrs.get("alert") == alert and breach.at <= e.at <= breach.at + ANSWER_TIME
    ]
    subject = breach.ref.part(f"alert {alert}")
    if own:
        minutes = (own[0].at - breach.at).total_seconds() / 60
        return passed(subject, f"answered by {own[0].kind.replace('_', ' ')} after {minutes:.0f} minutes")
    if facts.now < breach.at + ANSWER_TIME:
        return unresolved(subject, BlindReason.NO_SAMPLE, "it is open and there is still time to answer")
    return failed(
        subject, f"no retraining and no decision within {ANSWER_TIME / timedelta(hours=1):.0f} hours"
    )


def _recent(facts: SystemFacts, window: timedelta, kind: str) -> list[Happening]:
    return [e for e in facts.events if e.kind == kind and facts.within(e.at, window)]
