"""From findings to verdicts and levels: the one place where the semantics live. Pure.

Interval rule: of n subjects p pass and u could not be resolved; low = p/n, high = (p+u)/n. A
criterion is met when low reaches the threshold, not met when high does not, else unknown. Fewer
than three subjects must all pass, and the verdict is marked as of low confidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from evidence.records import BlindReason
from maturity.blindness import blindness, evidence_at
from maturity.facts import SystemFacts
from maturity.finding import DECIDED, SATISFIED, Finding, Outcome, Strength, Verdict
from maturity.probe import Catalogue
from maturity.rubric import Criterion, Rubric
from maturity.sentence import sentence_of

SMALL = 3
"""Fewer subjects than this prove little: all must pass."""

BELOW = -1
"""The level of a capability whose level 0 criteria are not met."""


EVERYTHING = "*"
"""Stands for every kind of source."""


@dataclass(frozen=True, slots=True)
class Result:
    """One criterion's verdict: n subjects, p passing, u unresolved; low and high are None when n is 0.

    `reason` is set for unknown verdicts. `strength` is the weakest evidence among what passed.
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
    that hold only by a waiver.
    """

    capability: str
    confirmed: int | None
    potential: int | None
    seen: int
    applicable: int
    waived: tuple[int, ...] = ()

    @property
    def assessed(self) -> bool:
        return self.confirmed is not None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A whole assessment: overall levels are the minimum over the assessed capabilities."""

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
    def seen(self) -> int:
        return sum(s.seen for s in self.standings)

    @property
    def applicable(self) -> int:
        return sum(s.applicable for s in self.standings)

    @property
    def assessed(self) -> int:
        """How many capabilities were assessed."""
        return sum(s.assessed for s in self.standings)


def evaluate(facts: SystemFacts, rubric: Rubric, *, known: Catalogue) -> Evaluation:
    """Ask every criterion of the rubric and sum up."""
    results = tuple(judge(criterion, facts, rubric=rubric, known=known) for criterion in rubric.criteria)
    return Evaluation(
        results=results,
        standings=standings(results, capabilities=(c.id for c in rubric.capabilities), top=rubric.top),
        evidence_at=evidence_at(facts),
    )


def judge(criterion: Criterion, facts: SystemFacts, *, rubric: Rubric, known: Catalogue) -> Result:
    """One criterion: blindness first, then whether it applies, then its probe."""
    blind = blindness(criterion.needs, facts, rubric=rubric)
    if blind:
        return unknown(criterion, blind.reason, blind.why)
    if not criterion.probe:
        return unknown(
            criterion, BlindReason.NOT_SUPPORTED, "This version cannot read the evidence for it yet."
        )
    exempt = known.conditions[criterion.condition](facts, criterion.window) if criterion.condition else ""
    if exempt:
        return replace(unknown(criterion, None, exempt), verdict=Verdict.NOT_APPLICABLE)
    probe = known.probes[criterion.probe]
    found = tuple(_strong_enough(finding, criterion) for finding in probe.ask(facts, criterion.window))
    return replace(decide(criterion, found), probe_version=probe.version)


def aged(results: Iterable[Result], *, stale: frozenset[str]) -> tuple[Result, ...]:
    """Results as they may be believed now: those that rest on a kind in `stale` are unknown.

    `EVERYTHING` in `stale` means that the whole assessment is too old.
    """
    return tuple(
        replace(
            result,
            verdict=Verdict.UNKNOWN,
            reason=BlindReason.STALE,
            sentence=f"The evidence is too old to be believed. It said: {result.sentence}",
        )
        if result.reason is not BlindReason.SOURCE_NOT_CONNECTED and stale & {EVERYTHING, *result.needs}
        else result
        for result in results
    )


def unknown(criterion: Criterion, reason: BlindReason | None, why: str) -> Result:
    """A verdict without subjects."""
    return Result(
        criterion=criterion.id,
        capability=criterion.capability,
        level=criterion.level,
        gating=criterion.gating,
        needs=tuple(need.kind for need in criterion.needs),
        probe=criterion.probe,
        probe_version=0,
        verdict=Verdict.UNKNOWN,
        reason=reason,
        sentence=why,
    )


def decide(criterion: Criterion, findings: Sequence[Finding]) -> Result:
    """The interval rule over the findings of one criterion."""
    n, p = len(findings), sum(f.outcome is Outcome.PASS for f in findings)
    u = sum(f.outcome is Outcome.UNRESOLVED for f in findings)
    if n == 0:
        return unknown(criterion, BlindReason.NO_SAMPLE, f"There is no {criterion.subject} to look at yet.")
    verdict = interval(n=n, p=p, u=u, threshold=criterion.threshold)
    passing = [f.strength for f in findings if f.outcome is Outcome.PASS]
    return replace(
        unknown(criterion, None, sentence_of(criterion, findings, verdict=verdict)),
        verdict=verdict,
        reason=_main_reason(findings) if verdict is Verdict.UNKNOWN else None,
        n=n,
        p=p,
        u=u,
        low_confidence=n < SMALL,
        strength=max(passing, key=lambda s: s.rank, default=None),
        findings=tuple(sorted(findings, key=lambda f: (_ORDER[f.outcome], f.label))),
    )


def interval(*, n: int, p: int, u: int, threshold: float) -> Verdict:
    """MET, NOT_MET or UNKNOWN for n > 0 subjects of which p pass and u are unresolved."""
    if n < SMALL:
        threshold = 1.0
    if p / n >= threshold:
        return Verdict.MET
    return Verdict.NOT_MET if (p + u) / n < threshold else Verdict.UNKNOWN


def standings(results: Iterable[Result], *, capabilities: Iterable[str], top: int) -> tuple[Standing, ...]:
    """The standing of each capability (its id), in the order given; `top` is the highest level."""
    by_capability: dict[str, list[Result]] = {capability: [] for capability in capabilities}
    for result in results:
        by_capability[result.capability].append(result)
    return tuple(_standing(name, found, top=top) for name, found in by_capability.items())


def _standing(capability: str, results: Sequence[Result], *, top: int) -> Standing:
    gating = [r for r in results if r.gating]
    seen = sum(r.verdict in DECIDED for r in results)
    applicable = sum(r.verdict is not Verdict.NOT_APPLICABLE for r in results)
    if not any(_was_looked_at(r) for r in gating):
        return Standing(capability, confirmed=None, potential=None, seen=seen, applicable=applicable)
    confirmed = _level(gating, accepted=SATISFIED, top=top)
    waived = tuple(sorted({r.level for r in gating if r.verdict is Verdict.WAIVED and r.level <= confirmed}))
    potential = _level(gating, accepted=SATISFIED | {Verdict.UNKNOWN}, top=top)
    return Standing(
        capability, confirmed=confirmed, potential=potential, seen=seen, applicable=applicable, waived=waived
    )


def _was_looked_at(result: Result) -> bool:
    """False where no source is connected, or nothing applies: such a capability is not assessed."""
    return (
        result.verdict is not Verdict.NOT_APPLICABLE and result.reason is not BlindReason.SOURCE_NOT_CONNECTED
    )


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


def _strong_enough(finding: Finding, criterion: Criterion) -> Finding:
    """A pass on evidence weaker than the criterion asks for proves nothing: it is unresolved."""
    if finding.outcome is not Outcome.PASS or finding.strength.rank <= criterion.min_strength.rank:
        return finding
    return replace(
        finding,
        outcome=Outcome.UNRESOLVED,
        reason=BlindReason.NOT_SUPPORTED,
        message=f"{finding.message}, but this is only {finding.strength}; "
        f"level {criterion.level} needs {criterion.min_strength} evidence",
    )


def _main_reason(findings: Sequence[Finding]) -> BlindReason | None:
    """The commonest reason among the unresolved ones (ties by name)."""
    reasons = [f.reason for f in findings if f.reason]
    counts: Mapping[BlindReason, int] = {reason: reasons.count(reason) for reason in reasons}
    return min(counts, key=lambda reason: (-counts[reason], reason.value), default=None)


_ORDER = {Outcome.FAIL: 0, Outcome.UNRESOLVED: 1, Outcome.PASS: 2}
