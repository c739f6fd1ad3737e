"""Baseline and window side by side for the eye: shares in a few bins that both have in common."""

import itertools
from dataclasses import dataclass

import numpy as np

from monitoring.parquet import FloatArray
from monitoring.profile import CategoricalProfile, ColumnProfile, NumericProfile

BINS = 30
MOST_CATEGORIES = 15
SKEWED = 20.0  # the 99th percentile over the median, from which on a logarithmic scale reads better
TAIL = 0.005  # of either side is left to the outermost bins


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Shares of 0 to 1, one for each bin and side. `edges`: bins + 1 bounds, empty where bins are names."""

    labels: tuple[str, ...]
    edges: tuple[float, ...]
    baseline: tuple[float, ...]
    window: tuple[float, ...]
    is_logarithmic: bool = False


def histogram(baseline: ColumnProfile, window: ColumnProfile) -> Histogram | None:
    """Both sides on common bins; None where a side has no value or they are of different kinds."""
    match baseline, window:
        case NumericProfile(), NumericProfile() if baseline.size and window.size:
            return _of_values(baseline, window) if baseline.edges.discrete else _of_numbers(baseline, window)
        case CategoricalProfile(), CategoricalProfile() if baseline.size and window.size:
            return _of_categories(baseline, window)
    return None


def median(profile: NumericProfile) -> float:
    """The median, by linear interpolation inside its bin; the profile holds a value."""
    points, shares = _cumulative(profile)
    return float(np.interp(0.5, shares, points))


def _of_numbers(baseline: NumericProfile, window: NumericProfile) -> Histogram:
    sides = [_cumulative(side) for side in (baseline, window)]
    low = min(float(np.interp(TAIL, shares, points)) for points, shares in sides)
    high = max(float(np.interp(1 - TAIL, shares, points)) for points, shares in sides)
    middle = median(baseline)
    logarithmic = low > 0 and high / middle >= SKEWED
    edges = np.geomspace(low, high, BINS + 1) if logarithmic else np.linspace(low, high, BINS + 1)
    shares = [_shares(side, edges) for side in sides]
    return Histogram(
        labels=tuple(f"{start:.3g} – {end:.3g}" for start, end in itertools.pairwise(edges)),
        edges=tuple(edges.tolist()),
        baseline=shares[0],
        window=shares[1],
        is_logarithmic=logarithmic,
    )


def _cumulative(profile: NumericProfile) -> tuple[FloatArray, FloatArray]:
    """Points and the shares of values up to them, both increasing, from the lowest to the highest value."""
    low, high = profile.low or 0.0, profile.high or 0.0
    inner = (profile.edges.values > low) & (profile.edges.values < high)
    shares = np.cumsum(profile.counts)[:-1] / profile.size
    points = np.concatenate([[low], profile.edges.values[inner], [high]])
    return points, np.concatenate([[0.0], shares[inner], [1.0]])


def _shares(side: tuple[FloatArray, FloatArray], edges: FloatArray) -> tuple[float, ...]:
    """Shares of the bins; what lies outside of the drawn range goes to the outermost ones."""
    points, shares = side
    reached = np.interp(edges, points, shares)
    reached[0], reached[-1] = 0.0, 1.0
    return tuple(np.diff(reached).tolist())


def _of_values(baseline: NumericProfile, window: NumericProfile) -> Histogram:
    """One bin a value of the baseline; its profile has a bin of its own for each, and one for what lies
    between."""
    rows = []
    for side in (baseline, window):
        counts = side.counts[1::2]  # the others lie between the values
        rows.append([*counts.tolist(), side.size - int(counts.sum())])
    labels = [*(f"{value:g}" for value in baseline.edges.values[1::2]), "other"]
    return _of_counts(labels, rows[0], rows[1])


def _of_categories(baseline: CategoricalProfile, window: CategoricalProfile) -> Histogram:
    kept = list(range(min(len(baseline.categories), MOST_CATEGORIES)))
    labels = [*(baseline.categories[place] for place in kept), "other"]
    rows = []
    for side in (baseline, window):
        counts = [int(side.counts[place]) for place in kept]
        rows.append([*counts, side.size - sum(counts)])
    return _of_counts(labels, rows[0], rows[1])


def _of_counts(labels: list[str], baseline: list[int], window: list[int]) -> Histogram:
    """Named bins; a last one that is empty on both sides is left out."""
    if not baseline[-1] and not window[-1]:
        labels, baseline, window = labels[:-1], baseline[:-1], window[:-1]
    return Histogram(
        labels=tuple(labels),
        edges=(),
        baseline=tuple(count / sum(baseline) for count in baseline),
        window=tuple(count / sum(window) for count in window),
    )
