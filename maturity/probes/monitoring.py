"""Monitoring: is what happens in production looked at, and does somebody hear of it?

Our own monitors write what they did into the event log; that no event is there is itself a fact.
"""

from datetime import timedelta

from maturity.facts import Happening, ModelVersion, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import applies, probe
from maturity.probes._subjects import failed, passed

CHECKED = "drift_checked"
MIN_ROWS = 100
LABEL_DELAY_TAG = "label_delay_days"


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


@probe()
def quality_tracked(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Was the quality of each production version measured in the window, after it was made?"""
    return tuple(_measured(version, facts, window=window) for version in facts.production)


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
        names = ", ".join(sorted(later[0].metrics)[:3])
        return passed(version.ref, f"{later[0].ref.label} measured {names}", see=(later[0].ref,))
    return failed(version.ref, f"its quality was not measured in production in {_span(window)}")


@probe()
def drift_running(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a drift check of each production version end in the window, on enough rows, with a baseline?"""
    return tuple(_checked(version, facts, window=window) for version in facts.production)


def _checked(version: ModelVersion, facts: SystemFacts, *, window: timedelta) -> Finding:
    checks = checks_of(version, facts, window=window)
    if not checks:
        return failed(version.ref, f"no drift check ended in {_span(window)}")
    newest = max(checks, key=lambda c: c.at)
    if _rows(newest) < MIN_ROWS:
        return failed(
            version.ref,
            f"its last window had {_rows(newest):,} rows, fewer than {MIN_ROWS}",
            see=(newest.ref,),
        )
    baseline = newest.attrs.get("baseline")
    if not baseline:
        return failed(version.ref, "its monitor has no baseline", see=(newest.ref,))
    message = f"checked on {newest.at:%Y-%m-%d}, {_rows(newest):,} rows against {baseline}"
    return passed(version.ref, message, see=(newest.ref,))


def checks_of(version: ModelVersion, facts: SystemFacts, *, window: timedelta) -> list[Happening]:
    """The drift checks about a version that ended in the window."""
    return [
        e
        for e in facts.events
        if e.kind == CHECKED and _is_about(e, version, facts) and facts.within(e.at, window)
    ]


def _is_about(event: Happening, version: ModelVersion, facts: SystemFacts) -> bool:
    """Events stand on the version or on a deployment of it."""
    deployments = {d.ref.uid for d in facts.deployments if d.version_uid == version.ref.uid}
    return event.ref.uid == version.ref.uid or event.ref.uid in deployments


def _rows(event: Happening) -> int:
    rows = event.attrs.get("rows")
    return rows if isinstance(rows, int) and not isinstance(rows, bool) else 0


def _span(window: timedelta) -> str:
    return f"{window.days} days" if window.days > 1 else f"{window.total_seconds() / 3600:.0f} hours"
