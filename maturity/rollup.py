"""Many systems in one view: distribution, floor with its cause, distance to target, shared gaps, trend. Pure.

Systems are counted, never people. Levels are as in `Assessment`: 0 upwards, -1 below level 0, None
not assessed. Production systems are the headline; pilots stand beside them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maturity.result import BELOW

PRODUCTION, PILOT = "production", "pilot"
TIERS = (PRODUCTION, PILOT)
GAPS = 5
TREND_STEP = timedelta(days=14)
TREND_POINTS = 14
"""Half a year in steps of two weeks."""


@dataclass(frozen=True, slots=True)
class Member:
    """One system of a roll-up. `name` is empty where the reader may not see the system.

    `held_by`: the capabilities at its overall level; `next_step`: the first criterion of the
    cheapest way on; `gaps`: the gating criteria it fails.
    """

    slug: str
    name: str
    team: str
    tier: str
    target: int
    confirmed: int | None
    potential: int | None
    held_by: tuple[str, ...] = ()
    next_step: str = ""
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many systems of a tier stand where; `counts` holds the levels from BELOW to the top."""

    tier: str
    of: int
    counts: tuple[int, ...]
    potential_counts: tuple[int, ...]
    unassessed: int

    def at_least(self, level: int) -> int:
        """Systems with this level confirmed, or a higher one."""
        return sum(self.counts[level - BELOW :])

    def share_at_least(self, level: int) -> float | None:
        """Their share among all systems of the tier; what was not assessed counts as not reached."""
        return self.at_least(level) / self.of if self.of else None

    @property
    def shares(self) -> tuple[float | None, ...]:
        """The share at each level or above, from level 0 up."""
        return tuple(self.share_at_least(level) for level in range(len(self.counts) - 1))


@dataclass(frozen=True, slots=True)
class Floor:
    """The lowest level among assessed production systems, where it is, and what holds it there."""

    level: int
    systems: tuple[Member, ...]

    @property
    def example(self) -> Member:
        """The first of them; its cause stands for the floor."""
        return self.systems[0]


@dataclass(frozen=True, slots=True)
class Distance:
    """Production systems against the targets their owners chose: `short[k]` are k + 1 levels below."""

    of: int
    reached: int
    short: tuple[int, ...]
    unassessed: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A criterion that several systems fail."""

    criterion: str
    systems: tuple[Member, ...]
    of: int


@dataclass(frozen=True, slots=True)
class Move:
    """The overall level of a system from a moment on."""

    slug: str
    at: datetime
    confirmed: int | None


@dataclass(frozen=True, slots=True)
class Point:
    """How many of the production systems of today stood where at a moment."""

    at: datetime
    counts: tuple[int, ...]
    unassessed: int


@dataclass(frozen=True, slots=True)
class RollUp:
    """Everything about a group of systems. `systems` are all that are in use."""

    members: tuple[Member, ...]
    tallies: tuple[Tally, ...]
    floor: Floor | None
    distance: Distance
    gaps: tuple[Gap, ...]
    trend: tuple[Point, ...]

    @property
    def production(self) -> Tally:
        return next(t for t in self.tallies if t.tier == PRODUCTION)


def roll_up(members: Iterable[Member], moves: Iterable[Move], *, top: int, now: datetime) -> RollUp:
    """Sum up; `top` is the highest level, `moves` are the changes of level, oldest first."""
    everyone = tuple(members)
    production = [m for m in everyone if m.tier == PRODUCTION]
    return RollUp(
        members=everyone,
        tallies=tuple(_tally(tier, [m for m in everyone if m.tier == tier], top=top) for tier in TIERS),
        floor=_floor(production),
        distance=_distance(production, top=top),
        gaps=shared_gaps(everyone)[:GAPS],
        trend=_trend({m.slug for m in production}, moves, top=top, now=now),
    )


def shared_gaps(members: Sequence[Member]) -> tuple[Gap, ...]:
    """Criteria that at least two systems fail, the most frequent first."""
    lacking: dict[str, list[Member]] = {}
    for member in members:
        for criterion in member.gaps:
            lacking.setdefault(criterion, []).append(member)
    found = [Gap(name, tuple(who), of=len(members)) for name, who in lacking.items() if len(who) > 1]
    return tuple(sorted(found, key=lambda gap: (-len(gap.systems), gap.criterion)))


def _tally(tier: str, members: Sequence[Member], *, top: int) -> Tally:
    confirmed = Counter(m.confirmed for m in members)
    return Tally(
        tier=tier,
        of=len(members),
        counts=_by_level(confirmed, top=top),
        potential_counts=_by_level(Counter(m.potential for m in members), top=top),
        unassessed=confirmed[None],
    )


def _by_level(found: Mapping[int | None, int], *, top: int) -> tuple[int, ...]:
    return tuple(found.get(level, 0) for level in range(BELOW, top + 1))


def _floor(production: Sequence[Member]) -> Floor | None:
    assessed = [(m.confirmed, m) for m in production if m.confirmed is not None]
    if not assessed:
        return None
    level = min(confirmed for confirmed, _ in assessed)
    return Floor(level, tuple(m for confirmed, m in assessed if confirmed == level))


def _distance(production: Sequence[Member], *, top: int) -> Distance:
    short = Counter(max(0, m.target - m.confirmed) for m in production if m.confirmed is not None)
    return Distance(
        of=len(production),
        reached=short[0],
        short=tuple(short[k] for k in range(1, top - BELOW + 1)),
        unassessed=sum(m.confirmed is None for m in production),
    )


def _trend(production: set[str], moves: Iterable[Move], *, top: int, now: datetime) -> tuple[Point, ...]:
    """What held at each step; a system that was not assessed yet counts as such."""
    waiting = [move for move in moves if move.slug in production][::-1]
    held: dict[str, int | None] = {}
    points = []
    for step in range(TREND_POINTS - 1, -1, -1):
        at = now - step * TREND_STEP
        while waiting and waiting[-1].at <= at:
            move = waiting.pop()
            held[move.slug] = move.confirmed
        found = Counter(held.get(slug) for slug in production)
        points.append(Point(at, _by_level(found, top=top), unassessed=found[None]))
    return tuple(points)
