"""What the pages of teams and the organisation show."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maturity.criterion import Capability, Criterion
from maturity.present import level_word
from maturity.result import BELOW
from maturity.rollup import Gap, Member, RollUp, Tally
from maturity.rollups import Group

WIDTH = 600
MONTH_DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Part:
    """One level's piece of the distribution bar, in a drawing 600 wide."""

    level: int | None
    word: str
    count: int
    share: float | None
    at_least: float | None
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of a tier."""

    name: str
    tally: Tally
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class GapRow:
    gap: Gap
    criterion: Criterion


def group_context(group: Group) -> dict[str, object]:
    """Everything about one group."""
    found, under = group.found, group.rubric
    floor = found.floor
    return {
        "group": group,
        "found": found,
        "spreads": [_spread(tally) for tally in found.tallies if tally.of],
        "reading": reading(found),
        "floor": floor,
        "floor_word": level_word(floor.level) if floor else "",
        "floor_held": _held(floor.example, group) if floor else [],
        "floor_criterion": under.criterion(floor.example.next_step) if floor else None,
        "floor_named": [m for m in floor.systems if m.name] if floor else [],
        "short": [(by, count) for by, count in enumerate(found.distance.short, start=1) if count],
        "gaps": [GapRow(gap, c) for gap in found.gaps if (c := under.criterion(gap.criterion))],
        "members": [(m, under.criterion(m.next_step)) for m in found.members if m.name],
        **_trend(found),
    }


def reading(found: RollUp) -> str:
    """The one sentence that answers the page."""
    tally = found.production
    if not tally.of:
        return _("No system is in production.")
    words = ngettext(
        "%(reached)d of %(count)d production system stands at level 1 or higher.",
        "%(reached)d of %(count)d production systems stand at level 1 or higher.",
        tally.of,
    )
    return words % {"reached": tally.at_least(1), "count": tally.of}


def _spread(tally: Tally) -> Spread:
    names = {"production": _("Production"), "pilot": _("Pilots")}
    counts: list[tuple[int | None, int]] = [
        (level, tally.counts[level - BELOW]) for level in range(BELOW, len(tally.counts) + BELOW)
    ]
    parts, x = [], 0
    for level, count in [*counts, (None, tally.unassessed)]:
        width = round(WIDTH * count / tally.of)
        at_least = tally.share_at_least(level) if level is not None and level >= 0 else None
        parts.append(Part(level, level_word(level), count, count / tally.of, at_least, x, width))
        x += width
    return Spread(names.get(tally.tier, tally.tier), tally, tuple(parts))


def _held(member: Member, group: Group) -> list[Capability]:
    return [c for name in member.held_by if (c := group.rubric.capability(name))]


def _trend(found: RollUp) -> dict[str, object]:
    """Stacked bars, one a fortnight, with their table."""
    days = [f"{point.at:{MONTH_DAY}}" for point in found.trend]
    levels = range(BELOW, len(found.production.counts) + BELOW)
    series: list[tuple[str, str, list[int]]] = [
        (level_word(level), _colour(level), [point.counts[level - BELOW] for point in found.trend])
        for level in levels
    ]
    series.append((level_word(None), "token:line", [point.unassessed for point in found.trend]))
    data = [
        {"type": "bar", "name": name, "x": days, "y": values, "marker": {"color": colour}}
        for name, colour, values in series
    ]
    return {
        "trend_figure": {"data": data, "layout": {"barmode": "stack", "yaxis": {"dtick": 1}}},
        "trend_headers": [_("Day"), *(name for name, _colour_of, _values in series)],
        "trend_rows": [[day, *(values[n] for _n, _c, values in series)] for n, day in enumerate(days)],
    }


def _colour(level: int) -> str:
    return "token:level-none" if level == BELOW else f"token:level-{min(level, 2)}"
