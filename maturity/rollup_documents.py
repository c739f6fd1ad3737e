"""Roll-ups as plain documents, for page, export and API; what the reader may not see stays unnamed."""

from collections.abc import Iterable, Mapping

from evidence.records import Json
from maturity.csv_table import csv_table
from maturity.result import BELOW
from maturity.rollup import Floor, Gap, Member, Tally
from maturity.rollups import Group

COLUMNS = ("team", "tier", "level", "systems", "systems_possible", "systems_in_tier", "share_at_least")


def group_document(group: Group) -> dict[str, Json]:
    """Counts by level are lists from -1 (below level 0) to the top; shares from level 0 up."""
    found = group.found
    return {
        "team": group.team.slug if group.team else None,
        "teams": group.teams,
        "rubric": group.rubric.id,
        "rubric_version": group.rubric.version,
        "at": group.at.isoformat(),
        "tiers": [_tally(tally) for tally in found.tallies],
        "floor": _floor(found.floor) if found.floor else None,
        "distance": {
            "systems": found.distance.of,
            "reached": found.distance.reached,
            "short": [*found.distance.short],
            "unassessed": found.distance.unassessed,
        },
        "gaps": [_gap(gap) for gap in found.gaps],
        "trend": [
            {"at": point.at.isoformat(), "counts": [*point.counts], "unassessed": point.unassessed}
            for point in found.trend
        ],
        "systems": [_member(member) for member in found.members if member.name],
    }


def groups_csv(groups: Iterable[Group]) -> str:
    """One line for each group, tier and level."""
    return csv_table(COLUMNS, (row for group in groups for row in _rows(group)))


def _rows(group: Group) -> list[Mapping[str, Json]]:
    return [
        {
            "team": group.team.slug if group.team else "",
            "tier": tally.tier,
            "level": level,
            "systems": tally.counts[level - BELOW],
            "systems_possible": tally.potential_counts[level - BELOW],
            "systems_in_tier": tally.of,
            "share_at_least": tally.share_at_least(level),
        }
        for tally in group.found.tallies
        for level in range(BELOW, len(tally.counts) + BELOW)
    ]


def _tally(tally: Tally) -> dict[str, Json]:
    return {
        "tier": tally.tier,
        "systems": tally.of,
        "counts": [*tally.counts],
        "potential_counts": [*tally.potential_counts],
        "unassessed": tally.unassessed,
        "share_at_least": [*tally.shares],
    }


def _floor(floor: Floor) -> dict[str, Json]:
    return {
        "level": floor.level,
        "systems": len(floor.systems),
        "named": _named(floor.systems),
        "held_by": [*floor.example.held_by],
        "criterion": floor.example.next_step,
    }


def _gap(gap: Gap) -> dict[str, Json]:
    return {
        "criterion": gap.criterion,
        "systems": len(gap.systems),
        "of": gap.of,
        "named": _named(gap.systems),
    }


def _named(members: Iterable[Member]) -> list[Json]:
    return [member.slug for member in members if member.name]


def _member(member: Member) -> dict[str, Json]:
    return {
        "system": member.slug,
        "name": member.name,
        "team": member.team,
        "tier": member.tier,
        "target_level": member.target,
        "confirmed": member.confirmed,
        "potential": member.potential,
        "held_by": [*member.held_by],
        "next_step": member.next_step,
    }
