"""Kullback-Leibler divergence of the current column from the reference."""

import numpy as np

from monitoring.distributions import Pair, chance_limit, filled_shares
from monitoring.statistics import Statistic


def divergence(pair: Pair) -> float | None:
    """D(reference || current) = sum p ln(p / q) in nats; empty bins filled, then both sides normalised."""
    if pair.counts is None:
        return None
    p, q = (filled_shares(counts[pair.counts[0] + pair.counts[1] > 0]) for counts in pair.counts)
    p, q = p / p.sum(), q / q.sum()
    return max(0.0, float((p * np.log(p / q)).sum()))


def noise_floor(pair: Pair) -> float | None:
    """X (1/n + 1/m) / 2, with X the 99% quantile of chi-square with K - 1 degrees of freedom."""
    return None if pair.counts is None else chance_limit(pair) * pair.spread / 2


STATISTICS = (
    Statistic(
        slug="kl",
        label="Kullback-Leibler divergence",
        unit="nats",
        formula="Σ p ln(p / q)",
        source="Kullback and Leibler 1951",
        threshold=None,
        measure=divergence,
        noise_floor=noise_floor,
    ),
)
