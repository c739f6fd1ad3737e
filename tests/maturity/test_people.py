"""What people's words make of verdicts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.records import BlindReason
from maturity.evaluate import EVERYTHING, Result, aged
from maturity.facts import Attested, Waived
from maturity.finding import Strength, Verdict
from maturity.people import apply
from maturity.rubric import Criterion, Rubric, rubric
from maturity.standing import standings
from tests.maturity.made import DAY, NOW, facts

MET, NOT_MET, UNKNOWN, WAIVED, ATTESTED = (
    Verdict.MET,
    Verdict.NOT_MET,
    Verdict.UNKNOWN,
    Verdict.WAIVED,
    Verdict.ATTESTED,
)


def asked(name: str = "a", **changes: object) -> Criterion:
    base = next(c for c in rubric().criteria if c.probe and c.gating and not c.attested)
    made = replace(base, id=name, capability="exec", level=1, gating=True, min_strength=Strength.ATTESTED)
    return replace(made, **changes)  # type: ignore[arg-type]


def under(*criteria: Criterion, cap: int = 1) -> Rubric:
    return replace(rubric(), criteria=criteria, waiver_cap=cap, base=None)


def judged(criterion: Criterion, verdict: Verdict = NOT_MET) -> Result:
    return Result(
        criterion=criterion.id,
        capability=criterion.capability,
        level=criterion.level,
        gating=criterion.gating,
        needs=("mlflow",),
        probe="p",
        probe_version=1,
        verdict=verdict,
        sentence="It fails.",
        reason=BlindReason.NO_SAMPLE if verdict is UNKNOWN else None,
        n=0 if verdict is UNKNOWN else 4,
    )


def waiver(criterion: str = "a", *, days: int = 30, approved: int = 5) -> Waived:
    return Waived(
        criterion=criterion,
        until=NOW + days * DAY,
        reason="The supplier delivers 来週.",
        link="https://tickets.example.invalid/1",
        requested_by="mei",
        approved_by="kenta",
        approved_at=NOW - approved * DAY,
    )


def word(criterion: str = "a", *, days: int = 30) -> Attested:
    return Attested(
        criterion=criterion,
        by="mei",
        at=NOW - DAY,
        until=NOW + days * DAY,
        statement="Compared by hand.",
        link="https://docs.example.invalid",
    )


@pytest.mark.parametrize("verdict", [NOT_MET, UNKNOWN])
def test_waiver_sets_a_gap_aside_and_keeps_what_was_found(verdict: Verdict) -> None:
    criterion = asked()
    (found,) = apply([judged(criterion, verdict)], facts(waivers=(waiver(),)), under(criterion))
    assert (found.verdict, found.otherwise, found.until) == (WAIVED, verdict, NOW + 30 * DAY)
    assert "asked by mei, approved by kenta: The supplier delivers 来週" in found.sentence
    assert found.sentence.endswith("Otherwise: It fails.")


@pytest.mark.parametrize("verdict", [MET, Verdict.NOT_APPLICABLE])
def test_waiver_changes_nothing_that_holds(verdict: Verdict) -> None:
    criterion = asked()
    before = judged(criterion, verdict)
    assert apply([before], facts(waivers=(waiver(),)), under(criterion)) == (before,)


def test_waiver_past_its_end_does_not_count() -> None:
    criterion = asked()
    (found,) = apply([judged(criterion)], facts(waivers=(waiver(days=0),)), under(criterion))
    assert found.verdict is NOT_MET


def test_waiver_of_an_optional_criterion_does_not_count() -> None:
    criterion = asked(gating=False)
    (found,) = apply([judged(criterion)], facts(waivers=(waiver(),)), under(criterion))
    assert found.verdict is NOT_MET


def test_oldest_approvals_fill_the_cap() -> None:
    criteria = [asked(name) for name in "abc"]
    said = (waiver("a", approved=1), waiver("b", approved=9), waiver("c", approved=5))
    found = apply([judged(c) for c in criteria], facts(waivers=said), under(*criteria, cap=2))
    assert [r.verdict for r in found] == [NOT_MET, WAIVED, WAIVED]
    assert "a capability may have 2 at a time" in found[0].sentence
    assert found[0].until is None


def test_cap_counts_each_capability_apart() -> None:
    criteria = [asked("a"), asked("b", capability="repro")]
    said = (waiver("a"), waiver("b"))
    found = apply([judged(c) for c in criteria], facts(waivers=said), under(*criteria))
    assert [r.verdict for r in found] == [WAIVED, WAIVED]


def test_cap_of_none_takes_every_waiver_away() -> None:
    criterion = asked()
    (found,) = apply([judged(criterion)], facts(waivers=(waiver(),)), under(criterion, cap=0))
    assert found.verdict is NOT_MET


def test_renewed_waiver_holds_to_its_later_end() -> None:
    criterion = asked()
    said = (waiver(days=60, approved=1), waiver(days=3, approved=50))
    (found,) = apply([judged(criterion)], facts(waivers=said), under(criterion))
    assert found.until == NOW + 60 * DAY


def test_waivers_inherited_by_a_reading_count_to_its_cap() -> None:
    parts = [asked("a", capability="exec"), asked("b", capability="repro")]
    readings = [asked("x", parts=(parts[0],), probe=""), asked("y", parts=(parts[1],), probe="")]
    taken = [replace(judged(each), verdict=WAIVED, otherwise=NOT_MET, until=NOW + DAY) for each in readings]
    said = (waiver("a", approved=1), waiver("b", approved=9))
    found = apply(taken, facts(waivers=said), under(*readings))
    assert [r.verdict for r in found] == [NOT_MET, WAIVED]


def test_attestation_answers_only_the_unknown() -> None:
    criteria = [asked("a"), asked("b"), asked("c")]
    results = [judged(criteria[0], UNKNOWN), judged(criteria[1], NOT_MET), judged(criteria[2], MET)]
    said = tuple(word(name) for name in "abc")
    found = apply(results, facts(attestations=said), under(*criteria))
    assert [r.verdict for r in found] == [ATTESTED, NOT_MET, MET]
    assert (found[0].strength, found[0].otherwise) == (Strength.ATTESTED, UNKNOWN)
    assert "by mei: Compared by hand" in found[0].sentence


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"min_strength": Strength.OBSERVED}, UNKNOWN),
        ({"level": 2}, UNKNOWN),
        ({"level": 2, "gating": False, "attested": True}, ATTESTED),
        ({"min_strength": Strength.OBSERVED, "attested": True}, ATTESTED),
    ],
)
def test_attestation_counts_where_the_rubric_takes_a_word(
    changes: dict[str, object], verdict: Verdict
) -> None:
    criterion = asked(**changes)  # type: ignore[arg-type]
    (found,) = apply([judged(criterion, UNKNOWN)], facts(attestations=(word(),)), under(criterion))
    assert found.verdict is verdict


def test_attestation_makes_no_level_and_no_coverage() -> None:
    criterion = asked()
    found = apply([judged(criterion, UNKNOWN)], facts(attestations=(word(),)), under(criterion))
    (standing,) = standings(found, capabilities=["exec"], top=2)
    assert (standing.confirmed, standing.potential, standing.seen) == (0, 2, 0)


def test_waived_level_is_marked_and_its_criterion_stays_seen() -> None:
    criterion = asked()
    found = apply([judged(criterion)], facts(waivers=(waiver(),)), under(criterion))
    (standing,) = standings(found, capabilities=["exec"], top=2)
    assert (standing.confirmed, standing.waived, standing.seen) == (2, (1,), 1)


def test_end_is_kept_to_the_second_when_read() -> None:
    criterion = asked()
    found = apply([judged(criterion)], facts(waivers=(waiver(),)), under(criterion))
    end = NOW + 30 * DAY
    before = aged(found, stale=frozenset(), now=end - timedelta(seconds=1))
    after = aged(found, stale=frozenset(), now=end)
    assert (before[0].verdict, after[0].verdict) == (WAIVED, NOT_MET)
    assert (after[0].until, after[0].otherwise) == (None, None)
    assert "ended on 2026-12-20" in after[0].sentence


def test_ended_attestation_loses_its_strength() -> None:
    criterion = asked()
    found = apply([judged(criterion, UNKNOWN)], facts(attestations=(word(),)), under(criterion))
    (after,) = aged(found, stale=frozenset(), now=NOW + 31 * DAY)
    assert (after.verdict, after.strength) == (UNKNOWN, None)


def test_stale_evidence_leaves_a_waiver_in_force() -> None:
    criterion = asked()
    found = apply([judged(criterion)], facts(waivers=(waiver(),)), under(criterion))
    (kept,) = aged(found, stale=frozenset({"mlflow"}), now=NOW)
    (gone,) = aged(found, stale=frozenset({EVERYTHING}), now=NOW)
    assert (kept.verdict, kept.otherwise) == (WAIVED, UNKNOWN)
    assert (gone.verdict, gone.until) == (UNKNOWN, None)
