"""One pull from a source: claimed, resumable, visible.

The row says what is going on; a message only carries its id. A worker claims the row by an update
that must change exactly one row, keeps its lease alive while it works, and closes it under its
attempt number, so that a worker that lost its lease cannot overwrite its successor's verdict.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core import audit
from core.lease import kept_alive
from core.permissions import Principal
from evidence.ahead import ahead
from evidence.connectors import ConnectorError
from evidence.models import OPEN_SYNC, Node, Source, Sync, SyncStatus
from evidence.readers import tell
from evidence.records import Blindness, BlindReason, Json, Page
from evidence.sources import connector_for, context_for, rules_of
from evidence.store import write

log = logging.getLogger(__name__)
FULL_EVERY = timedelta(days=1)
MOST_BLIND = 200
REPORT_SECONDS = 0.5


@transaction.atomic
def request_sync(source: Source, *, by: Principal | str, full: bool = False) -> Sync:
    """Queue a sync, or return the one that is open already."""
    from evidence.tasks import sync_source_task

    sync, created = Sync.objects.get_or_create(
        source=source,
        status__in=OPEN_SYNC,
        defaults={"status": SyncStatus.QUEUED, "full": full, "requested_by": str(by)},
    )
    if created:
        transaction.on_commit(partial(sync_source_task.delay, sync.pk))
        if not isinstance(by, str):
            audit.record(by, "sync.requested", source.slug, team=source.team)
    elif full and not sync.full:
        Sync.objects.filter(pk=sync.pk, status=SyncStatus.QUEUED).update(full=True)
    return sync


def open_sync(source: Source, *, full: bool) -> int:
    """The open sync of a source, or a new one that no worker is told of: for the command line."""
    fields = {"status": SyncStatus.QUEUED, "full": full, "requested_by": "command line"}
    sync, _created = Sync.objects.get_or_create(source=source, status__in=OPEN_SYNC, defaults=fields)
    return sync.pk


def run_sync(sync_id: int) -> Sync | None:
    """Run a queued sync, or one whose worker died; None where another worker has it or it is done."""
    now = timezone.now()
    free = Q(status=SyncStatus.QUEUED) | Q(status=SyncStatus.RUNNING, lease_until__lt=now)
    claimed = Sync.objects.filter(free, pk=sync_id).update(
        status=SyncStatus.RUNNING, started_at=now, lease_until=_lease(now), attempt=F("attempt") + 1
    )
    if not claimed:
        return None
    sync = Sync.objects.select_related("source", "source__team").get(pk=sync_id)
    own = Sync.objects.filter(pk=sync.pk, attempt=sync.attempt)
    with kept_alive(lambda: own.update(lease_until=_lease(timezone.now())), seconds=settings.LEASE_SECONDS):
        _pull(sync, now=now)
    return sync


def _pull(sync: Sync, *, now: datetime) -> None:
    source = sync.source
    tally = _Tally()
    try:
        connector = connector_for(source)
        full = sync.full or _is_full_due(source, now=now)
        context = context_for(source, now=now, full=full)
        rules = rules_of(source)
        for page in ahead(connector.pull(source.cursor, context)):
            written = write(page, source=source, now=now, rules=rules, durable=False)
            tally.add(page, written.counts, written.systems)
            _report(sync, tally)
        cursor = {**connector.cursor, **_full_mark(source, full=full, now=now)}
    except ConnectorError as error:
        _fail(sync, tally, what=error.what, why=error.why, remedy=error.remedy, reason=error.reason)
    except Exception as error:
        log.exception("sync.failed source=%s sync=%s", source.slug, sync.pk)
        _fail(
            sync,
            tally,
            what="The sync stopped at an error of Rashinban itself.",
            why=f"{type(error).__name__}.",
            remedy="The log of the worker holds the details; please report it.",
            reason=BlindReason.COLLECTOR_FAILED,
        )
    else:
        _succeed(sync, tally, cursor=cursor)
    tell(tally.systems | set(source.bindings.values_list("system_id", flat=True)))


class _Tally:
    """What a sync has done so far."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.systems: set[int] = set()
        self.blind: list[Blindness] = []
        self.progress = ""
        self.next_report = 0.0

    def add(self, page: Page, counts: Counter[str], systems: frozenset[int]) -> None:
        self.counts.update(counts)
        self.counts["records"] += len(page.records)
        self.systems |= systems
        self.blind.extend(page.blind)
        self.progress = page.progress or self.progress


def _report(sync: Sync, tally: _Tally) -> None:
    """Show what is done so far, not more often than people look."""
    if time.monotonic() < tally.next_report:
        return
    tally.next_report = time.monotonic() + REPORT_SECONDS
    Sync.objects.filter(pk=sync.pk, attempt=sync.attempt).update(
        progress=tally.progress[:300], counts=dict(tally.counts), lease_until=_lease(timezone.now())
    )


def _succeed(sync: Sync, tally: _Tally, *, cursor: Mapping[str, Json]) -> None:
    """Close the row and move the cursor together, or not at all."""
    hidden = [each for each in tally.blind if each.reason is not BlindReason.NOT_SUPPORTED]
    status = SyncStatus.PARTIAL if hidden else SyncStatus.SUCCEEDED
    tally.counts["things"] = Node.objects.filter(source=sync.source_id, gone_at=None).count()
    with transaction.atomic():
        if _close(sync, tally, status=status, cursor_after=cursor):
            source = Source.objects.filter(pk=sync.source_id)
            source.update(cursor=cursor, next_due_at=_next_due(sync.source))


def _fail(sync: Sync, tally: _Tally, *, what: str, why: str, remedy: str, reason: str) -> None:
    error = {"what": what, "why": why, "remedy": remedy, "reason": str(reason)}
    with transaction.atomic():
        if _close(sync, tally, status=SyncStatus.FAILED, error=error):
            Source.objects.filter(pk=sync.source_id).update(next_due_at=_next_due(sync.source))


def _close(sync: Sync, tally: _Tally, *, status: SyncStatus, **fields: object) -> bool:
    """Close under the attempt that claimed the row; False where a successor has it."""
    changes = {
        "status": status,
        "finished_at": timezone.now(),
        "lease_until": None,
        "progress": tally.progress[:300],
        "counts": dict(tally.counts),
        "blind": [asdict(each) for each in tally.blind[:MOST_BLIND]],
        **fields,
    }
    closed = Sync.objects.filter(pk=sync.pk, attempt=sync.attempt, status=SyncStatus.RUNNING).update(
        **changes
    )
    for name, value in changes.items():
        setattr(sync, name, value)
    return bool(closed)


def _lease(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.LEASE_SECONDS)


def _next_due(source: Source) -> datetime:
    return timezone.now() + timedelta(minutes=source.interval_minutes)


def _is_full_due(source: Source, *, now: datetime) -> bool:
    """A daily reconciliation finds what was deleted or edited late."""
    last = source.cursor.get("full_at")
    return last is None or datetime.fromisoformat(last) + FULL_EVERY <= now


def _full_mark(source: Source, *, full: bool, now: datetime) -> dict[str, str]:
    if full:
        return {"full_at": now.isoformat()}
    return {"full_at": source.cursor["full_at"]}


def start_due(now: datetime) -> int:
    """Queue the syncs that are due, and send again what was lost; returns how many were sent."""
    from evidence.tasks import sync_source_task

    due = Source.objects.filter(enabled=True, next_due_at__lte=now).exclude(syncs__status__in=OPEN_SYNC)
    started = [request_sync(source, by="timetable").pk for source in due[:500]]
    lost = Q(status=SyncStatus.QUEUED, queued_at__lt=now - timedelta(minutes=2)) | Q(
        status=SyncStatus.RUNNING, lease_until__lt=now
    )
    for pk in Sync.objects.filter(lost).exclude(pk__in=started).values_list("pk", flat=True)[:500]:
        sync_source_task.delay(pk)
        started.append(pk)
    return len(started)
