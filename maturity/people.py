"""What people's words make of the verdicts: waivers and attestations. Pure.

A word never hides what was found: the sentence keeps it, and `otherwise` keeps the verdict that
holds again when the word ends.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from maturity.facts import Attested, SystemFacts, Waived
from maturity.finding import Strength, Verdict
from maturity.rubric import Criterion, Rubric

if TYPE_CHECKING:  # evaluate calls this module
    from maturity.evaluate import Result

Word = TypeVar("Word", Waived, Attested)

PROVEN_FROM = 2
"""From this level on a person's word is never enough for a criterion that gates."""

WAIVABLE = frozenset({Verdict.NOT_MET, Verdict.UNKNOWN})


def apply(results: Iterable["Result"], facts: SystemFacts, rubric: Rubric) -> tuple["Result", ...]:
    """The results after people had their say: first what was attested, then what was waived."""
    words = _in_force(facts.attestations, now=facts.now)
    attested = [_attested(result, rubric.criterion(result.criterion), words) for result in results]
    return _waived(attested, facts=facts, cap=rubric.waiver_cap)


def ended(result: "Result", *, now: datetime) -> "Result":
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
    """True where the rubric takes a person's word for this criterion."""
    if criterion.gating and criterion.level >= PROVEN_FROM:
        return False
    return criterion.min_strength is Strength.ATTESTED


def may_waive(criterion: Criterion) -> bool:
    """True for a criterion that can hold a level back; of the others there is nothing to waive."""
    return criterion.gating


def _attested(result: "Result", criterion: Criterion | None, words: Mapping[str, Attested]) -> "Result":
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


def _waived(results: Sequence["Result"], *, facts: SystemFacts, cap: int) -> tuple["Result", ...]:
    """Turn what was waived, the oldest approvals first, up to `cap` in each capability."""
    words = _in_force(facts.waivers, now=facts.now)
    oldest = {each.criterion: each for each in sorted(facts.waivers, key=_age, reverse=True)}
    asked = [r for r in results if r.gating and r.verdict in WAIVABLE and r.criterion in words]
    used: Counter[str] = Counter()
    turned: dict[str, Result] = {}
    for result in sorted(asked, key=lambda r: _age(oldest[r.criterion])):
        used[result.capability] += 1
        counts = used[result.capability] <= cap
        turned[result.criterion] = (
            _set_aside(result, words[result.criterion]) if counts else _over(result, cap)
        )
    return tuple(turned.get(result.criterion, result) for result in results)


def _set_aside(result: "Result", waiver: Waived) -> "Result":
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


def _over(result: "Result", cap: int) -> "Result":
    why = f"Its waiver does not count: a capability may have {cap} at a time, and an older one came first"
    return replace(result, sentence=f"{why}. {result.sentence}")


def _in_force(words: Iterable[Word], *, now: datetime) -> dict[str, Word]:
    """Of each criterion the word that holds longest."""
    return {each.criterion: each for each in sorted(words, key=lambda w: w.until) if each.until > now}


def _age(waiver: Waived) -> tuple[datetime, str]:
    return waiver.approved_at, waiver.criterion


def _clause(text: str) -> str:
    """People's text as part of one sentence."""
    return " ".join(text.split()).rstrip(".。")
