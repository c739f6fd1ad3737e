"""Kolmogorov-Smirnov: the greatest difference of the two cumulative distributions."""

import math

from scipy.special import kolmogorov

from monitoring.distributions import Pair
from monitoring.statistics import Statistic


def difference(pair: Pair) -> float | None:
    """D = max |F - G|, a share of 0 to 1; None for categories."""
    return None if pair.gap is None else float(abs(pair.gap.heights).max())


def p_value(pair: Pair) -> float | None:
    """Chance of a D at least as great without drift: the limit distribution with Stephens' correction."""
    largest = difference(pair)
    if largest is None:
        return None
    root = math.sqrt(1 / pair.spread)
    return float(kolmogorov((root + 0.12 + 0.11 / root) * largest))


def noise_floor(pair: Pair) -> float | None:
    """1.63 * sqrt(1/n + 1/m): the 1% critical value of D."""
    return None if pair.gap is None else min(1.0, 1.63 * math.sqrt(pair.spread))


STATISTICS = (
    Statistic(
        slug="ks",
        label="Kolmogorov-Smirnov",
        unit="share",
        highest=1.0,
        formula="max |F(x) − G(x)|",
        source="Smirnov 1948; p-value after Stephens 1970; equals scipy.stats.ks_2samp in D",
        threshold=None,
        measure=difference,
        noise_floor=noise_floor,
        p_value=p_value,
    ),
)
