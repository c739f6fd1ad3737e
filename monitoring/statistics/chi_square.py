"""Chi-square of homogeneity on the 2 x K table of both sides, with Cramer's V as its effect size.

Both sides are samples, so both enter the expected counts; a value unseen in the reference gives a finite
figure. Applies to categories, booleans and numbers with few distinct values.
"""

import math

import numpy as np
from scipy.special import chdtrc

from monitoring.distributions import Pair, chance_limit
from monitoring.statistics import Statistic


def statistic(pair: Pair) -> float | None:
    """X2 = sum (observed - expected)^2 / expected over the non-empty columns, without correction."""
    if pair.counts is None or not pair.discrete:
        return None
    table = np.stack(pair.counts).astype(np.float64)
    table = table[:, table.sum(axis=0) > 0]
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(((table - expected) ** 2 / expected).sum())


def cramers_v(pair: Pair) -> float | None:
    """Cramer's V with Bergsma's correction of its bias, 0 to 1."""
    value = statistic(pair)
    return None if value is None else _effect(value, pair=pair)


def p_value(pair: Pair) -> float | None:
    """Chance of an X2 at least as great without drift, K - 1 degrees of freedom."""
    value = statistic(pair)
    if value is None:
        return None
    return float(chdtrc(pair.occupied - 1, value)) if pair.occupied > 1 else 1.0


def noise_floor(pair: Pair) -> float | None:
    """The 99% quantile of chi-square with K - 1 degrees of freedom."""
    return None if statistic(pair) is None else chance_limit(pair)


def effect_floor(pair: Pair) -> float | None:
    """V at the 99% quantile of X2."""
    floor = noise_floor(pair)
    return None if floor is None else _effect(floor, pair=pair)


def _effect(value: float, *, pair: Pair) -> float:
    total, columns = sum(pair.sizes), pair.occupied
    if columns < 2 or total < 2:
        return 0.0
    excess = max(0.0, value / total - (columns - 1) / (total - 1))
    side = min(columns - (columns - 1) ** 2 / (total - 1), 2 - 1 / (total - 1)) - 1
    return min(1.0, math.sqrt(excess / side)) if side > 0 else 0.0


STATISTICS = (
    Statistic(
        slug="chi2",
        label="chi-square",
        unit="none; grows with the sample",
        formula="Σ (O − E)² / E",
        source="Pearson 1900; equals scipy.stats.chi2_contingency without correction",
        threshold=None,
        measure=statistic,
        noise_floor=noise_floor,
        p_value=p_value,
    ),
    Statistic(
        slug="cramers_v",
        label="Cramér's V",
        unit="share",
        highest=1.0,
        formula="√(max(0, χ²/N − (K−1)/(N−1)) / min(K̃−1, R̃−1))",
        source="Cramér 1946; bias correction after Bergsma 2013",
        threshold=0.1,
        measure=cramers_v,
        noise_floor=effect_floor,
    ),
)
