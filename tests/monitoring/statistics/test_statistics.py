"""Every statistic against SciPy, its noise floor, and its behaviour on odd columns."""

import math
from types import ModuleType

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from core.registry import RegistryError
from monitoring import statistics
from monitoring.distributions import Pair, filled_shares, pair_of_categories, pair_of_numbers
from monitoring.parquet import ColumnKind, FloatArray
from monitoring.statistics import all_statistics

SHAPES = ("normal", "lognormal", "zero_inflated", "few", "offset")


def sample(shape: str, *, rows: int, seed: int, shift: float = 0.0) -> FloatArray:
    random = np.random.default_rng(seed)
    values = {
        "normal": random.normal(size=rows),
        "lognormal": random.lognormal(size=rows),
        "zero_inflated": np.where(random.uniform(size=rows) < 0.7, 0.0, random.exponential(size=rows)),
        "few": random.integers(0, 6, rows).astype(np.float64),
        "offset": 1.7e9 + random.normal(size=rows),
    }
    return np.sort(values[shape] + shift)


def numbers(reference: FloatArray, current: FloatArray) -> Pair:
    return pair_of_numbers(reference, current, kind=ColumnKind.NUMERIC)


def value(slug: str, pair: Pair) -> float:
    measured = all_statistics()[slug].measure(pair)
    assert measured is not None
    return measured


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "m"), [(3000, 1700), (1, 1), (2, 500)])
def test_wasserstein_and_ks_equal_scipy(shape: str, n: int, m: int) -> None:
    reference, current = sample(shape, rows=n, seed=1), sample(shape, rows=m, seed=2, shift=0.3)
    pair = numbers(reference, current)

    assert value("wasserstein", pair) == pytest.approx(
        stats.wasserstein_distance(reference, current), rel=1e-12
    )
    assert value("ks", pair) == pytest.approx(stats.ks_2samp(reference, current).statistic, rel=1e-12)


def test_wasserstein_normalised_divides_by_the_reference_deviation() -> None:
    reference, current = sample("normal", rows=900, seed=1) * 7, sample("normal", rows=800, seed=2)
    pair = numbers(reference, current)

    assert value("wasserstein_normalised", pair) == pytest.approx(
        value("wasserstein", pair) / reference.std(), rel=1e-12
    )


@pytest.mark.parametrize("d", [0.01, 0.03, 0.06])
def test_ks_p_value_is_near_the_exact_one(d: float) -> None:
    reference = np.linspace(0, 1, 2000)
    pair = numbers(reference, reference + d)
    p_value = all_statistics()["ks"].p_value

    assert p_value is not None
    exact = stats.ks_2samp(reference, reference + d, method="exact").pvalue
    assert p_value(pair) == pytest.approx(exact, abs=0.01)


def test_chi_square_equals_scipy_with_an_unseen_category() -> None:
    before, after = {"a": 500, "b": 300, "c": 7}, {"a": 90, "c": 2, "z": 41}
    pair = pair_of_categories(before, after)
    table = [[500, 300, 7, 0], [90, 0, 2, 41]]
    expected = stats.chi2_contingency(table, correction=False)
    p_value = all_statistics()["chi2"].p_value

    assert value("chi2", pair) == pytest.approx(expected.statistic, rel=1e-12)
    assert p_value is not None
    assert p_value(pair) == pytest.approx(expected.pvalue, rel=1e-9)


def test_chi_square_of_few_numbers_is_taken_over_their_values() -> None:
    reference, current = sample("few", rows=2000, seed=1), sample("few", rows=700, seed=2)
    table = [[int((side == number).sum()) for number in range(6)] for side in (reference, current)]

    assert value("chi2", numbers(reference, current)) == pytest.approx(
        stats.chi2_contingency(table, correction=False).statistic, rel=1e-12
    )


def test_jensen_shannon_and_kullback_leibler_equal_scipy() -> None:
    before, after = {"a": 500, "b": 300, "c": 70}, {"a": 90, "b": 80, "c": 20}
    pair = pair_of_categories(before, after)
    p, q = np.array([500, 300, 70]) / 870, np.array([90, 80, 20]) / 190

    assert value("js", pair) == pytest.approx(jensenshannon(p, q), rel=1e-9)
    assert value("kl", pair) == pytest.approx(stats.entropy(p, q), rel=1e-9)
    assert value("psi", pair) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p), rel=1e-9)


def test_psi_of_a_continuous_column_uses_the_reference_deciles() -> None:
    reference, current = sample("normal", rows=5000, seed=1), sample("normal", rows=3000, seed=2, shift=0.4)
    edges = [-np.inf, *np.quantile(reference, np.arange(1, 10) / 10), np.inf]
    p, q = (np.diff(np.searchsorted(side, edges, side="right")) / side.size for side in (reference, current))

    assert value("psi", numbers(reference, current)) == pytest.approx(
        ((p - q) * np.log(p / q)).sum(), rel=1e-12
    )


@pytest.mark.parametrize(
    ("counts", "fill"), [([0, 50, 50], 1e-4), ([0, 1, 99_999], 1e-5 / 1e6), ([0, 1, 9_999], 1e-4 / 1e6)]
)
def test_filled_shares_fill_by_the_smallest_share(counts: list[int], fill: float) -> None:
    assert filled_shares(np.array(counts))[0] == pytest.approx(fill)


@pytest.mark.parametrize("slug", ["wasserstein", "ks", "chi2", "cramers_v"])
def test_statistics_that_do_not_apply_are_none(slug: str) -> None:
    continuous = numbers(sample("normal", rows=400, seed=1), sample("normal", rows=400, seed=2))
    categories = pair_of_categories({"a": 1}, {"a": 2})
    pair = continuous if slug in ("chi2", "cramers_v") else categories

    assert all_statistics()[slug].measure(pair) is None
    assert all_statistics()[slug].noise_floor(pair) is None


@pytest.mark.parametrize("slug", sorted(all_statistics()))
def test_statistics_of_equal_constants_are_zero_or_none(slug: str) -> None:
    pair = numbers(np.full(400, 5.0), np.full(300, 5.0))

    assert all_statistics()[slug].measure(pair) == 0


@pytest.mark.parametrize("slug", sorted(all_statistics()))
def test_statistics_of_an_empty_side_are_none(slug: str) -> None:
    assert all_statistics()[slug].measure(numbers(np.zeros(0), np.ones(3))) is None


@pytest.mark.parametrize("slug", sorted(all_statistics()))
def test_statistics_stay_in_their_range_when_nothing_is_shared(slug: str) -> None:
    statistic = all_statistics()[slug]
    for pair in (numbers(np.zeros(500), np.ones(400)), pair_of_categories({"a": 500}, {"b": 400})):
        measured = statistic.measure(pair)
        if measured is not None:
            assert math.isfinite(measured)
            assert statistic.lowest < measured <= (statistic.highest or math.inf) + 1e-12


@pytest.mark.parametrize("slug", sorted(all_statistics()))
def test_noise_floor_holds_99_of_100_undrifted_columns(slug: str) -> None:
    statistic, exceeded, windows = all_statistics()[slug], 0, 400
    for seed in range(windows):
        pair = _undrifted(slug, seed=seed)
        measured, floor = statistic.measure(pair), statistic.noise_floor(pair)
        assert measured is not None
        assert floor is not None
        exceeded += measured > floor
    assert exceeded <= 0.03 * windows


def _undrifted(slug: str, *, seed: int) -> Pair:
    if slug in ("chi2", "cramers_v"):
        return numbers(sample("few", rows=2000, seed=seed), sample("few", rows=600, seed=seed + 10_000))
    return numbers(sample("normal", rows=2000, seed=seed), sample("normal", rows=600, seed=seed + 10_000))


def test_a_module_without_statistics_declares_none() -> None:
    assert statistics._declared(ModuleType("empty")) is None


def test_a_repeated_slug_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tuple(all_statistics().values())
    monkeypatch.setattr(statistics, "scan", lambda *_: {"first": known, "second": known})
    all_statistics.cache_clear()
    try:
        with pytest.raises(RegistryError, match="repeats"):
            all_statistics()
    finally:
        all_statistics.cache_clear()
