"""Profiles: one pass equals many parts, and the figures made from them are the exact ones."""

import json
from functools import reduce
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.distributions import Pair, pair_of_numbers
from monitoring.parquet import Categories, ColumnKind, FloatArray, Numbers
from monitoring.profile import (
    Edges,
    NumericProfile,
    PresenceProfile,
    Profile,
    ProfileError,
    edges_of,
    merge,
    merge_columns,
    merge_numbers,
    profile_categories,
    profile_numbers,
    profile_reference_categories,
)
from monitoring.profile_json import from_json, to_json
from monitoring.profile_pair import pair_of_numeric_profiles
from monitoring.statistics import all_statistics

RANDOM = np.random.default_rng(7)
REFERENCE = np.sort(RANDOM.lognormal(size=20_000))
finite = st.floats(-1e6, 1e6, allow_nan=False)


def profiled(values: FloatArray, edges: Edges, *, missing: int = 0) -> NumericProfile:
    batch = Numbers(values=values, missing=missing, nonfinite=0)
    return profile_numbers(batch, edges=edges, kind=ColumnKind.NUMERIC, dtype="float64")


@given(parts=st.lists(st.lists(finite, max_size=30), min_size=1, max_size=6), random=st.randoms())
def test_merge_of_parts_in_any_order_equals_one_pass(parts: list[list[float]], random: Random) -> None:
    edges = edges_of(np.sort(np.array([value for part in parts for value in part][:20] or [0.0])))
    whole = profiled(np.array([value for part in parts for value in part]), edges)
    shuffled = sorted(parts, key=lambda _: random.random())

    merged = reduce(merge_numbers, (profiled(np.array(part, dtype=float), edges) for part in shuffled))

    assert merged.counts.tolist() == whole.counts.tolist()
    np.testing.assert_allclose(merged.sums, whole.sums, rtol=1e-12, atol=1e-6)
    assert (merged.low, merged.high) == (whole.low, whole.high)
    assert merged.square_sum == pytest.approx(whole.square_sum, rel=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.4])
def test_profile_gives_the_exact_figures_within_its_bounds(shift: float) -> None:
    current = np.sort(RANDOM.lognormal(size=9_000)) + shift
    exact = pair_of_numbers(REFERENCE, current, kind=ColumnKind.NUMERIC)
    edges = edges_of(REFERENCE)
    near = pair_of_numeric_profiles(profiled(REFERENCE, edges), profiled(current, edges))

    for slug in ("psi", "kl", "js"):
        assert _value(slug, near) == pytest.approx(_value(slug, exact), rel=1e-12)
    assert _value("ks", near) == pytest.approx(_value("ks", exact), abs=0.004)
    assert _value("wasserstein_normalised", near) == pytest.approx(
        _value("wasserstein_normalised", exact), abs=4e-3
    )
    assert near.deviation == pytest.approx(exact.deviation, rel=1e-9)


def _value(slug: str, pair: Pair) -> float:
    value = all_statistics()[slug].measure(pair)
    assert value is not None
    return value


def test_few_values_get_a_bin_each_and_lose_nothing() -> None:
    reference = np.sort(RANDOM.integers(0, 12, 3_000).astype(float))
    current = np.sort(RANDOM.integers(0, 12, 900).astype(float))
    edges = edges_of(reference)
    near = pair_of_numeric_profiles(profiled(reference, edges), profiled(current, edges))
    exact = pair_of_numbers(reference, current, kind=ColumnKind.NUMERIC)

    assert edges.discrete
    assert edges.values[1::2].tolist() == list(range(12))
    for slug in all_statistics():
        assert _value(slug, near) == pytest.approx(_value(slug, exact), rel=1e-9, abs=1e-12)


def test_a_heavy_atom_gets_a_bin_of_its_own() -> None:
    values = np.sort(np.concatenate([np.zeros(5_000), RANDOM.normal(size=5_000)]))
    edges = edges_of(values)
    counts = profiled(values, edges).counts
    place = int(np.searchsorted(edges.values, 0.0))

    assert counts[place] == 5_000
    assert edges.values.size <= 256
    assert all(low < high for low, high in pairwise(edges.values))


def test_a_large_offset_costs_no_precision_of_the_deviation() -> None:
    values = np.sort(1.7e9 + RANDOM.normal(size=5_000))
    assert profiled(values, edges_of(values)).deviation == pytest.approx(values.std(), rel=1e-6)


def test_an_empty_column_has_a_profile() -> None:
    column = profiled(np.zeros(0), edges_of(np.zeros(0)), missing=4)
    assert (column.size, column.missing, column.low, column.deviation) == (0, 4, None, 0.0)


def test_merge_refuses_other_bins() -> None:
    first = profiled(REFERENCE, edges_of(REFERENCE))
    second = profiled(REFERENCE, edges_of(REFERENCE * 2))
    with pytest.raises(ProfileError, match="different bins"):
        merge_columns(first, second)
    with pytest.raises(ProfileError, match="different bins"):
        pair_of_numeric_profiles(first, second)


def test_categories_keep_the_commonest_and_count_the_unseen() -> None:
    reference = profile_reference_categories(Categories(counts={"b": 2, "a": 5}, missing=1), dtype="string")
    window = profile_categories(
        Categories(counts={"a": 1, "z": 3}, missing=0), reference=reference, dtype="string"
    )

    assert reference.categories == ("a", "b")
    assert (window.counts.tolist(), window.unseen, window.other) == ([1, 0], 3, 0)


def test_categories_beyond_the_top_fall_together() -> None:
    counts = {f"v{number:04d}": 2000 - number for number in range(1500)}
    reference = profile_reference_categories(Categories(counts=counts, missing=0), dtype="string")

    assert len(reference.categories) == 1024
    assert reference.other == sum(2000 - number for number in range(1024, 1500))
    assert reference.size == sum(counts.values())


def test_json_gives_an_equal_profile_back() -> None:
    profile = _table()
    stored = json.loads(json.dumps(to_json(profile), allow_nan=False))

    assert to_json(from_json(stored)) == to_json(profile)
    merged = merge(from_json(stored), profile)
    assert merged.rows == 2 * profile.rows


@pytest.mark.parametrize(
    ("path", "value"),
    [(("edges",), [1.0]), (("type",), "cube"), (("counts",), "many"), (("missing",), 1.5)],
)
def test_from_json_refuses_a_damaged_profile(path: tuple[str], value: object) -> None:
    stored = json.loads(json.dumps(to_json(_table())))
    stored["columns"]["x"][path[0]] = value
    with pytest.raises(ProfileError, match="cannot be read"):
        from_json(stored)


def _table() -> Profile:
    numbers = profiled(REFERENCE, edges_of(REFERENCE), missing=3)
    categories = profile_reference_categories(Categories(counts={"a": 20_003}, missing=0), dtype="string")
    dates = PresenceProfile(kind=ColumnKind.DATETIME, dtype="datetime", rows=20_003, missing=9)
    return Profile(
        rows=20_003, columns={"x": numbers, "c": categories, "d": dates}, failed={"id": "too many"}
    )
