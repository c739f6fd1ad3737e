"""From verdicts to standings: a ladder of levels, or points summed in each section. Pure.

Points: a test that is met earns 1, one that a person attested 0.5. What is unknown earns nothing
now and may still earn its point (half where only a word can answer it). What does not apply
and what was waived earns nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from evidence.records import BlindReason
from maturity.criterion import Rubric
from maturity.finding import DECIDED, SATISFIED, Verdict
from maturity.result import BELOW, Result, Standing

EARNED: Mapping[Verdict, float] = {Verdict.MET: 1.0, Verdict.ATTESTED: 0.5}

UNPROVEN = frozenset({Verdict.UNKNOWN, Verdict.ATTESTED})
"""Verdicts that evidence may still turn into "met"."""


def standings_under(results: Iterable[Result], *, under: Rubric, only: str = "") -> tuple[Standing, ...]:
    """The standing of each capability of the rubric, in its order and by its way of scoring.

    With `only`, that of this one capability; `results` are then all its own.
    """
    capabilities = [only] if only else [c.id for c in under.capabilities]
    if not under.counts_points:
        return standings(results, capabilities=capabilities, top=under.top)
    found = _by_capability(results, capabilities)
    return tuple(_section(name, own, under=under) for name, own in found.items())


def standings(results: Iterable[Result], *, capabilities: Iterable[str], top: int) -> tuple[Standing, ...]:
    """The levels of each capability (its id), in the order given; `top` is the highest level."""
    found = _by_capability(results, capabilities)
    return tuple(_standing(name, own, top=top) for name, own in found.items())


def band(score: float, *, bands: Sequence[float]) -> int:
    """The level of a sum of points: how many of the ascending bounds it exceeds."""
    return sum(score > bound for bound in bands)


def _by_capability(results: Iterable[Result], capabilities: Iterable[str]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {capability: [] for capability in capabilities}
    for result in results:
        if result.capability in found:  # an old judgement may speak of one that the text no longer has
            found[result.capability].append(result)
    return found


def _section(capability: str, results: Sequence[Result], *, under: Rubric) -> Standing:
    score = sum(EARNED.get(r.verdict, 0.0) for r in results)
    possible = score + sum(_still(r, under=under) for r in results)
    seen, applicable = _coverage(results)
    return Standing(
        capability,
        confirmed=band(score, bands=under.bands),
        potential=band(possible, bands=under.bands),
        seen=seen,
        applicable=applicable,
        score=score,
        score_potential=possible,
    )


def _still(result: Result, *, under: Rubric) -> float:
    """What a test that was not seen may still earn above what it has."""
    if result.verdict not in UNPROVEN:
        return 0.0
    criterion = under.criterion(result.criterion)
    most = EARNED[Verdict.ATTESTED if criterion and criterion.needs_word else Verdict.MET]
    return most - EARNED.get(result.verdict, 0.0)


def _standing(capability: str, results: Sequence[Result], *, top: int) -> Standing:
    gating = [r for r in results if r.gating]
    seen, applicable = _coverage(results)
    if not any(_was_looked_at(r) for r in gating):
        return Standing(capability, confirmed=None, potential=None, seen=seen, applicable=applicable)
    confirmed = _level(gating, accepted=SATISFIED, top=top)
    waived = tuple(sorted({r.level for r in gating if r.verdict is Verdict.WAIVED and r.level <= confirmed}))
    potential = _level(gating, accepted=SATISFIED | UNPROVEN, top=top)
    return Standing(
        capability, confirmed=confirmed, potential=potential, seen=seen, applicable=applicable, waived=waived
    )


def _coverage(results: Sequence[Result]) -> tuple[int, int]:
    """How many of them rest on evidence (whatever people say of them), and how many apply."""
    seen = sum((r.otherwise or r.verdict) in DECIDED for r in results)
    return seen, sum(r.verdict is not Verdict.NOT_APPLICABLE for r in results)


def _was_looked_at(result: Result) -> bool:
    """False where no source is connected, or nothing applies: such a capability is not assessed."""
    if result.verdict is Verdict.NOT_APPLICABLE:
        return False
    return result.n > result.u or result.reason is not BlindReason.SOURCE_NOT_CONNECTED


def _level(gating: Sequence[Result], *, accepted: frozenset[Verdict], top: int) -> int:
    """The highest level k whose criteria up to k are all accepted.

    Level 0 asks for nothing where a capability has no criterion there. A higher level needs at
    least one criterion up to it that is more than "not applicable": no level without evidence.
    """
    reached = BELOW
    for level in range(top + 1):
        verdicts = [r.verdict for r in gating if r.level <= level]
        if not all(v in accepted for v in verdicts):
            return reached
        if level == 0 or any(v is not Verdict.NOT_APPLICABLE for v in verdicts):
            reached = level
    return reached
