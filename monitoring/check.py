"""One check of a monitor: claimed, resumable, and never stopped by one bad file.

A worker claims the row by an update that must change exactly one row. It reads file by file and judges
window by window, each written whole or not at all, so that a worker that dies leaves a consistent
beginning which the next one continues.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.lease import kept_alive
from evidence.models import Event
from evidence.readers import tell
from monitoring import findings
from monitoring.alerts import Subject, close_others, hold
from monitoring.intake import BaselineError, Held, baseline_for, read_new_files
from monitoring.locations import LocationError, list_files
from monitoring.log_reading import Span
from monitoring.models import AlertKind, Baseline, Monitor, Window
from monitoring.profile_comparison import compare_profiles
from monitoring.profile_json import from_json
from monitoring.watch import Watched, WatchError, find_watched
from monitoring.windows import sum_of

log = logging.getLogger(__name__)
CHECK_EVERY = timedelta(minutes=1)
UNABLE_FOR = timedelta(minutes=30)  # before somebody is told that a monitor cannot judge
OVERDUE_WINDOWS = 2
TOLD = ("drift_checked", "alert_opened", "alert_resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """How a check ended. `problem`: what kept it from judging; `has_rest`: there is more to read."""

    problem: str = ""
    watched: Watched | None = None
    has_rest: bool = False


def check_due(now: datetime) -> int:
    """Send every monitor that is due to a worker; returns how many."""
    from monitoring.tasks import check_monitor_task

    due = Monitor.objects.filter(_is_free(now), enabled=True, next_due_at__lte=now)
    keys = list(due.order_by("next_due_at").values_list("pk", flat=True)[:1000])
    for key in keys:
        check_monitor_task.delay(key)
    return len(keys)


def run_check(monitor_id: int, *, now: datetime) -> bool:
    """Check one monitor; False where another worker has it, or it is switched off."""
    free = Monitor.objects.filter(_is_free(now), pk=monitor_id, enabled=True)
    if not free.update(lease_until=_lease(), attempt=F("attempt") + 1):
        return False
    began = timezone.now()
    monitor = Monitor.objects.select_related("system__team").get(pk=monitor_id)
    own = Monitor.objects.filter(pk=monitor_id, attempt=monitor.attempt)
    with kept_alive(lambda: own.update(lease_until=_lease()), seconds=settings.LEASE_SECONDS):
        try:
            _finish(monitor, _guarded(monitor, now=now), now=now)
        except findings.LeaseLostError as error:
            log.warning("check.lost monitor=%s %s", monitor.slug, error)
            return False
    if Event.objects.filter(system=monitor.system_id, kind__in=TOLD, recorded_at__gte=began).exists():
        tell([monitor.system_id])
    return True


def _is_free(now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=now)


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def _guarded(monitor: Monitor, *, now: datetime) -> _Result:
    """Check; a fault of ours is told on the monitor's page instead of being tried again in silence."""
    try:
        return _check(monitor, now=now)
    except findings.LeaseLostError:
        raise
    except Exception:
        log.exception("check.failed monitor=%s", monitor.slug)
        return _Result(
            problem=_("The check stopped at an error of Rashinban itself; the log of the worker tells more.")
        )


def _check(monitor: Monitor, *, now: datetime) -> _Result:
    try:
        watched = find_watched(monitor)
    except WatchError as error:
        return _Result(problem=str(error))
    with transaction.atomic():
        findings.fence(monitor)
        close_others(monitor, version=watched.version, now=now)
    try:
        found = {each.name: each for each in list_files(monitor.log_location, allowed=_allowed())}
    except LocationError as error:
        return _Result(problem=str(error), watched=watched)
    findings.note_files(monitor, found.values())
    baseline, problem = _baseline(monitor, watched)
    held = Held.of(monitor, watched=watched, baseline=baseline)
    has_rest = read_new_files(monitor, found, held=held, now=now)
    _judge_windows(monitor, watched=watched, now=now)
    if not found:
        problem = problem or _("The folder of the log holds no Parquet file yet.")
    return _Result(problem=problem, watched=watched, has_rest=has_rest)


def _allowed() -> tuple[Path, ...]:
    return tuple(settings.ALLOWED_LOCAL_PATHS)


def _baseline(monitor: Monitor, watched: Watched) -> tuple[Baseline | None, str]:
    try:
        return baseline_for(monitor, watched=watched), ""
    except BaselineError as error:
        return None, str(error)


def _judge_windows(monitor: Monitor, *, watched: Watched, now: datetime) -> None:
    """Judge every window that changed since its last verdict, the oldest first."""
    changed = Window.objects.filter(monitor=monitor, judged_at=None).select_related("baseline")
    for window in changed.order_by("start", "pk"):
        window.monitor = monitor
        parts = window.parts.order_by("file__name").values_list("profile", flat=True)
        profiles = [from_json(profile) for profile in parts]
        if not profiles:
            findings.drop_empty(window)
            continue
        whole, reference = sum_of(profiles), from_json(window.baseline.profile)
        columns = compare_profiles(reference, whole, thresholds=monitor.thresholds)
        findings.keep_verdict(window, whole, columns, watched=watched, now=now)


@transaction.atomic
def _finish(monitor: Monitor, result: _Result, *, now: datetime) -> None:
    """Give the monitor free, with what it has to say of itself."""
    findings.fence(monitor)
    since = (monitor.problem_since or now) if result.problem else None
    _hold_absence(monitor, result.watched, now=now)
    _hold_inability(monitor, result, since=since, now=now)
    Monitor.objects.filter(pk=monitor.pk).update(
        lease_until=None,
        checked_at=now,
        next_due_at=now if result.has_rest else now + CHECK_EVERY,
        problem=result.problem[:500],
        problem_since=since,
    )


def _hold_absence(monitor: Monitor, watched: Watched | None, *, now: datetime) -> None:
    """An alert while the newest row is older than two windows."""
    newest: datetime | None = monitor.files.aggregate(newest=Max("until"))["newest"]
    if newest is None:
        return
    message = ""
    if now - newest > OVERDUE_WINDOWS * Span(monitor.window).length:
        message = _("No row arrived after %(moment)s UTC.") % {"moment": f"{newest:%Y-%m-%d %H:%M}"}
    hold(_own(monitor, AlertKind.NO_DATA, watched), message=message, since=newest, now=now)


def _hold_inability(monitor: Monitor, result: _Result, *, since: datetime | None, now: datetime) -> None:
    """An alert while something keeps the monitor from judging, and it is no passing thing."""
    lasting = since is not None and now - since >= UNABLE_FOR
    message = result.problem if lasting else ""
    hold(_own(monitor, AlertKind.ERROR, result.watched), message=message, since=since or now, now=now)


def _own(monitor: Monitor, kind: AlertKind, watched: Watched | None) -> Subject:
    """An alert about the monitor itself, whatever version it watches."""
    return Subject(monitor=monitor, kind=kind, version=None, place=watched.place if watched else None)
