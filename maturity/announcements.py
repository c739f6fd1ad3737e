"""Telling that a level was won or lost: a gain at once, a loss when a second look agrees.

A level is lost only when something is known to be worse: as long as it is still possible, there is
nothing to tell. So a source that went dark announces no loss.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from core.models import System
from evidence.records import Json
from maturity.keeping import Kept
from maturity.models import Announcement, Assessment
from maturity.result import BELOW

SETTLED = timedelta(minutes=10)
"""An assessment that has stood this long makes the next one a second look, and no mere repetition."""

OVERALL = ""
Told: TypeAlias = dict[tuple[str, str], int | None]
"""The level last told, by rubric and capability ("" is the overall level)."""


@dataclass(frozen=True, slots=True)
class Levels:
    """A confirmed level and the highest still possible one; None when nothing could be assessed."""

    confirmed: int | None = None
    potential: int | None = None


def level_to_tell(told: int | None, *, before: Levels, now: Levels, settled: bool) -> int | None:
    """The level to announce now, or None when there is nothing (more) to tell.

    `before` held until now; `settled`: for long enough that `now` counts as a second look. A loss is
    told as far as both agree on it.
    """
    if now.confirmed is None or now.potential is None:
        return None
    if told is None or now.confirmed > told:
        return now.confirmed if now.confirmed > (BELOW if told is None else told) else None
    if not settled or before.potential is None:
        return None
    proven = max(before.potential, now.potential)
    return proven if proven < told else None


def announce(system: System, kept: Sequence[Kept], *, now: datetime) -> list[Announcement]:
    """Write what is to be told after an evaluation; the caller holds the system's row."""
    followed = [each for each in kept if each.before is not None]
    if not followed:
        return []
    told = _told(system)
    return Announcement.objects.bulk_create(
        [row for each in followed for row in _rows(system, each, told=told, now=now)]
    )


def _rows(system: System, kept: Kept, *, told: Told, now: datetime) -> Iterable[Announcement]:
    if kept.before is None:
        return
    before, after = _levels(kept.before), _levels(kept.assessment)
    settled = kept.before.assessed_at <= now - SETTLED
    for capability, levels in after.items():
        known = told.get((kept.assessment.rubric, capability))
        level = level_to_tell(known, before=before.get(capability, Levels()), now=levels, settled=settled)
        if level is not None:
            yield Announcement(
                system=system,
                rubric=kept.assessment.rubric,
                capability=capability,
                before=known,
                after=level,
                assessment=kept.assessment,
                at=now,
            )


def _told(system: System) -> Told:
    """What was told last; before anything was told, the levels of the first assessment."""
    first = (
        Assessment.objects.filter(system=system).order_by("rubric", "assessed_at", "pk").distinct("rubric")
    )
    told = {
        (each.rubric, capability): levels.confirmed
        for each in first
        for capability, levels in _levels(each).items()
    }
    last = Announcement.objects.filter(system=system).order_by("rubric", "capability", "-pk")
    rows = last.distinct("rubric", "capability").values_list("rubric", "capability", "after")
    return told | {(rubric, capability): after for rubric, capability, after in rows}


def _levels(assessment: Assessment) -> dict[str, Levels]:
    overall = Levels(assessment.confirmed, assessment.potential)
    return {OVERALL: overall, **{str(e["capability"]): _of(e) for e in assessment.capabilities}}


def _of(entry: Mapping[str, Json]) -> Levels:
    confirmed, potential = entry["confirmed"], entry["potential"]
    return Levels(
        confirmed if isinstance(confirmed, int) else None, potential if isinstance(potential, int) else None
    )
