"""What next: the cheapest set of criteria that reaches a goal, and what would be if some were met. Pure.

Cost is the effort that the rubric names for a criterion, counted in working days. An unknown
criterion is counted like a failing one: it may turn out to be met, or may have to be mended.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evidence.records import BlindReason
from maturity.criterion import Criterion, Effort, Rubric
from maturity.finding import Strength, Verdict
from maturity.result import Evaluation, Result, Standing
from maturity.standing import EARNED, standings_under

DAYS: Mapping[Effort, int] = {Effort.SMALL: 1, Effort.MEDIUM: 3, Effort.LARGE: 10}
"""Working days that stand for an effort: under a day, days, weeks. The same for every rubric."""

OPEN = frozenset({Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.ATTESTED})
"""Verdicts that do not let a level be confirmed, and that work can change."""

WITHOUT_ITS_POINT = OPEN | {Verdict.WAIVED}
"""Verdicts that leave a point to be earned: a waiver earns none."""


class Turn(StrEnum):
    """Who can take the next step on a criterion."""

    TEAM = "team"  # the team of the system mends it, or lets it happen once
    SOURCE = "source"  # who looks after a source that could not be read
    CONNECT = "connect"  # who may connect a source that is not there
    APPROVER = "approver"  # who decides on a waiver that was asked for


@dataclass(frozen=True, slots=True)
class Lift:
    """The level of a capability before and after something is done; None: not assessed."""

    capability: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion of a plan; `lifts` are the levels that rise once it and all steps before it are done."""

    criterion: Criterion
    result: Result
    turn: Turn
    lifts: tuple[Lift, ...] = ()

    @property
    def is_unknown(self) -> bool:
        return self.result.verdict is Verdict.UNKNOWN

    @property
    def text(self) -> str:
        """What to do about a failure; what to find out about an unknown."""
        return self.criterion.question if self.is_unknown else self.criterion.remedy


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest way to a level; `reachable` is False where no criterion leads there.

    `lifts` are the capabilities that rise when all steps are done, `cost` is in working days.
    """

    goal: int
    before: int | None
    after: int | None
    steps: tuple[Step, ...]
    lifts: tuple[Lift, ...]
    reachable: bool = True

    @property
    def cost(self) -> int:
        return sum(DAYS[step.criterion.effort] for step in self.steps)

    @property
    def to_mend(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.is_unknown)

    @property
    def to_find_out(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_unknown)


@dataclass(frozen=True, slots=True)
class Leverage:
    """What meeting one criterion alone would lift: its capability, and perhaps the overall level."""

    criterion: str
    lift: Lift
    lifts_overall: bool


def open_results(results: Iterable[Result], *, under: Rubric) -> tuple[Result, ...]:
    """Results that keep levels or points away and that work can change, in the rubric's order."""
    return tuple(r for r in results if _is_open(r, under=under))


def what_if(results: Iterable[Result], *, done: Collection[str], under: Rubric) -> Evaluation:
    """The evaluation as it would be if the open criteria in `done` were met."""
    supposed = tuple(_done(r, under=under) if r.criterion in done else r for r in results)
    return Evaluation(supposed, standings_under(supposed, under=under))


def plan(
    results: Sequence[Result],
    *,
    under: Rubric,
    goal: int | None = None,
    capability: str = "",
    pending: Collection[str] = (),
) -> Plan:
    """The cheapest way to `goal` (by default the next level) of the whole system or of one capability.

    `pending` names criteria for which a waiver was asked and not decided.
    """
    now = what_if(results, done=(), under=under)
    before = _level_of(now, capability)
    aim = min((-1 if before is None else before) + 1, under.top) if goal is None else goal
    chosen = cheapest(results, under=under, goal=aim, capability=capability)
    steps = steps_for(results, chosen or frozenset(), under=under, pending=pending)
    then = what_if(results, done=chosen or (), under=under)
    return Plan(
        goal=aim,
        before=before,
        after=_level_of(then, capability),
        steps=steps,
        lifts=_lifts(now.standings, then.standings),
        reachable=chosen is not None,
    )


def cheapest(
    results: Sequence[Result], *, under: Rubric, goal: int, capability: str = ""
) -> frozenset[str] | None:
    """The criteria of least cost that lift the system or one capability to `goal`; None: none do.

    Capabilities that were not assessed do not hold the system, so they are left alone unless
    nothing was assessed at all; then the cheapest one that reaches the goal is taken.
    """
    now = what_if(results, done=(), under=under)
    wanted = [s for s in now.standings if not capability or s.capability == capability]
    ways = {s.capability: _way(results, s, goal=goal, under=under) for s in wanted}
    if capability:
        return ways[capability]
    held = [ways[s.capability] for s in wanted if s.assessed]
    if held:
        found = [way for way in held if way is not None]
        return frozenset().union(*found) if len(found) == len(held) else None
    return _least((way for way in ways.values() if way is not None), under=under)


def cost_of(criteria: Iterable[str], *, under: Rubric) -> int:
    """Working days for these criteria."""
    return sum(DAYS[c.effort] for each in criteria if (c := under.criterion(each)) is not None)


def leverage(results: Sequence[Result], *, under: Rubric) -> tuple[Leverage, ...]:
    """Each open criterion that would alone lift its capability, in the rubric's order."""
    now = what_if(results, done=(), under=under)
    before = {s.capability: s for s in now.standings}
    lowest = now.confirmed if now.confirmed is not None else under.top
    found = []
    for result in open_results(results, under=under):
        held = before[result.capability]
        after = _standing_with(results, held.capability, done={result.criterion}, under=under)
        if held.confirmed is None or after.confirmed is None or after.confirmed <= held.confirmed:
            continue
        rest = [s.confirmed for s in now.standings if s is not held and s.confirmed is not None]
        lift = Lift(held.capability, held.confirmed, after.confirmed)
        found.append(Leverage(result.criterion, lift, lifts_overall=min([after.confirmed, *rest]) > lowest))
    return tuple(found)


def turn_of(result: Result, *, pending: Collection[str] = ()) -> Turn:
    """Whose turn it is on an open criterion."""
    if result.criterion in pending:
        return Turn.APPROVER
    if result.verdict is not Verdict.UNKNOWN:
        return Turn.TEAM
    return _TURNS.get(result.reason, Turn.TEAM) if result.reason else Turn.TEAM


_TURNS = {
    BlindReason.SOURCE_NOT_CONNECTED: Turn.CONNECT,
    BlindReason.PERMISSION_DENIED: Turn.SOURCE,
    BlindReason.COLLECTOR_FAILED: Turn.SOURCE,
    BlindReason.STALE: Turn.SOURCE,
}


def _is_open(result: Result, *, under: Rubric) -> bool:
    """Whether doing the criterion would change something; one that the rubric dropped cannot be done."""
    criterion = under.criterion(result.criterion)
    if criterion is None:
        return False
    if not under.counts_points:
        return result.gating and result.verdict in OPEN
    return result.verdict in WITHOUT_ITS_POINT and EARNED.get(result.verdict, 0.0) < _most(criterion)


def _most(criterion: Criterion) -> float:
    """The points that a test can earn: half where only a person's word answers it."""
    return EARNED[Verdict.ATTESTED if criterion.needs_word else Verdict.MET]


def _done(result: Result, *, under: Rubric) -> Result:
    """The result as it would be if what it asks for were done; one that is not open stays."""
    criterion = under.criterion(result.criterion)
    if criterion is None or not _is_open(result, under=under):
        return result
    if criterion.needs_word:
        return replace(result, verdict=Verdict.ATTESTED, reason=None, strength=Strength.ATTESTED)
    return replace(result, verdict=Verdict.MET, reason=None, strength=Strength.OBSERVED)


def _level_of(evaluation: Evaluation, capability: str) -> int | None:
    if not capability:
        return evaluation.confirmed
    return next((s.confirmed for s in evaluation.standings if s.capability == capability), None)


def _way(results: Sequence[Result], now: Standing, *, goal: int, under: Rubric) -> frozenset[str] | None:
    """The cheapest criteria that lift one capability to `goal`."""
    if now.confirmed is not None and now.confirmed >= goal:
        return frozenset()
    own = [r for r in open_results(results, under=under) if r.capability == now.capability]
    if under.counts_points:
        return _enough_points(own, missing=under.bands[goal - 1] - (now.score or 0.0), under=under)
    forced = [frozenset(r.criterion for r in own if r.level <= k) for k in range(goal, under.top + 1)]
    ways = [_enough(results, now.capability, each, own, goal=goal, under=under) for each in forced]
    return _least((way for way in ways if way is not None), under=under)


def _enough(
    results: Sequence[Result],
    capability: str,
    forced: frozenset[str],
    own: Sequence[Result],
    *,
    goal: int,
    under: Rubric,
) -> frozenset[str] | None:
    """`forced`, or `forced` with the cheapest other criterion, where that reaches the goal.

    A level asks for all its criteria and those below, so the open ones up to it are forced. A
    choice is left only where nothing of a capability was looked at: any one more makes it count.
    """
    more = [frozenset({r.criterion}) for r in own if r.criterion not in forced]
    for extra in [frozenset[str](), *sorted(more, key=lambda each: cost_of(each, under=under))]:
        then = _standing_with(results, capability, done=forced | extra, under=under)
        if then.confirmed is not None and then.confirmed >= goal:
            return forced | extra
    return None


def _enough_points(own: Sequence[Result], *, missing: float, under: Rubric) -> frozenset[str] | None:
    """The cheapest tests that earn more than `missing` points together.

    Points come in halves, so the cheapest set for each sum is found by adding one test after the other.
    """
    ways: dict[float, frozenset[str]] = {0.0: frozenset()}
    for result, criterion in _with_criteria(own, under=under):
        gain = _most(criterion) - EARNED.get(result.verdict, 0.0)
        for points, way in list(ways.items()):
            longer = way | {criterion.id}
            held = ways.get(points + gain)
            ways[points + gain] = longer if held is None else _cheaper(held, longer, under=under)
    return _least((way for points, way in ways.items() if points > missing), under=under)


def _cheaper(one: frozenset[str], other: frozenset[str], *, under: Rubric) -> frozenset[str]:
    return min(one, other, key=lambda way: (cost_of(way, under=under), sorted(way)))


def _least(ways: Iterable[frozenset[str]], *, under: Rubric) -> frozenset[str] | None:
    """The cheapest; of equals the one whose names come first, so that the answer never wavers."""
    return min(ways, key=lambda way: (cost_of(way, under=under), sorted(way)), default=None)


def _standing_with(
    results: Sequence[Result], capability: str, *, done: Collection[str], under: Rubric
) -> Standing:
    own = [_done(r, under=under) if r.criterion in done else r for r in results if r.capability == capability]
    return standings_under(own, under=under, only=capability)[0]


def steps_for(
    results: Sequence[Result], chosen: Collection[str], *, under: Rubric, pending: Collection[str]
) -> tuple[Step, ...]:
    """These open criteria in the order that lifts the cheapest capability first."""
    wanted = [r for r in open_results(results, under=under) if r.criterion in chosen]
    by_capability: dict[str, list[Result]] = {}
    for result in wanted:
        by_capability.setdefault(result.capability, []).append(result)
    groups = sorted(by_capability.values(), key=lambda g: cost_of((r.criterion for r in g), under=under))
    return tuple(step for group in groups for step in _climb(results, group, under=under, pending=pending))


def _climb(
    results: Sequence[Result], group: Sequence[Result], *, under: Rubric, pending: Collection[str]
) -> list[Step]:
    """The steps of one capability, each with the level that it completes."""
    steps: list[Step] = []
    done: set[str] = set()
    capability = group[0].capability
    held = _standing_with(results, capability, done=(), under=under)
    for result, criterion in sorted(_with_criteria(group, under=under), key=_urgency):
        done.add(criterion.id)
        then = _standing_with(results, capability, done=done, under=under)
        steps.append(Step(criterion, result, turn_of(result, pending=pending), lifts=_lifts([held], [then])))
        held = then
    return steps


def _with_criteria(group: Iterable[Result], *, under: Rubric) -> list[tuple[Result, Criterion]]:
    return [(r, c) for r in group if (c := under.criterion(r.criterion)) is not None]


def _urgency(pair: tuple[Result, Criterion]) -> tuple[int, bool, int]:
    """Lower levels first, failures before unknowns, cheap before dear."""
    result, criterion = pair
    return result.level, result.verdict is Verdict.UNKNOWN, criterion.effort.rank


def _lifts(before: Iterable[Standing], after: Iterable[Standing]) -> tuple[Lift, ...]:
    """The capabilities whose confirmed level rises."""
    return tuple(
        Lift(old.capability, old.confirmed, new.confirmed)
        for old, new in zip(before, after, strict=True)
        if new.confirmed is not None and (old.confirmed is None or new.confirmed > old.confirmed)
    )
