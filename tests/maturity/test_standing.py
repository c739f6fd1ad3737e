"""Points: what is met earns one, what is attested half, the unknown may still earn it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.records import BlindReason
from maturity.criterion import Capability, Rubric, Scoring
from maturity.evaluate import unknown
from maturity.finding import Verdict
from maturity.result import Evaluation, Result, Standing
from maturity.rubric import rubric
from maturity.standing import band, standings_under

MET, NOT_MET, UNKNOWN, EXEMPT = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE
ATTESTED, WAIVED = Verdict.ATTESTED, Verdict.WAIVED
BANDS = (0.0, 1.0, 2.0)
SIZE = 4


def of_points(*, by_word: int = 0) -> Rubric:
    """One section of four tests; the first `by_word` of them only a person can answer."""
    blank = replace(rubric().criteria[0], capability="data", level=0, parts=())
    tests = [
        replace(blank, id=f"t{n}", attested=n < by_word, probe="" if n < by_word else blank.probe)
        for n in range(SIZE)
    ]
    return replace(
        rubric(),
        scoring=Scoring.POINTS,
        bands=BANDS,
        levels=("none", "some", "more", "most"),
        capabilities=(Capability("data", "Data", "Data"),),
        criteria=tuple(tests),
    )


def results(under: Rubric, verdicts: list[Verdict]) -> list[Result]:
    return [
        replace(
            unknown(criterion, BlindReason.NO_SAMPLE if verdict is UNKNOWN else None, "so"), verdict=verdict
        )
        for criterion, verdict in zip(under.criteria, verdicts, strict=True)
    ]


def section(under: Rubric, verdicts: list[Verdict]) -> Standing:
    return standings_under(results(under, verdicts), under=under)[0]


@pytest.mark.parametrize(
    ("by_word", "verdicts", "score", "potential"),
    [
        (0, [MET, MET, NOT_MET, UNKNOWN], 2.0, 3.0),
        (2, [UNKNOWN, UNKNOWN, MET, MET], 2.0, 3.0),
        (1, [ATTESTED, NOT_MET, NOT_MET, NOT_MET], 0.5, 0.5),
        (0, [ATTESTED, NOT_MET, NOT_MET, NOT_MET], 0.5, 1.0),
        (0, [WAIVED, EXEMPT, NOT_MET, NOT_MET], 0.0, 0.0),
        (0, [UNKNOWN] * SIZE, 0.0, 4.0),
    ],
)
def test_section_sums_points(by_word: int, verdicts: list[Verdict], score: float, potential: float) -> None:
    found = section(of_points(by_word=by_word), verdicts)
    assert (found.score, found.score_potential) == (score, potential)


@pytest.mark.parametrize(("score", "level"), [(0, 0), (0.5, 1), (1, 1), (1.5, 2), (2, 2), (4, 3)])
def test_band_counts_the_bounds_exceeded(score: float, level: int) -> None:
    assert band(score, bands=BANDS) == level


def test_section_stands_at_its_band() -> None:
    found = section(of_points(), [MET, MET, NOT_MET, UNKNOWN])
    assert (found.confirmed, found.potential, found.seen, found.applicable) == (2, 3, 3, 4)


def test_final_score_is_the_least_section() -> None:
    sections = (
        Standing("a", 1, 3, 0, 0, score=1.0, score_potential=3.0),
        Standing("b", 2, 2, 0, 0, score=2.0, score_potential=2.0),
    )
    found = Evaluation((), sections)
    assert (found.score, found.score_potential, found.confirmed, found.potential) == (1.0, 2.0, 1, 2)


@given(
    verdicts=st.lists(st.sampled_from(list(Verdict)), min_size=SIZE, max_size=SIZE),
    by_word=st.integers(0, SIZE),
    at=st.integers(0, SIZE - 1),
)
def test_seeing_a_test_stays_within_the_interval(verdicts: list[Verdict], by_word: int, at: int) -> None:
    under = of_points(by_word=by_word)
    verdicts[at] = UNKNOWN
    before = section(under, verdicts)
    best = ATTESTED if under.criteria[at].needs_word else MET
    for seen in (NOT_MET, EXEMPT, ATTESTED, best):
        verdicts[at] = seen
        after = section(under, verdicts)
        assert (before.score or 0) <= (after.score or 0)
        assert (after.score_potential or 0) <= (before.score_potential or 0)
