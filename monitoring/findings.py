"""What a check writes: each step in one transaction, and the same rows when it runs twice.

No file is read here. Every write is fenced: a worker that lost its lease writes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least

from evidence.models import Node
from evidence.records import EventRecord, Json
from monitoring.alerts import advance_contract, advance_drift
from monitoring.comparison import ColumnDrift
from monitoring.contract import ContractResult
from monitoring.locations import Found
from monitoring.log_reading import Reading, Span
from monitoring.models import (
    Baseline,
    CheckResult,
    CheckState,
    ContractFinding,
    ContractState,
    FileState,
    LogFile,
    Monitor,
    Window,
    WindowPart,
)
from monitoring.policy import State
from monitoring.profile import Profile
from monitoring.profile_json import to_json
from monitoring.statistics import all_statistics
from monitoring.telling import tell
from monitoring.watch import Watched
from monitoring.windows import edge_version_of, verdict_of

LONGEST_REASON = 500
LONGEST_ERROR = 700


class LeaseLostError(Exception):
    """Another worker has taken the check over; what this one found is not written."""


def fence(monitor: Monitor) -> Monitor:
    """Lock the monitor, and refuse to write for a worker whose lease another one took."""
    held = Monitor.objects.select_for_update().get(pk=monitor.pk)
    if held.attempt != monitor.attempt:
        raise LeaseLostError(f"The check of {monitor.slug} was taken over by another worker.")
    return held


def keep_baseline(
    profile: Profile, *, version: Node, dataset: Node | None, location: str, etag: str
) -> Baseline:
    """Keep the profile of a version's training data; the one that is known already stays as it is."""
    baseline, _created = Baseline.objects.get_or_create(
        version=version,
        location=location,
        etag=etag,
        defaults={
            "dataset": dataset,
            "rows": profile.rows,
            "edge_version": edge_version_of(profile),
            "profile": to_json(profile),
        },
    )
    return baseline


@transaction.atomic
def note_files(monitor: Monitor, found: Iterable[Found]) -> int:
    """Bring the ledger up to date; returns how many files are new or changed, and so to be read."""
    fence(monitor)
    known = dict(monitor.files.values_list("name", "etag"))
    rows = [
        LogFile(
            monitor=monitor,
            name=file.name,
            etag=file.etag,
            size=file.size,
            written_at=file.written_at,
            state=FileState.PENDING,
        )
        for file in found
        if known.get(file.name) != file.etag
    ]
    LogFile.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["monitor", "name"],
        update_fields=["etag", "size", "written_at", "state"],
    )
    return len(rows)


@transaction.atomic
def take_in(
    row: LogFile,
    reading: Reading,
    *,
    watched: Watched,
    baseline: Baseline | None,
    contract: ContractResult | None,
    now: datetime,
) -> None:
    """Keep what a file gave: its part of each window, its line in the ledger, its contract."""
    monitor = fence(row.monitor)
    _replace_parts(row, reading.parts, baseline=baseline)
    row.state, row.error, row.read_at = FileState.READ, "", now
    row.rows, row.left_out = reading.rows, reading.left_out
    row.since, row.until = reading.since, reading.until
    row.version, row.baseline = watched.version, baseline
    row.contract_state, row.contract = _contract_state(contract)
    row.save()
    if contract is not None:
        _keep_findings(row, contract, since=reading.since, until=reading.until)
        advance_contract(monitor, watched=watched, now=now)


@transaction.atomic
def refuse_file(row: LogFile, why: str, *, now: datetime) -> None:
    """Note why a file cannot be read; what it gave before, when it could, is taken back."""
    fence(row.monitor)
    _replace_parts(row, {}, baseline=None)
    row.state, row.error, row.read_at = FileState.ERROR, why[:LONGEST_ERROR], now
    row.rows, row.contract_state, row.contract = None, ContractState.UNKNOWN, ""
    row.save()


def _replace_parts(row: LogFile, parts: Mapping[datetime, Profile], *, baseline: Baseline | None) -> None:
    touched = set(row.parts.values_list("window_id", flat=True))
    row.parts.all().delete()
    length = Span(row.monitor.window).length
    for start, profile in parts.items():
        window, _created = Window.objects.get_or_create(
            monitor=row.monitor, baseline=baseline, start=start, defaults={"end": start + length}
        )
        WindowPart.objects.create(window=window, file=row, rows=profile.rows, profile=to_json(profile))
        touched.add(window.pk)
    Window.objects.filter(pk__in=touched).update(judged_at=None)


def _contract_state(contract: ContractResult | None) -> tuple[ContractState, str]:
    if contract is None:
        return ContractState.UNKNOWN, ""
    if contract.is_broken:
        return ContractState.BROKEN, contract.message
    return ContractState.KEPT, ""


def _keep_findings(row: LogFile, contract: ContractResult, *, since: datetime, until: datetime) -> None:
    """Each difference once, with the first and the last time that the log showed it."""
    for finding in contract.findings:
        kept, created = ContractFinding.objects.get_or_create(
            monitor=row.monitor,
            version=row.version,
            kind=finding.kind,
            column=finding.column,
            expected=finding.expected or "",
            received=finding.received or "",
            defaults={
                "risk": finding.risk,
                "message": finding.reason,
                "first_seen": since,
                "first_file": row.name,
                "last_seen": until,
            },
        )
        if created:
            continue
        earlier = {"first_file": row.name} if since < kept.first_seen else {}
        ContractFinding.objects.filter(pk=kept.pk).update(
            first_seen=Least(F("first_seen"), since),
            last_seen=Greatest(F("last_seen"), until),
            **earlier,
        )


@transaction.atomic
def keep_verdict(
    window: Window,
    profile: Profile,
    columns: Mapping[str, ColumnDrift],
    *,
    watched: Watched,
    now: datetime,
) -> None:
    """Keep a judged window: its checks, its alerts, and the event that the other readers see."""
    monitor = fence(window.monitor)
    verdict = verdict_of(columns)
    window.rows, window.profile = profile.rows, to_json(profile)
    window.state, window.reason = CheckState(verdict.state), verdict.reason[:LONGEST_REASON]
    window.judged_at = now
    window.save()
    window.checks.all().delete()
    CheckResult.objects.bulk_create(_checks(window, columns, thresholds=monitor.thresholds))
    if window.baseline.version_id == watched.version.pk:
        _tell_checked(window, columns, watched=watched, now=now)
        advance_drift(monitor, baseline=window.baseline, watched=watched, now=now)


@transaction.atomic
def drop_empty(window: Window) -> None:
    """Forget a window that no file gives rows to any more."""
    fence(window.monitor)
    window.delete()


def _checks(
    window: Window, columns: Mapping[str, ColumnDrift], *, thresholds: Mapping[str, float]
) -> list[CheckResult]:
    return [
        CheckResult(
            window=window,
            place=place,
            column=name,
            kind=drift.kind,
            state=drift.verdict.state,
            reason=drift.verdict.reason[:LONGEST_REASON],
            statistic=drift.verdict.statistic or "",
            score=drift.verdict.score,
            n=drift.current.values,
            n_baseline=drift.reference.values,
            missing=drift.current.missing,
            missing_baseline=drift.reference.missing,
            figures=_figures(drift, thresholds),
        )
        for place, (name, drift) in enumerate(columns.items())
    ]


def _figures(drift: ColumnDrift, thresholds: Mapping[str, float]) -> dict[str, dict[str, float | None]]:
    return {
        slug: {
            "value": value,
            "floor": drift.floors.get(slug),
            "threshold": thresholds.get(slug, all_statistics()[slug].threshold),
            "p_value": drift.p_values.get(slug),
        }
        for slug, value in drift.statistics.items()
        if value is not None
    }


def _tell_checked(
    window: Window, columns: Mapping[str, ColumnDrift], *, watched: Watched, now: datetime
) -> None:
    drifted = [name for name, column in columns.items() if column.is_drifted]
    judged = sum(column.verdict.state in (State.OK, State.BREACH) for column in columns.values())
    attrs: dict[str, Json] = {
        "monitor": window.monitor.slug,
        "state": window.state,
        "columns": judged,
        "drifted": [*drifted],
        "rows": window.rows,
        "baseline": f"{window.baseline.short} ({window.baseline.rows:,} rows)",
        "dataset": window.baseline.dataset.uid if window.baseline.dataset else "",
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
    }
    key = [window.monitor_id, window.baseline_id, window.start.isoformat(), window.rows, *drifted]
    tell(
        EventRecord(
            "drift_checked",
            watched.version.uid,
            min(window.end, now),
            f"drift_checked:{':'.join(map(str, key))}",
            attrs=attrs,
        ),
        now=now,
    )
