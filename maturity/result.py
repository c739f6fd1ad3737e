"""What an evaluation says: results, standings, and the whole. Pure values."""

from dataclasses import dataclass
from datetime import datetime

from evidence.records import BlindReason
from maturity.finding import Finding, Strength, Verdict

BELOW = -1
"""The level of a capability whose level 0 criteria are not met."""


@dataclass(frozen=True, slots=True)
class Result:
    """One criterion's verdict: n subjects, p passing, u unresolved; low and high are None when n is 0.

    `reason` is set for unknown verdicts, also where a person's word stands over them. `strength` is
    the weakest evidence among what passed.
    `until`: when the person's word that the verdict rests on ends; `otherwise` holds from then on.
    """

    criterion: str
    capability: str
    level: int
    gating: bool
    needs: tuple[str, ...]
    probe: str
    probe_version: int
    verdict: Verdict
    sentence: str
    reason: BlindReason | None = None
    n: int = 0
    p: int = 0
    u: int = 0
    low_confidence: bool = False
    strength: Strength | None = None
    findings: tuple[Finding, ...] = ()
    until: datetime | None = None
    otherwise: Verdict | None = None

    @property
    def low(self) -> float | None:
        return self.p / self.n if self.n else None

    @property
    def high(self) -> float | None:
        return (self.p + self.u) / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a capability stands: levels from BELOW upwards; None when it was not assessed.

    `seen` of `applicable` gating and optional criteria rest on evidence. `waived` are the levels
    that hold only by a waiver. Under a rubric of points, `score` is the sum of the section and
    `score_potential` what it would be if every unknown turned out well; else both are None.
    """

    capability: str
    confirmed: int | None
    potential: int | None
    seen: int
    applicable: int
    waived: tuple[int, ...] = ()
    score: float | None = None
    score_potential: float | None = None

    @property
    def assessed(self) -> bool:
        return self.confirmed is not None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A whole assessment: overall levels and scores are the minimum over the assessed capabilities."""

    results: tuple[Result, ...]
    standings: tuple[Standing, ...]
    evidence_at: datetime | None = None

    @property
    def confirmed(self) -> int | None:
        return min((s.confirmed for s in self.standings if s.confirmed is not None), default=None)

    @property
    def potential(self) -> int | None:
        return min((s.potential for s in self.standings if s.potential is not None), default=None)

    @property
    def score(self) -> float | None:
        return min((s.score for s in self.standings if s.score is not None), default=None)

    @property
    def score_potential(self) -> float | None:
        found = (s.score_potential for s in self.standings if s.score_potential is not None)
        return min(found, default=None)

    @property
    def seen(self) -> int:
        return sum(s.seen for s in self.standings)

    @property
    def applicable(self) -> int:
        return sum(s.applicable for s in self.standings)

    @property
    def assessed(self) -> int:
        """How many capabilities were assessed."""
        return sum(s.assessed for s in self.standings)
