"""From findings to verdicts: the one place where their semantics live. Pure.

Interval rule: of n subjects p pass and u could not be resolved; low = p/n, high = (p+u)/n. A
criterion is met when low reaches the threshold, not met when high does not, else unknown. Fewer
than three subjects must all pass, and the verdict is marked as of low confidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from evidence.records import BlindReason
from maturity.blindness import blindness, evidence_at
from maturity.facts import SystemFacts
from maturity.finding import Finding, Outcome, Verdict
from maturity.people import apply, ended
from maturity.probe import Catalogue
from maturity.reading import worst_of
from maturity.result import BELOW, Evaluation, Result, Standing
from maturity.rubric import Criterion, Rubric
from maturity.sentence import sentence_of
from maturity.standing import standings, standings_under

__all__ = [
    "BELOW",
    "EVERYTHING",
    "Evaluation",
    "Result",
    "Standing",
    "aged",
    "evaluate",
    "standings",
    "standings_under",
]

SMALL = 3
"""Fewer subjects than this prove little: all must pass."""

EVERYTHING = "*"
"""Stands for every kind of source."""


def evaluate(facts: SystemFacts, rubric: Rubric, *, known: Catalogue) -> Evaluation:
    """Ask every criterion of the rubric and sum up."""
    results = answered(facts, rubric, known=known)
    return Evaluation(results, standings_under(results, under=rubric), evidence_at=evidence_at(facts))


def answered(facts: SystemFacts, rubric: Rubric, *, known: Catalogue) -> tuple[Result, ...]:
    """A result for each criterion after people had their say; what is taken from another rubric, as well."""
    taken = {r.criterion: r for r in answered(facts, rubric.base, known=known)} if rubric.base else {}
    results = (
        worst_of(unknown(each, None, ""), [taken[part] for part in each.takes])
        if each.parts
        else judge(each, facts, rubric=rubric, known=known)
        for each in rubric.criteria
    )
    return apply(results, facts, rubric)


def judge(criterion: Criterion, facts: SystemFacts, *, rubric: Rubric, known: Catalogue) -> Result:
    """One criterion: blindness first, then whether it applies, then its probe."""
    blind = blindness(criterion.needs, facts, rubric=rubric)
    if blind:
        return unknown(criterion, blind.reason, blind.why)
    if not criterion.probe:
        return unknown(criterion, *(NOT_ATTESTED if criterion.attested else NOT_READABLE))
    probe, condition = known.probes.get(criterion.probe), known.conditions.get(criterion.condition, _never)
    if probe is None:
        return unknown(criterion, *NOT_READABLE)
    exempt = condition(facts, criterion.window)
    if exempt:
        return replace(unknown(criterion, None, exempt), verdict=Verdict.NOT_APPLICABLE)
    found = tuple(_strong_enough(finding, criterion) for finding in probe.ask(facts, criterion.window))
    result = replace(decide(criterion, found), probe_version=probe.version)
    return _left_to_people(result) if criterion.attested else result


def _never(facts: SystemFacts, window: timedelta) -> str:
    """The condition of a criterion that always applies."""
    return ""


def _left_to_people(result: Result) -> Result:
    """What a probe cannot see of an attested criterion, a person may still know: it is never failed."""
    if result.verdict is not Verdict.NOT_MET:
        return result
    said = f"It could not be seen, and nobody has attested it. {result.sentence}"
    return replace(result, verdict=Verdict.UNKNOWN, reason=BlindReason.NO_SAMPLE, sentence=said)


def aged(results: Iterable[Result], *, stale: frozenset[str], now: datetime) -> tuple[Result, ...]:
    """Results as they may be believed at `now`: words have ended, what rests on a kind in `stale` is unknown.

    `EVERYTHING` in `stale` means that the whole assessment is too old. A word in force stands over
    evidence that went stale: only what would hold without it is unknown.
    """
    return tuple(_aged(ended(result, now=now), stale=stale) for result in results)


def _aged(result: Result, *, stale: frozenset[str]) -> Result:
    if result.reason is BlindReason.SOURCE_NOT_CONNECTED or not stale & {EVERYTHING, *result.needs}:
        return result
    if result.otherwise is not None and EVERYTHING not in stale:
        return replace(result, otherwise=Verdict.UNKNOWN, reason=BlindReason.STALE)
    return replace(
        result,
        verdict=Verdict.UNKNOWN,
        reason=BlindReason.STALE,
        until=None,
        otherwise=None,
        sentence=f"The evidence is too old to be believed. It said: {result.sentence}",
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

NOT_READABLE = (BlindReason.NOT_SUPPORTED, "This version cannot read the evidence for it yet.")
NOT_ATTESTED = (BlindReason.NO_SAMPLE, "Only a person can say this; nobody has attested it.")
