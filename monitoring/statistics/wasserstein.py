"""Wasserstein distance of order 1: how far, on average, values moved from one column to the other."""

import math

from monitoring.distributions import Pair
from monitoring.statistics import Statistic

SMALLEST_DEVIATION = 1e-3  # keeps the normalised distance of a constant reference finite
# The 99% point, over sqrt(1/n + 1/m), of the normalised distance of two samples of one column: simulated
# as 2.5 (uniform), 2.6 (zero-inflated), 2.7 (normal) and 3.0 (lognormal, t with 3 degrees of freedom).
FLOOR = 2.8


def distance(pair: Pair) -> float | None:
    """W1 = integral of |F - G|, in the column's unit; None for categories."""
    return None if pair.gap is None else float(abs(pair.gap.integrals).sum())


def normalised_distance(pair: Pair) -> float | None:
    """W1 / max(standard deviation of the reference, 0.001), in reference deviations."""
    moved = distance(pair)
    return None if moved is None else moved / _scale(pair)


def noise_floor(pair: Pair) -> float | None:
    """FLOOR * sqrt(1/n + 1/m) in reference deviations."""
    return None if pair.gap is None else FLOOR * math.sqrt(pair.spread)


def raw_noise_floor(pair: Pair) -> float | None:
    """The same floor in the column's unit."""
    floor = noise_floor(pair)
    return None if floor is None else floor * pair.deviation


def _scale(pair: Pair) -> float:
    return max(pair.deviation, SMALLEST_DEVIATION)


_SOURCE = "Vallender 1974; equals scipy.stats.wasserstein_distance"

STATISTICS = (
    Statistic(
        slug="wasserstein",
        label="Wasserstein distance",
        unit="the column's unit",
        formula="∫ |F(x) − G(x)| dx",
        source=_SOURCE,
        threshold=None,
        measure=distance,
        noise_floor=raw_noise_floor,
    ),
    Statistic(
        slug="wasserstein_normalised",
        label="normalised Wasserstein distance",
        unit="standard deviations of the reference",
        formula="∫ |F(x) − G(x)| dx / max(σ, 0.001)",
        source=_SOURCE,
        threshold=0.1,
        measure=normalised_distance,
        noise_floor=noise_floor,
    ),
)
