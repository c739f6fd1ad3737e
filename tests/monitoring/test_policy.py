"""From figures to states."""

import numpy as np
import pytest

from monitoring.comparison import compare_pair
from monitoring.distributions import pair_of_categories, pair_of_numbers
from monitoring.parquet import ColumnKind, FloatArray, IntArray
from monitoring.policy import Check, Presence, State, Verdict, judge_column, judge_dataset


def check(value: float, *, threshold: float = 0.1, floor: float = 0.02) -> Check:
    return Check(slug="psi", label="PSI", value=value, threshold=threshold, floor=floor, minimum_sample=300)


def judge(value: float, *, floor: float = 0.02, rows: int = 1000) -> Verdict:
    side = Presence(rows=rows)
    return judge_column(reference=side, current=side, checks=[check(value, floor=floor)])


@pytest.mark.parametrize(
    ("value", "floor", "rows", "state"),
    [
        (0.05, 0.02, 1000, State.OK),
        (0.1, 0.02, 1000, State.BREACH),
        (0.15, 0.2, 1000, State.INSUFFICIENT),  # chance alone gives so much
        (0.25, 0.2, 1000, State.BREACH),  # more than chance gives
        (0.9, 0.02, 299, State.INSUFFICIENT),  # too few rows, whatever the value
    ],
)
def test_judge_column_breaches_at_threshold_and_floor(
    value: float, floor: float, rows: int, state: State
) -> None:
    assert judge(value, floor=floor, rows=rows).state is state


def test_judge_column_gives_its_numbers() -> None:
    reason = judge(0.25).reason
    assert reason == "PSI 0.25 reaches 0.1 (threshold 0.1, noise floor 0.02) on 1,000 values against 1,000."
    assert judge(0.25).is_critical
    assert not judge(0.2).is_critical


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        (Presence(rows=1000), Presence(rows=1000, missing=1000), State.BREACH),
        (Presence(rows=1000), Presence(rows=1000, missing=15), State.BREACH),
        (Presence(rows=1000), Presence(rows=1000, missing=5), State.OK),
        (Presence(rows=1000, missing=100), Presence(rows=1000, missing=130), State.OK),
        (Presence(rows=1000), Presence(rows=20, missing=20), State.INSUFFICIENT),
        (Presence(rows=1000), Presence(rows=1000, nonfinite=200), State.BREACH),
        (Presence(rows=1000), Presence(rows=1000, unseen=9), State.OK),
        (Presence(rows=1000), Presence(rows=1000, unseen=10), State.BREACH),
        (Presence(rows=10, missing=10), Presence(rows=10, missing=10), State.NO_DATA),
        (Presence(rows=0), Presence(rows=10), State.NO_DATA),
    ],
)
def test_judge_column_watches_presence(before: Presence, after: Presence, state: State) -> None:
    assert judge_column(reference=before, current=after, checks=[check(0.0)]).state is state


def test_judge_dataset_counts_only_what_could_be_judged() -> None:
    states = [State.BREACH, State.OK, State.INSUFFICIENT, State.ERROR]
    verdict = judge_dataset({str(state): Verdict(state=state, reason="") for state in states})

    assert verdict.state is State.BREACH
    assert verdict.reason == "1 of 2 judged columns drifted (50%, bar 50%); 2 could not be judged."


@pytest.mark.parametrize(("state", "whole"), [(State.INSUFFICIENT,) * 2, (State.ERROR, State.NO_DATA)])
def test_judge_dataset_says_when_nothing_could_be_judged(state: State, whole: State) -> None:
    assert judge_dataset({"a": Verdict(state=state, reason="")}).state is whole


def test_undrifted_numbers_rarely_alarm() -> None:
    random = np.random.default_rng(1)
    reference = np.sort(random.normal(size=20_000))
    windows = (np.sort(random.normal(size=rows)) for rows in [300, 1000, 5000] * 150)
    states = [_numeric_state(reference, window) for window in windows]

    assert states.count(State.BREACH) <= 0.01 * len(states)


def test_undrifted_categories_rarely_alarm() -> None:
    random = np.random.default_rng(3)
    shares = random.dirichlet(np.ones(50))
    before = _tally(random.multinomial(50_000, shares))
    states = [_category_state(before, _tally(random.multinomial(600, shares))) for _ in range(300)]

    assert states.count(State.BREACH) <= 0.01 * len(states)


def test_a_shift_of_15_hundredths_of_a_deviation_is_found() -> None:
    random = np.random.default_rng(2)
    reference = np.sort(random.normal(size=20_000))
    states = [_numeric_state(reference, np.sort(random.normal(0.15, 1, 5000))) for _ in range(200)]

    assert states.count(State.BREACH) >= 0.99 * len(states)


def _numeric_state(reference: FloatArray, current: FloatArray) -> State:
    pair = pair_of_numbers(reference, current, kind=ColumnKind.NUMERIC)
    ours, theirs = Presence(rows=reference.size), Presence(rows=current.size)
    return compare_pair(pair, reference=ours, current=theirs).verdict.state


def _category_state(before: dict[str, int], after: dict[str, int]) -> State:
    ours, theirs = Presence(rows=sum(before.values())), Presence(rows=sum(after.values()))
    return compare_pair(pair_of_categories(before, after), reference=ours, current=theirs).verdict.state


def _tally(counts: IntArray) -> dict[str, int]:
    return {f"k{place}": int(count) for place, count in enumerate(counts) if count}
