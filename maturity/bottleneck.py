"""Where a system's time goes: into making models or into maintaining the pipeline. Pure.

The rule, whole:

1. *Lead times.* The model's way is the sum of commit to run, run to registered and registered to
   deployed; the pipeline's way is pipeline change to live. If the 90 % intervals of the two do not
   overlap, the longer way is the bottleneck; if they do, but one is at least twice the other, it
   leans that way. A leg with fewer than three samples may be of any length.
2. *Waste.* Of at least ten runs, a fifth or more failed, or a fifth or more repeated an earlier one:
   it leans to maintaining the pipeline; clearly, if the whole 90 % interval lies above a fifth.
3. Signs that agree decide; a clear sign outweighs a leaning one, but the answer then only leans.
   Signs of the same weight that contradict each other, or no sign at all, are too little evidence.
   A sign is clear only if all its numbers rest on five samples or more.

Which automation fits, in the sense of the levels: who waits for models needs the ML pipeline
(level 1); who waits for the pipeline needs CI and CD of the pipeline itself (level 2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maturity.facts import SystemFacts
from maturity.measures import WINDOW, Measure, Measured, measures

MUCH_LONGER = 2.0
WASTE = 0.2
LEAST_RUNS = 10
WAY_OF_A_MODEL = (Measured.COMMIT_TO_RUN, Measured.RUN_TO_REGISTERED, Measured.REGISTERED_TO_DEPLOYED)
WASTED = (Measured.FAILED_RUNS, Measured.REPEATED_RUNS)


class Side(StrEnum):
    """The two places where a bottleneck can be, and that nobody can tell."""

    MAKING = "making_models"
    MAINTAINING = "maintaining_pipeline"
    UNKNOWN = "too_little_evidence"


class Certainty(StrEnum):
    CLEAR = "clear"
    LEANING = "leaning"


FITS: Mapping[Side, int | None] = {Side.MAKING: 1, Side.MAINTAINING: 2, Side.UNKNOWN: None}
"""The level of automation that answers a bottleneck."""


@dataclass(frozen=True, slots=True)
class Way:
    """How long a change travels, in hours. `high` is None when a leg could not be measured."""

    hours: float
    low: float
    high: float | None
    n: int
    is_firm: bool

    @property
    def is_whole(self) -> bool:
        return self.high is not None


@dataclass(frozen=True, slots=True)
class Sign:
    """One reason to decide for a side: `because` names the rule's numbers."""

    side: Side
    certainty: Certainty
    because: str  # "ways" or a wasted share's name


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """The verdict with all it rests on. `certainty` is None when there is too little evidence.

    `is_torn`: there were signs, and they contradict each other.
    """

    side: Side
    certainty: Certainty | None
    fits: int | None
    signs: tuple[Sign, ...]
    model_way: Way
    pipeline_way: Way
    measures: tuple[Measure, ...]
    since: datetime
    until: datetime

    @property
    def is_torn(self) -> bool:
        return self.side is Side.UNKNOWN and bool(self.signs)


def bottleneck(facts: SystemFacts) -> Bottleneck:
    """Decide from the last 180 days."""
    found = measures(facts)
    by_name = {each.id: each for each in found}
    model = way([by_name[name] for name in WAY_OF_A_MODEL])
    pipeline = way([by_name[Measured.PIPELINE_TO_LIVE]])
    signs = tuple(
        sign for sign in (by_ways(model, pipeline), *(by_waste(by_name[name]) for name in WASTED)) if sign
    )
    side, certainty = decide(signs)
    return Bottleneck(
        side=side,
        certainty=certainty,
        fits=FITS[side],
        signs=signs,
        model_way=model,
        pipeline_way=pipeline,
        measures=found,
        since=facts.now - WINDOW,
        until=facts.now,
    )


def way(legs: Sequence[Measure]) -> Way:
    """The sum of the legs' medians; the ends of their intervals are added, which errs on the wide side."""
    known = [leg for leg in legs if leg.value is not None]
    whole = len(known) == len(legs)
    return Way(
        hours=sum(leg.value or 0.0 for leg in known),
        low=sum(leg.low or 0.0 for leg in known),
        high=sum(leg.high or 0.0 for leg in known) if whole else None,
        n=min((leg.n for leg in known), default=0),
        is_firm=bool(known) and all(leg.is_firm for leg in known),
    )


def by_ways(model: Way, pipeline: Way) -> Sign | None:
    """The longer way, if it is clearly or much longer."""
    for side, long, short in ((Side.MAKING, model, pipeline), (Side.MAINTAINING, pipeline, model)):
        if long.n == 0 or short.high is None:
            continue
        if long.low > short.high:
            firm = long.is_firm and short.is_firm
            return Sign(side, Certainty.CLEAR if firm else Certainty.LEANING, "ways")
        if long.hours > 0 and long.hours >= MUCH_LONGER * short.hours:
            return Sign(side, Certainty.LEANING, "ways")
    return None


def by_waste(share: Measure) -> Sign | None:
    """Runs that failed or were repeated keep people busy with the pipeline."""
    if share.n < LEAST_RUNS or share.value is None or share.low is None or share.value < WASTE:
        return None
    certainty = Certainty.CLEAR if share.low >= WASTE else Certainty.LEANING
    return Sign(Side.MAINTAINING, certainty, share.id.value)


def decide(signs: Sequence[Sign]) -> tuple[Side, Certainty | None]:
    """One side, or none where the signs are absent or of equal weight against each other."""
    clear = {sign.side for sign in signs if sign.certainty is Certainty.CLEAR}
    sides = {sign.side for sign in signs}
    if len(sides) == 1:
        return sides.pop(), Certainty.CLEAR if clear else Certainty.LEANING
    if len(clear) == 1:
        return clear.pop(), Certainty.LEANING
    return Side.UNKNOWN, None
