"""Monitoring: is what happens in production looked at, and does somebody hear of it?

Our own monitors write what they did into the event log; that no event is there is itself a fact.
"""

from collections.abc import Sized
from datetime import UTC, date, datetime, timedelta

from evidence.records import BlindReason
from maturity import attrs as read
from maturity.facts import Deployment, Happening, ModelVersion, Run, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import applies, probe
from maturity.probes._subjects import declared, failed, means_of, passed, unresolved

CHECKED = "drift_checked"
DRIFT = "monitoring.drift_running"
MIN_ROWS = 100
WATCHED = 0.95
"""So large a share of the days an endpoint serves has to be watched."""

LABEL_DELAY_TAG = "label_delay_days"
CADENCE_TAG = "quality_cadence_days"
HIGH = frozenset({"high", "critical"})
NOTICES = frozenset({"alert_acknowledged", "alert_decided"})
NOTICE_TIME = timedelta(hours=24)
NOTICED = 0.9
"""So large a share of high alerts has to be acknowledged within NOTICE_TIME."""


@probe()
def uptime(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Was each production endpoint watched, or seen answering, on nearly every day since it serves?

    A day counts when a prober or metrics source watched the endpoint, or when a monitor read rows
    that it answered: then it was up. A day without either is a gap only where something watches.
    """
    targets = {deployment.target: deployment for deployment in facts.live}
    if targets:
        return tuple(_watched(deployment, facts, window) for deployment in targets.values())
    if facts.connected("deployments"):
        return ()
    why = "where it serves was not reported, so nothing can tell whether it is up"
    return tuple(unresolved(v.ref, BlindReason.SOURCE_NOT_CONNECTED, why) for v in facts.production)


def _watched(deployment: Deployment, facts: SystemFacts, window: timedelta) -> Finding:
    ours = [d for d in facts.deployments if d.observed and d.target == deployment.target]
    ours = [d for d in ours if d.environment == deployment.environment]
    began = min((d.at for d in ours if d.at), default=facts.now - window)
    served = _days(max(began, facts.now - window), facts.now)
    uids = {d.ref.uid for d in ours} | {d.version_uid for d in ours}
    spans = [(r.start, r.end) for r in facts.readiness if r.ref.uid in uids]
    probed = bool(spans) or facts.connected("metrics")
    spans += [_span_of(e) for e in facts.events if e.kind == CHECKED and e.ref.uid in uids and _rows(e)]
    seen = served & {day for start, end in spans for day in _days(start, end)}
    said = f"watched or answering on {len(seen)} of {_count(served, 'day')}"
    if len(seen) / len(served) >= WATCHED:
        return passed(deployment.ref, said)
    if probed:
        return failed(deployment.ref, said)
    why = f"{said}; no metrics source tells of the others"
    return unresolved(deployment.ref, BlindReason.SOURCE_NOT_CONNECTED, why)


def _days(start: datetime, end: datetime) -> set[date]:
    """The days (UTC) from start to end, at most a year; at least that of the end."""
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    count = min(max((last - first).days, 0), 366)
    return {last - timedelta(days=back) for back in range(count + 1)}


def _span_of(check: Happening) -> tuple[datetime, datetime]:
    """The window that a check read; it ends before its end."""
    start = read.moment(check.attrs, "window_start") or check.at
    end = read.moment(check.attrs, "window_end")
    return start, (end - timedelta(microseconds=1) if end else check.at)


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


@probe()
def prediction_log(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did serving rows of each production version arrive in the window?"""
    return tuple(_logged(version, facts, window=window) for version in facts.production)


def _logged(version: ModelVersion, facts: SystemFacts, *, window: timedelta) -> Finding:
    checks = [c for c in checks_of(version, facts, window=window) if _rows(c) > 0]
    if not checks:
        return failed(version.ref, f"no serving rows of it arrived in {_span(window)}")
    newest = max(checks, key=lambda c: c.at)
    return passed(
        version.ref, f"{_rows(newest):,} rows arrived up to {newest.at:%Y-%m-%d}", see=(newest.ref,)
    )


@applies
def labels_come_later(facts: SystemFacts, window: timedelta) -> str:
    """Truth that comes later than the window cannot be asked for: the model declares its label delay."""
    delays = [_label_delay(version) for version in facts.production]
    if not delays or any(delay <= window for delay in delays):
        return ""
    return f"Labels come {max(delays).days} days after a prediction; only {window.days} days are looked at."


def _label_delay(version: ModelVersion) -> timedelta:
    """The declared delay; zero where none is declared."""
    try:
        return timedelta(days=float(str(version.model_tags.get(LABEL_DELAY_TAG, 0))))
    except (ValueError, OverflowError):
        return timedelta()


@probe(version=2)
def quality_tracked(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Was the quality of each production version measured in time, after it was made?

    In time: within twice the cadence that the model declares, else within the window.
    """
    return tuple(_measured(v, facts, window=_cadence(v, default=window)) for v in facts.production)


def _cadence(version: ModelVersion, *, default: timedelta) -> timedelta:
    """Twice the declared days between measurements; the default where none are declared."""
    try:
        days = float(str(version.model_tags.get(CADENCE_TAG, 0)))
    except ValueError:
        return default
    return timedelta(days=2 * days) if 0 < days < 10_000 else default


def _measured(version: ModelVersion, facts: SystemFacts, *, window: timedelta) -> Finding:
    for event in facts.events:
        if (
            event.kind == "quality_checked"
            and _is_about(event, version, facts)
            and facts.within(event.at, window)
        ):
            message = f"{event.attrs.get('metric', 'quality')} measured on {event.at:%Y-%m-%d}"
            return passed(version.ref, message, strength=Strength.VERIFIED, see=(event.ref,))
    made = version.run.ref.uid if version.run else ""
    later = [
        run
        for run in version.evaluations
        if run.ref.uid != made
        and run.metrics
        and run.state == "FINISHED"
        and facts.within(run.started_at, window)
        and (
            version.created_at is None or (run.started_at is not None and run.started_at > version.created_at)
        )
    ]
    if later:
        message = f"{later[0].ref.label} measured {_against_training(version, later[0])}"
        return passed(version.ref, message, see=(later[0].ref,))
    return failed(version.ref, f"its quality was not measured in production in {_span(window)}")


def _against_training(version: ModelVersion, measured: Run) -> str:
    """The metrics that were measured, those of the training run beside them."""
    trained = version.run.metrics if version.run else {}
    shared = [name for name in sorted(measured.metrics) if _is_number(trained.get(name))]
    if not shared:
        return ", ".join(sorted(measured.metrics)[:3])
    name = shared[0]
    return f"{name} {measured.metrics[name]:.3g}, {trained[name]:.3g} in training"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@probe(version=2, means=("task", "job"))
def drift_running(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a drift check of each production version end in the window, on enough of the right data?

    A pipeline task or CI job that the team mapped counts where it succeeded in the window.
    """
    mapped = _mapped_job(facts, window)
    return tuple(_checked(version, facts, window=window, mapped=mapped) for version in facts.production)


def _checked(version: ModelVersion, facts: SystemFacts, *, window: timedelta, mapped: str) -> Finding:
    checks = checks_of(version, facts, window=window)
    if checks:
        return _compared(version, max(checks, key=lambda c: c.at))
    if mapped:
        return passed(version.ref, f"{mapped} succeeded in {_span(window)}, as its team mapped")
    job = declared(facts, "drift_monitoring")
    if job:
        why = f"no drift check ended in {_span(window)}; {job} may hold one, map its task or job"
        return unresolved(version.ref, BlindReason.MAPPING_MISSING, why)
    return failed(version.ref, f"no drift check ended in {_span(window)}")


def _compared(version: ModelVersion, check: Happening) -> Finding:
    """A check counts on enough rows, and against the very data that the version was trained on."""
    baseline, dataset = check.attrs.get("baseline"), check.attrs.get("dataset")
    if _rows(check) < MIN_ROWS:
        why = f"its last window had {_rows(check):,} rows, fewer than {MIN_ROWS}"
        return unresolved(version.ref, BlindReason.NO_SAMPLE, why, see=(check.ref,))
    if not baseline:
        return failed(version.ref, "its monitor has no baseline", see=(check.ref,))
    bound = {d.ref.uid for d in version.run.datasets if d.ref} if version.run else set()
    if not dataset:
        why = f"whether its baseline {baseline} is its training data could not be seen"
        return unresolved(version.ref, BlindReason.MAPPING_MISSING, why, see=(check.ref,))
    if dataset not in bound:
        why = f"its baseline {baseline} is not the data it was trained on"
        return failed(version.ref, why, see=(check.ref,))
    message = f"checked on {check.at:%Y-%m-%d}, {_rows(check):,} rows against its training data {baseline}"
    return passed(version.ref, message, see=(check.ref,))


def _mapped_job(facts: SystemFacts, window: timedelta) -> str:
    """A mapped task or CI job that succeeded in the window; "" if there is none."""
    tasks = [
        task.name
        for run in facts.pipeline_runs
        if facts.within(run.ended_at, window)
        for task in run.tasks
        if task.state == "SUCCEEDED"
    ]
    jobs = [
        job.name
        for run in facts.workflow_runs
        if facts.within(run.ended_at, window)
        for job in run.jobs or ()
        if job.succeeded
    ]
    found = (
        *means_of(facts, DRIFT, kind="task", names=tasks),
        *means_of(facts, DRIFT, kind="job", names=jobs),
    )
    return found[0] if found else ""


@probe()
def alerts_delivered(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does an alert of each production version reach somebody, who then takes notice?"""
    return tuple(_delivered(version, facts, window=window) for version in facts.production)


def _delivered(version: ModelVersion, facts: SystemFacts, *, window: timedelta) -> Finding:
    uids = _places(version, facts)
    ours = [d for d in facts.deliveries if d.ref.uid in uids and facts.within(d.at, window)]
    if not ours:
        return failed(version.ref, f"no alert and no test reached a receiver in {_span(window)}")
    newest = max(ours, key=lambda d: d.at)
    if not newest.succeeded:
        return failed(version.ref, f"the last delivery to {newest.receiver} failed", see=(newest.ref,))
    alerts = [e for e in facts.events if e.kind == "alert_opened" and e.ref.uid in uids]
    high = [e for e in alerts if e.attrs.get("severity") in HIGH and facts.within(e.at, window)]
    due = [e for e in high if facts.now >= e.at + NOTICE_TIME]
    noticed = [e for e in due if _was_noticed(e, facts)]
    if due and len(noticed) / len(due) < NOTICED:
        why = f"{len(noticed)} of {_count(due, 'high alert')} were acknowledged within a day"
        return failed(version.ref, why, see=(due[0].ref,))
    what = "a test" if newest.is_test else "an alert"
    return passed(version.ref, f"{what} reached {newest.receiver} on {newest.at:%Y-%m-%d}", see=(newest.ref,))


def _was_noticed(alert: Happening, facts: SystemFacts) -> bool:
    return any(
        e.kind in NOTICES
        and e.attrs.get("alert") == alert.attrs.get("alert")
        and alert.at <= e.at <= alert.at + NOTICE_TIME
        for e in facts.events
    )


@probe()
def serving_objectives(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is a service level objective of each live deployment evaluated?"""
    return tuple(_objective(deployment, facts, window=window) for deployment in facts.live)


def _objective(deployment: Deployment, facts: SystemFacts, *, window: timedelta) -> Finding:
    uids = {d.ref.uid for d in facts.deployments if d.target == deployment.target}
    ours = [o for o in facts.objectives if o.ref.uid in uids]
    evaluated = [o for o in ours if o.kept is not None and facts.within(o.at, window)]
    if evaluated:
        newest = max(evaluated, key=lambda o: o.at)
        kinds = ", ".join(sorted({o.kind for o in evaluated}))
        kept = "kept" if newest.kept else "not kept"
        return passed(deployment.ref, f"{kinds} evaluated on {newest.at:%Y-%m-%d}, {newest.kind} {kept}")
    no = "its objective was not evaluated" if ours else "it has no objective"
    return failed(deployment.ref, f"{no} in {_span(window)}" if ours else no)


def checks_of(version: ModelVersion, facts: SystemFacts, *, window: timedelta) -> list[Happening]:
    """The drift checks about a version that ended in the window."""
    return [
        e
        for e in facts.events
        if e.kind == CHECKED and _is_about(e, version, facts) and facts.within(e.at, window)
    ]


def _is_about(event: Happening, version: ModelVersion, facts: SystemFacts) -> bool:
    """Events stand on the version or on a deployment of it."""
    return event.ref.uid in _places(version, facts)


def _places(version: ModelVersion, facts: SystemFacts) -> set[str]:
    """The uids of the version and of its deployments."""
    return {version.ref.uid} | {d.ref.uid for d in facts.deployments if d.version_uid == version.ref.uid}


def _rows(event: Happening) -> int:
    rows = event.attrs.get("rows")
    return rows if isinstance(rows, int) and not isinstance(rows, bool) else 0


def _span(window: timedelta) -> str:
    return f"{window.days} days" if window.days > 1 else f"{window.total_seconds() / 3600:.0f} hours"
