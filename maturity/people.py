"""What people's words make of the verdicts: waivers and attestations. Pure.

A word never hides what was found: the sentence keeps it, and `otherwise` keeps the verdict that
holds again when the word ends.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from maturity.criterion import Criterion, Rubric
from maturity.facts import Attested, SystemFacts, Waived
from maturity.finding import Strength, Verdict
from maturity.result import Result

Word = TypeVar("Word", Waived, Attested)

PROVEN_FROM = 2
"""From this level on a person's word is never enough for a criterion that gates."""

WAIVABLE = frozenset({Verdict.NOT_MET, Verdict.UNKNOWN})


def apply(results: Iterable[Result], facts: SystemFacts, rubric: Rubric) -> tuple[Result, ...]:
    """The results after people had their say: first what was attested, then what was waived."""
    words = _in_force(facts.attestations, now=facts.now)
    attested = [_attested(result, rubric.criterion(result.criterion), words) for result in results]
    return _waived(attested, facts=facts, rubric=rubric)


def ended(result: Result, *, now: datetime) -> Result:
    """The result as it may be believed at `now`: with the word that stood over it, or without."""
    if result.otherwise is None or result.until is None or now < result.until:
        return result
    return replace(
        result,
        verdict=result.otherwise,
        until=None,
        otherwise=None,
        strength=None if result.strength is Strength.ATTESTED else result.strength,
        sentence=f"What stood over it ended on {result.until:%Y-%m-%d}. It said: {result.sentence}",
    )


def may_attest(criterion: Criterion) -> bool:
    """True where the rubric takes a person's word for this criterion.

    One that reads other criteria is not attested itself: what is said of those reaches it.
    """
    if criterion.parts or (criterion.gating and criterion.level >= PROVEN_FROM):
        return False
    return criterion.attested or criterion.min_strength is Strength.ATTESTED


def may_waive(criterion: Criterion) -> bool:
    """True for a criterion that can hold a level back; of the others there is nothing to waive."""
    return criterion.gating and not criterion.parts


def _attested(result: Result, criterion: Criterion | None, words: Mapping[str, Attested]) -> Result:
    word = words.get(result.criterion)
    if word is None or result.verdict is not Verdict.UNKNOWN or not (criterion and may_attest(criterion)):
        return result
    said = f"Attested until {word.until:%Y-%m-%d} by {word.by}: {_clause(word.statement)}"
    return replace(
        result,
        verdict=Verdict.ATTESTED,
        until=word.until,
        otherwise=result.verdict,
        strength=Strength.ATTESTED,
        sentence=f"{said}. Otherwise: {result.sentence}",
    )


def _waived(results: Sequence[Result], *, facts: SystemFacts, rubric: Rubric) -> tuple[Result, ...]:
    """Set aside what was waived, the oldest approvals first, up to the cap of each capability.

    A verdict that is waived already comes from the criteria that this one reads; it counts too.
    """
    words = _in_force(facts.waivers, now=facts.now)
    since = {each.criterion: each.approved_at for each in sorted(facts.waivers, key=_age, reverse=True)}
    asked = [r for r in results if r.gating and (r.verdict is Verdict.WAIVED or _stands_under(r, words))]
    used: Counter[str] = Counter()
    turned: dict[str, Result] = {}
    for result in sorted(
        asked, key=lambda r: min(since[name] for name in _names(r, rubric) if name in since)
    ):
        used[result.capability] += 1
        if used[result.capability] > rubric.waiver_cap:
            turned[result.criterion] = _over(result, rubric.waiver_cap)
        elif result.criterion in words:
            turned[result.criterion] = _set_aside(result, words[result.criterion])
    return tuple(turned.get(result.criterion, result) for result in results)


def _stands_under(result: Result, words: Mapping[str, Waived]) -> bool:
    return result.verdict in WAIVABLE and result.criterion in words


def _names(result: Result, rubric: Rubric) -> tuple[str, ...]:
    criterion = rubric.criterion(result.criterion)
    return (result.criterion, *(criterion.takes if criterion else ()))


def _set_aside(result: Result, waiver: Waived) -> Result:
    said = (
        f"Waived until {waiver.until:%Y-%m-%d}, asked by {waiver.requested_by},"
        f" approved by {waiver.approved_by}"
    )
    return replace(
        result,
        verdict=Verdict.WAIVED,
        until=waiver.until,
        otherwise=result.verdict,
        sentence=f"{said}: {_clause(waiver.reason)}. Otherwise: {result.sentence}",
    )


def _over(result: Result, cap: int) -> Result:
    why = f"Its waiver does not count: a capability may have {cap} at a time, and an older one came first"
    return replace(
        result,
        verdict=result.otherwise or result.verdict,
        until=None,
        otherwise=None,
        sentence=f"{why}. {result.sentence}",
    )


def _in_force(words: Iterable[Word], *, now: datetime) -> dict[str, Word]:
    """Of each criterion the word that holds longest."""
    return {each.criterion: each for each in sorted(words, key=lambda w: w.until) if each.until > now}


def _age(waiver: Waived) -> tuple[datetime, str]:
    return waiver.approved_at, waiver.criterion


def _clause(text: str) -> str:
    """People's text as part of one sentence."""
    return " ".join(text.split()).rstrip(".。")
