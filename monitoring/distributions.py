"""Two columns brought to common ground: what every statistic looks at.

Conventions, one for the whole product:

- Only finite, present values enter; missing and infinite values are checked by their shares.
- Bins of Kullback-Leibler, Jensen-Shannon and PSI: a continuous column (more than 20 distinct values on
  a side) uses the reference's deciles, bins (a, b] with open ends, so that no value falls out; a discrete
  number and a boolean use one bin for each value of either side; a category is its own bin.
- An empty bin is filled on its side alone (`filled_shares`), so a new value never gives infinity.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from monitoring.parquet import ColumnKind, FloatArray, IntArray

DECILES = np.arange(1, 10) / 10
DISCRETE_VALUES = 20  # a number with at most so many distinct values on both sides is discrete


@dataclass(frozen=True, slots=True)
class Gap:
    """The difference F - G of two cumulative distributions.

    heights: float array, F - G just after each point; integrals: float array, the integral of F - G over
    each interval (and tail), in the column's unit.
    """

    heights: FloatArray
    integrals: FloatArray


@dataclass(frozen=True, slots=True)
class Pair:
    """A reference and a current column, ready for the statistics.

    counts: int arrays (K,) of both sides on the same K bins, None without values on a side; discrete:
    whether each bin is one value; gap: None for categories; deviation: population standard deviation
    of the reference in the column's unit.
    """

    kind: ColumnKind
    sizes: tuple[int, int]
    counts: tuple[IntArray, IntArray] | None = None
    discrete: bool = False
    gap: Gap | None = None
    deviation: float = 0.0

    @property
    def spread(self) -> float:
        """1/n + 1/m, which every sampling error here grows with."""
        return 1 / self.sizes[0] + 1 / self.sizes[1]

    @property
    def occupied(self) -> int:
        """K: how many bins hold a value on either side."""
        return 0 if self.counts is None else int(np.count_nonzero(self.counts[0] + self.counts[1]))


def pair_of_numbers(reference: FloatArray, current: FloatArray, *, kind: ColumnKind) -> Pair:
    """Pair two sorted arrays of finite values, shapes (n,) and (m,)."""
    sizes = (reference.size, current.size)
    if not all(sizes):
        return Pair(kind=kind, sizes=sizes)
    discrete = max(_distinct(reference), _distinct(current)) <= DISCRETE_VALUES
    edges = np.union1d(reference, current) if discrete else deciles(reference)
    return Pair(
        kind=kind,
        sizes=sizes,
        counts=(counts_between(reference, edges=edges), counts_between(current, edges=edges)),
        discrete=discrete,
        gap=gap_of(reference, current),
        deviation=float(reference.std()),
    )


def pair_of_categories(reference: Mapping[str, int], current: Mapping[str, int]) -> Pair:
    """Pair counts by category on the union of both sides' categories."""
    sizes = (sum(reference.values()), sum(current.values()))
    if not all(sizes):
        return Pair(kind=ColumnKind.CATEGORICAL, sizes=sizes, discrete=True)
    keys = list(reference) + [key for key in current if key not in reference]
    counts = tuple(
        np.array([side.get(key, 0) for key in keys], dtype=np.int64) for side in (reference, current)
    )
    return Pair(kind=ColumnKind.CATEGORICAL, sizes=sizes, counts=(counts[0], counts[1]), discrete=True)


def gap_of(reference: FloatArray, current: FloatArray) -> Gap:
    """The exact gap of two sorted, non-empty arrays, by one merge."""
    from_reference = np.zeros(reference.size + current.size, dtype=bool)
    from_reference[np.arange(reference.size) + np.searchsorted(current, reference, side="right")] = True
    points = np.empty(from_reference.size)
    points[from_reference] = reference
    points[~from_reference] = current
    seen = np.cumsum(from_reference)
    heights = seen / reference.size - (np.arange(1, points.size + 1) - seen) / current.size
    widths = np.diff(points)
    last_of_tie = np.append(widths > 0, True)
    return Gap(heights=heights[last_of_tie], integrals=heights[:-1] * widths)


def deciles(ordered: FloatArray) -> FloatArray:
    """The distinct deciles (linear interpolation) of a sorted, non-empty array, shape (<= 9,)."""
    return np.unique(np.quantile(ordered, DECILES))


def counts_between(ordered: FloatArray, *, edges: FloatArray) -> IntArray:
    """Counts of a sorted array in the bins (a, b] around `edges`, open at both ends; shape (edges + 1,)."""
    ends = np.searchsorted(ordered, edges, side="right")
    return np.diff(ends, prepend=0, append=ordered.size).astype(np.int64, copy=False)


def filled_shares(counts: IntArray) -> FloatArray:
    """Shares of non-empty counts in which an empty bin gets a small share, so logarithms stay finite.

    The fill is 0.0001, or a millionth of the smallest share where that one is no greater than 0.0001
    (the rule of Evidently, whose figures users know). The shares are not normalised again.
    """
    shares: FloatArray = counts / counts.sum()
    smallest = float(shares[shares > 0].min())
    fill = smallest / 1e6 if smallest <= 1e-4 else 1e-4
    return np.where(shares == 0, fill, shares)


def chance_limit(pair: Pair) -> float:
    """The 99% quantile of chi-square with K - 1 degrees of freedom: how far chance alone moves K bins."""
    return float(chdtri(pair.occupied - 1, 0.01)) if pair.occupied > 1 else 0.0


def _distinct(ordered: FloatArray) -> int:
    return 1 + int(np.count_nonzero(np.diff(ordered)))
