"""A criterion that takes others is as good as the worst of them."""

from dataclasses import replace

import pytest

from evidence.records import BlindReason
from maturity.evaluate import unknown
from maturity.finding import Finding, Outcome, Strength, Verdict
from maturity.reading import worst_of
from maturity.result import Result
from maturity.rubric import rubric
from tests.maturity.made import DAY, NOW

MET, NOT_MET, UNKNOWN, EXEMPT = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE
BLANK = unknown(rubric().criteria[0], None, "")


def part(verdict: Verdict, *, name: str = "a", **changes: object) -> Result:
    made = replace(BLANK, criterion=name, verdict=verdict, sentence=f"{name} says {verdict}.")
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([MET, NOT_MET, UNKNOWN], NOT_MET),
        ([MET, UNKNOWN, Verdict.WAIVED], UNKNOWN),
        ([MET, Verdict.ATTESTED, Verdict.WAIVED], Verdict.ATTESTED),
        ([MET, Verdict.WAIVED], Verdict.WAIVED),
        ([MET, EXEMPT], MET),
        ([EXEMPT, EXEMPT], EXEMPT),
    ],
)
def test_worst_of_verdicts(verdicts: list[Verdict], verdict: Verdict) -> None:
    assert worst_of(BLANK, [part(each) for each in verdicts]).verdict is verdict


def test_worst_of_keeps_counts_and_findings_together() -> None:
    failing = Finding("x", "x", Outcome.FAIL, "no")
    passing = Finding("y", "y", Outcome.PASS, "yes")
    found = worst_of(
        BLANK,
        [
            part(MET, n=3, p=3, findings=(passing,), strength=Strength.DECLARED),
            part(NOT_MET, n=2, p=0, findings=(failing,), needs=("kfp",)),
        ],
    )
    assert (found.n, found.p, found.findings) == (5, 3, (failing, passing))
    assert found.strength is Strength.DECLARED
    assert "kfp" in found.needs


def test_worst_of_says_the_worst_first() -> None:
    found = worst_of(BLANK, [part(MET, name="a"), part(NOT_MET, name="b")])
    assert found.sentence == "b: b says not_met. a: a says met."
    assert worst_of(BLANK, [part(MET)]).sentence == "a says met."


def test_worst_of_names_an_absent_source_only_when_nothing_else_is_unknown() -> None:
    absent = part(UNKNOWN, reason=BlindReason.SOURCE_NOT_CONNECTED)
    stale = part(UNKNOWN, reason=BlindReason.STALE)
    assert worst_of(BLANK, [absent, stale]).reason is BlindReason.STALE
    assert worst_of(BLANK, [absent, part(MET)]).reason is BlindReason.SOURCE_NOT_CONNECTED
    assert worst_of(BLANK, [part(MET)]).reason is None


def test_worst_of_ends_with_the_first_word() -> None:
    words = [
        part(Verdict.WAIVED, until=NOW + 9 * DAY, otherwise=NOT_MET),
        part(Verdict.ATTESTED, until=NOW + DAY, otherwise=UNKNOWN),
    ]
    found = worst_of(BLANK, words)
    assert (found.verdict, found.until, found.otherwise) == (Verdict.ATTESTED, NOW + DAY, NOT_MET)
    failing = worst_of(BLANK, [*words, part(NOT_MET)])
    assert (failing.until, failing.otherwise) == (None, None)
