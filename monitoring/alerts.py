"""Alerts as episodes: opened, advanced and closed by replaying the verdicts of the latest windows.

Nothing is counted up. An alert is where its history leaves it, so a window that is judged again, late
data, or a check that died half-way end in the same alert.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from evidence.models import Node
from evidence.records import EventRecord, Json
from monitoring.episode import (
    DRIFT_PATIENCE,
    SCHEMA_PATIENCE,
    Outcome,
    Patience,
    Phase,
    Standing,
    replay,
)
from monitoring.models import (
    LOUD_ALERT,
    OPEN_ALERT,
    Alert,
    AlertKind,
    AlertState,
    Baseline,
    CheckResult,
    ContractState,
    FileState,
    LogFile,
    Monitor,
    Severity,
    Window,
)
from monitoring.policy import CRITICAL_SCORE, State
from monitoring.telling import tell
from monitoring.watch import Watched

HISTORY = 30
"""So many of the latest windows (or files, for the contract) decide where an alert stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an alert is about; equal subjects share one open episode."""

    monitor: Monitor
    kind: AlertKind
    version: Node | None
    place: Node | None
    column: str = ""

    @property
    def fingerprint(self) -> str:
        parts = [str(self.monitor.pk), self.kind, self.version.uid if self.version else "", self.column]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One verdict in a history: when it holds, and what it would tell."""

    outcome: Outcome
    start: datetime
    end: datetime
    message: str
    severity: Severity
    window: Window | None = None


def advance_drift(monitor: Monitor, *, baseline: Baseline, watched: Watched, now: datetime) -> None:
    """Bring the drift alerts of all columns to where the latest windows leave them."""
    windows = _latest_windows(monitor, baseline)
    steps: dict[str, list[Step]] = {}
    for check in CheckResult.objects.filter(window__in=windows).defer("figures").order_by("window__start"):
        steps.setdefault(check.column, []).append(_step_of(check, windows[check.window_id]))
    columns = _open(monitor, AlertKind.DRIFT, version=watched.version).values_list("column", flat=True)
    moved = {name for name, each in steps.items() if any(_is_breach(step) for step in each)}
    for column in sorted(moved | set(columns)):
        subject = Subject(
            monitor=monitor,
            kind=AlertKind.DRIFT,
            version=watched.version,
            place=watched.place,
            column=column,
        )
        _advance(subject, steps.get(column, []), patience=DRIFT_PATIENCE, now=now)


def _latest_windows(monitor: Monitor, baseline: Baseline) -> dict[int, Window]:
    judged = Window.objects.filter(monitor=monitor, baseline=baseline).exclude(judged_at=None)
    return {window.pk: window for window in judged.defer("profile").order_by("-start")[:HISTORY]}


def _step_of(check: CheckResult, window: Window) -> Step:
    grave = check.score is not None and check.score >= CRITICAL_SCORE
    return Step(
        outcome=Outcome(state=State(check.state), score=check.score),
        start=window.start,
        end=window.end,
        message=check.reason,
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        window=window,
    )


def advance_contract(monitor: Monitor, *, watched: Watched, now: datetime) -> None:
    """Bring the contract alert to where the latest files leave it."""
    files = LogFile.objects.filter(monitor=monitor, version=watched.version, state=FileState.READ)
    latest = files.exclude(contract_state=ContractState.UNKNOWN).order_by("-until", "-name")[:HISTORY]
    steps = [
        _step_of_file(file, start=file.since, end=file.until)
        for file in reversed(latest)
        if file.since and file.until
    ]
    subject = Subject(monitor=monitor, kind=AlertKind.CONTRACT, version=watched.version, place=watched.place)
    if any(_is_breach(step) for step in steps) or _open(monitor, AlertKind.CONTRACT).exists():
        _advance(subject, steps, patience=SCHEMA_PATIENCE, now=now)


def _step_of_file(file: LogFile, *, start: datetime, end: datetime) -> Step:
    broken = file.contract_state == ContractState.BROKEN
    return Step(
        outcome=Outcome(state=State.BREACH if broken else State.OK),
        start=start,
        end=end,
        message=file.contract,
        severity=Severity.HIGH,
    )


def hold(subject: Subject, *, message: str, since: datetime, now: datetime) -> None:
    """Keep an alert open as long as there is a message; an empty one closes it."""
    alert = _current(subject)
    if not message:
        if alert:
            _resolve(alert, now=now)
        return
    step = Step(
        outcome=Outcome(state=State.BREACH), start=since, end=now, message=message, severity=Severity.MEDIUM
    )
    _raise(subject, alert, step, since=since, phase=Phase.FIRING, now=now)


def close_others(monitor: Monitor, *, version: Node, now: datetime) -> None:
    """Close what was said of versions that the monitor no longer watches."""
    stale = Alert.objects.filter(monitor=monitor, state__in=OPEN_ALERT).exclude(version=None)
    for alert in stale.exclude(version=version).select_related("node"):
        _resolve(alert, now=now)


def _advance(subject: Subject, steps: Sequence[Step], *, patience: Patience, now: datetime) -> None:
    alert = _current(subject)
    standing = _standing(alert, steps, patience=patience)
    breaches = [step for step in steps if _is_breach(step)]
    wanted = standing.phase in (Phase.FIRING, Phase.RECOVERING, Phase.PENDING)
    fell_back = alert is not None and alert.is_open and standing.phase is Phase.PENDING
    if alert is not None and (not wanted or fell_back):
        _resolve(alert, now=now)
    elif wanted and breaches:
        since = steps[standing.since].start if standing.since is not None else breaches[-1].start
        known = min(alert.since, since) if alert else since
        _raise(subject, alert, breaches[-1], since=known, phase=standing.phase, now=now)


def _standing(alert: Alert | None, steps: Sequence[Step], *, patience: Patience) -> Standing:
    """Replay; an alert that opened before the history begins is open at its beginning."""
    began_before = alert is not None and alert.is_open and bool(steps) and alert.since < steps[0].start
    start = Phase.FIRING if began_before else Phase.INACTIVE
    return replay([step.outcome for step in steps], start=start, patience=patience)


def _raise(
    subject: Subject, alert: Alert | None, last: Step, *, since: datetime, phase: Phase, now: datetime
) -> None:
    """Write the alert as it stands; tell of it when it opens."""
    was_open = alert is not None and alert.is_open
    alert = alert or Alert(
        monitor=subject.monitor,
        fingerprint=subject.fingerprint,
        kind=subject.kind,
        column=subject.column,
        version=subject.version,
        node=subject.place,
    )
    alert.state, alert.severity, alert.message = AlertState(phase), last.severity, last.message
    alert.window, alert.since, alert.seen = last.window, since, last.end
    if not was_open and alert.state in LOUD_ALERT:
        alert.opened_at, alert.node = now, subject.place
    alert.save()
    if not was_open and alert.is_open:
        _tell(alert, "alert_opened", now=now)


def _resolve(alert: Alert, *, now: datetime) -> None:
    """Close an episode; one that nobody was told of never was."""
    if not alert.is_open:
        alert.delete()
        return
    alert.state, alert.resolved_at = AlertState.RESOLVED, now
    alert.save(update_fields=["state", "resolved_at"])
    _tell(alert, "alert_resolved", now=now)


def _tell(alert: Alert, kind: str, *, now: datetime) -> None:
    if alert.node is None:
        return
    attrs: dict[str, Json] = {
        "alert": str(alert.pk),
        "monitor": alert.monitor.slug,
        "kind": alert.kind,
        "severity": alert.severity,
        "column": alert.column,
        "message": alert.message,
        "window_start": alert.since.isoformat(),
        "window_end": alert.seen.isoformat(),
    }
    tell(EventRecord(kind, alert.node.uid, now, f"{kind}:{alert.pk}", attrs=attrs), now=now)


def _current(subject: Subject) -> Alert | None:
    found = Alert.objects.filter(fingerprint=subject.fingerprint, state__in=OPEN_ALERT)
    return found.select_related("node", "monitor").first()


def _open(monitor: Monitor, kind: AlertKind, *, version: Node | None = None) -> QuerySet[Alert]:
    found = Alert.objects.filter(monitor=monitor, kind=kind, state__in=OPEN_ALERT)
    return found.filter(version=version) if version else found


def _is_breach(step: Step) -> bool:
    return step.outcome.state is State.BREACH
