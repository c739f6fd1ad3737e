"""The interval rule, levels, and what must hold for any facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.records import BlindReason
from maturity.evaluate import (
    BELOW,
    EVERYTHING,
    Result,
    Standing,
    aged,
    decide,
    evaluate,
    interval,
    standings,
    unknown,
)
from maturity.facts import Blind
from maturity.finding import Finding, Outcome, Strength, Verdict
from maturity.probe import catalogue
from maturity.rubric import Criterion, rubric
from tests.maturity.made import DAY, NOW, facts, source

MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE
NO_SAMPLE = BlindReason.NO_SAMPLE


def criterion(**changes: object) -> Criterion:
    return replace(rubric().criteria[1], **changes)  # type: ignore[arg-type]


def finding(outcome: Outcome, *, name: str = "a", strength: Strength = Strength.OBSERVED) -> Finding:
    reason = BlindReason.STALE if outcome is Outcome.UNRESOLVED else None
    return Finding(name, name, outcome, "it is so", strength=strength, reason=reason)


def result(
    verdict: Verdict, *, level: int = 1, gating: bool = True, reason: BlindReason | None = None
) -> Result:
    made = unknown(criterion(capability="exec", level=level, gating=gating), reason, "so")
    return replace(made, verdict=verdict, reason=reason if verdict is UNKNOWN else None)


def standing(*results: Result) -> Standing:
    return standings(results, capabilities=["exec"], top=2)[0]


@pytest.mark.parametrize(
    ("n", "p", "u", "verdict"),
    [
        (20, 18, 0, MET),
        (20, 17, 0, NOT_MET),
        (20, 17, 3, UNKNOWN),
        (20, 14, 3, NOT_MET),
        (10, 9, 0, MET),
        (30, 27, 3, MET),
        (3, 0, 3, UNKNOWN),
        (2, 2, 0, MET),
        (2, 1, 0, NOT_MET),
        (2, 1, 1, UNKNOWN),
        (1, 0, 1, UNKNOWN),
    ],
)
def test_interval_rule(n: int, p: int, u: int, verdict: Verdict) -> None:
    assert interval(n=n, p=p, u=u, threshold=0.9) is verdict


def test_small_sample_needs_all_even_under_a_low_threshold() -> None:
    assert interval(n=2, p=1, u=0, threshold=0.5) is NOT_MET


def test_decide_flags_few_subjects() -> None:
    few = decide(criterion(), [finding(Outcome.PASS)])
    many = decide(criterion(), [finding(Outcome.PASS, name=str(n)) for n in range(3)])
    assert (few.low_confidence, many.low_confidence) == (True, False)


def test_decide_without_subjects_is_unknown() -> None:
    nothing = decide(criterion(), [])
    assert (nothing.verdict, nothing.reason, nothing.low) == (UNKNOWN, NO_SAMPLE, None)


def test_decide_counts_in_its_sentence() -> None:
    found = [finding(Outcome.PASS, name=f"v{n}") for n in range(17)] + [finding(Outcome.FAIL, name="v18")]
    assert (
        decide(criterion(subject="version"), found).sentence
        == "17 of 18 versions pass; v18 (it is so) fails."
    )


def test_unknown_sentence_names_the_interval() -> None:
    found = [finding(Outcome.PASS, name=f"v{n}") for n in range(2)] + [finding(Outcome.UNRESOLVED, name="v3")]
    sentence = decide(criterion(subject="version"), found).sentence
    assert "between 0.667 and 1" in sentence
    assert "0.9 is needed" in sentence


def test_level_2_takes_no_declared_evidence() -> None:
    weak = finding(Outcome.PASS, strength=Strength.DECLARED)
    from maturity.evaluate import _strong_enough

    strict, lax = criterion(min_strength=Strength.OBSERVED), criterion(min_strength=Strength.ATTESTED)
    assert _strong_enough(weak, strict).outcome is Outcome.UNRESOLVED
    assert _strong_enough(weak, lax).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("results", "confirmed", "potential"),
    [
        ([result(MET, level=0), result(MET), result(MET, level=2)], 2, 2),
        ([result(MET, level=0), result(MET), result(UNKNOWN, level=2)], 1, 2),
        ([result(MET, level=0), result(NOT_MET), result(MET, level=2)], 0, 0),
        ([result(NOT_MET, level=0), result(MET)], BELOW, BELOW),
        ([result(UNKNOWN, level=0, reason=NO_SAMPLE), result(MET)], BELOW, 2),
        ([result(MET), result(NOT_APPLICABLE, level=2)], 2, 2),
        ([result(MET, level=0), result(NOT_MET, gating=False)], 2, 2),
        ([result(Verdict.WAIVED), result(MET, level=2)], 2, 2),
        ([result(Verdict.ATTESTED), result(MET, level=2)], 0, 2),
    ],
)
def test_level(results: list[Result], confirmed: int, potential: int) -> None:
    found = standing(*results)
    assert (found.confirmed, found.potential) == (confirmed, potential)


def test_no_level_without_evidence() -> None:
    found = standing(result(NOT_APPLICABLE), result(NOT_APPLICABLE, level=2), result(UNKNOWN, level=2))
    assert found.confirmed == 0


def test_capability_without_a_connected_source_is_not_assessed() -> None:
    found = standing(
        result(UNKNOWN, reason=BlindReason.SOURCE_NOT_CONNECTED), result(NOT_APPLICABLE, level=2)
    )
    assert (found.assessed, found.potential) == (False, None)


def test_waived_level_is_marked() -> None:
    assert standing(result(Verdict.WAIVED), result(NOT_MET, level=2)).waived == (1,)


def test_overall_is_the_minimum_over_the_assessed() -> None:
    found = evaluate(facts(), rubric(), known=catalogue())
    assessed = [s for s in found.standings if s.assessed]
    assert (found.assessed, len(found.standings)) == (len(assessed), 9)
    assert found.confirmed == min(s.confirmed for s in assessed if s.confirmed is not None)
    assert found.potential == min(s.potential for s in assessed if s.potential is not None)


@pytest.mark.parametrize(
    ("health", "reason", "words"),
    [
        (source("mlflow", seen_at=NOW - timedelta(hours=25)), BlindReason.STALE, "over 24 hours ago"),
        (
            source("mlflow", seen_at=None, reason=BlindReason.PERMISSION_DENIED, why="403."),
            BlindReason.PERMISSION_DENIED,
            "403.",
        ),
        (source("mlflow", seen_at=None), BlindReason.COLLECTOR_FAILED, "not read yet"),
        (
            source("mlflow", blind=(Blind("runs", BlindReason.PERMISSION_DENIED, "No READ."),)),
            BlindReason.PERMISSION_DENIED,
            "No READ.",
        ),
    ],
)
def test_blind_source_is_unknown_with_its_reason(health: object, reason: BlindReason, words: str) -> None:
    others = tuple(s for s in facts().sources if s.kind != "mlflow")
    found = evaluate(facts(sources=(*others, health)), rubric(), known=catalogue())
    blinded = next(r for r in found.results if r.criterion == "track-version-has-run")
    assert (blinded.verdict, blinded.reason) == (UNKNOWN, reason)
    assert words in blinded.sentence


def test_failed_sync_within_the_time_to_live_changes_nothing() -> None:
    failing = source(
        "mlflow", seen_at=NOW - timedelta(hours=23), reason=BlindReason.COLLECTOR_FAILED, why="down"
    )
    others = tuple(s for s in facts().sources if s.kind != "mlflow")
    found = evaluate(facts(sources=(*others, failing)), rubric(), known=catalogue())
    assert found.confirmed == evaluate(facts(), rubric(), known=catalogue()).confirmed


def test_files_may_be_older_than_an_api() -> None:
    others = tuple(s for s in facts().sources if s.kind != "git")
    found = evaluate(
        facts(sources=(*others, source("git", seen_at=NOW - 6 * DAY))), rubric(), known=catalogue()
    )
    assert next(r for r in found.results if r.criterion == "exec-code-in-git").verdict is MET


def test_aged_results_are_unknown_and_keep_their_words() -> None:
    fresh = evaluate(facts(), rubric(), known=catalogue()).results
    old = {r.criterion: r for r in aged(fresh, stale=frozenset({"kfp"}), now=NOW)}
    assert (old["exec-containerised"].verdict, old["exec-containerised"].reason) == (
        UNKNOWN,
        BlindReason.STALE,
    )
    assert "steps pass" in old["exec-containerised"].sentence
    assert old["exec-not-notebook"].verdict is MET
    assert all(r.verdict is UNKNOWN for r in aged(fresh, stale=frozenset({EVERYTHING}), now=NOW))


outcomes = st.lists(st.sampled_from(list(Outcome)), max_size=40)
thresholds = st.floats(min_value=0.01, max_value=1)
verdicts = st.sampled_from([MET, NOT_MET, UNKNOWN, NOT_APPLICABLE, Verdict.WAIVED])
assessed = st.lists(st.tuples(verdicts, st.integers(0, 2), st.booleans()), min_size=1, max_size=12)
RANK = {NOT_MET: 0, UNKNOWN: 1, MET: 2}


def found_of(items: list[Outcome]) -> list[Finding]:
    return [finding(outcome, name=str(n)) for n, outcome in enumerate(items)]


def results_of(items: list[tuple[Verdict, int, bool]]) -> list[Result]:
    return [result(verdict, level=level, gating=gating, reason=NO_SAMPLE) for verdict, level, gating in items]


def level(value: int | None) -> int:
    return BELOW - 1 if value is None else value


@given(items=outcomes.filter(len), threshold=thresholds)
def test_a_passing_fact_never_lowers_a_verdict(items: list[Outcome], threshold: float) -> None:
    asked = criterion(threshold=threshold)
    before, after = decide(asked, found_of(items)), decide(asked, found_of([*items, Outcome.PASS]))
    assert RANK[after.verdict] >= RANK[before.verdict]


@given(items=outcomes.filter(len), threshold=thresholds, data=st.data())
def test_seeing_more_stays_within_what_was_possible(
    items: list[Outcome], threshold: float, data: st.DataObject
) -> None:
    asked = criterion(threshold=threshold)
    before = decide(asked, found_of(items))
    seen = [
        data.draw(st.sampled_from([Outcome.PASS, Outcome.FAIL])) if item is Outcome.UNRESOLVED else item
        for item in items
    ]
    after = decide(asked, found_of(seen))
    assert before.verdict is UNKNOWN or after.verdict is before.verdict


@given(items=assessed)
def test_potential_is_never_below_confirmed(items: list[tuple[Verdict, int, bool]]) -> None:
    found = standing(*results_of(items))
    assert level(found.potential) >= level(found.confirmed)


@given(items=assessed, at=st.integers(0, 11))
def test_unknown_never_raises_a_confirmed_level(items: list[tuple[Verdict, int, bool]], at: int) -> None:
    before = results_of(items)
    at %= len(before)
    after = [*before]
    after[at] = replace(before[at], verdict=UNKNOWN, reason=NO_SAMPLE)
    seen, blinded = standing(*before), standing(*after)
    if seen.assessed:
        assert level(blinded.confirmed) <= level(seen.confirmed)
    else:
        assert (blinded.confirmed or 0) <= 0


@given(items=assessed, at=st.integers(0, 11))
def test_a_met_criterion_never_lowers_a_level(items: list[tuple[Verdict, int, bool]], at: int) -> None:
    before = results_of(items)
    at %= len(before)
    after = [*before]
    after[at] = replace(before[at], verdict=MET, reason=None)
    one, two = standing(*before), standing(*after)
    assert level(two.confirmed) >= level(one.confirmed)
    if one.assessed:
        assert level(two.potential) >= level(one.potential)
