"""Keeping and reading the bottleneck verdicts: measured with each assessment, never by a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from core.models import System
from evidence.records import Json
from maturity.bottleneck import Bottleneck, bottleneck
from maturity.csv_table import csv_table
from maturity.facts import SystemFacts
from maturity.models import BottleneckReading


@dataclass(frozen=True, slots=True)
class Reading:
    """A verdict on one system and when it was measured."""

    system: System
    measured_at: datetime
    found: Bottleneck


def measure(system: System, facts: SystemFacts) -> None:
    """Measure and keep; an older moment than the kept one changes nothing. The caller holds the row."""
    if BottleneckReading.objects.filter(system=system, measured_at__gt=facts.now).exists():
        return
    found = bottleneck(facts)
    BottleneckReading.objects.update_or_create(
        system=system,
        defaults={"measured_at": facts.now, "side": found.side, "body": document(found)},
    )


def reading_of(system: System) -> Reading | None:
    """The newest verdict on a system; None before its first assessment."""
    return next(iter(readings_of([system])), None)


def readings_of(systems: Sequence[System]) -> list[Reading]:
    """The newest verdicts on these systems, in one statement and in their order."""
    kept = {row.system_id: row for row in BottleneckReading.objects.filter(system__in=systems)}
    return [
        Reading(each, row.measured_at, _adapter().validate_python(row.body))
        for each in systems
        if (row := kept.get(each.pk)) is not None
    ]


def document(found: Bottleneck) -> dict[str, Json]:
    """The verdict as plain JSON: what is kept, exported and given by the API."""
    text: dict[str, Json] = _adapter().dump_python(found, mode="json")
    return text


def reading_document(reading: Reading) -> dict[str, Json]:
    """The verdict with its system and its moment."""
    names: dict[str, Json] = {
        "system": reading.system.slug,
        "measured_at": reading.measured_at.isoformat(),
    }
    return {**names, **document(reading.found)}


def bottleneck_csv(reading: Reading) -> str:
    """One line a measure: hours for lead times, shares from 0 to 1."""
    rows = [
        {
            "system": reading.system.slug,
            "measured_at": reading.measured_at.isoformat(),
            "side": reading.found.side.value,
            "measure": each.id.value,
            "unit": "hours" if each.is_time else "share",
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "n": each.n,
            "count": each.count,
            "untold": each.u,
            "since": each.since.isoformat() if each.since else None,
            "until": each.until.isoformat() if each.until else None,
            "sources": " ".join(each.sources),
        }
        for each in reading.found.measures
    ]
    return csv_table(tuple(rows[0]), rows)


@cache
def _adapter() -> TypeAdapter[Bottleneck]:
    return TypeAdapter(Bottleneck)
