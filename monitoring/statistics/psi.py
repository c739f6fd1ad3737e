"""Population stability index: Kullback-Leibler in both directions, the figure of credit scoring."""

import numpy as np

from monitoring.distributions import Pair, chance_limit, filled_shares
from monitoring.statistics import Statistic


def index(pair: Pair) -> float | None:
    """PSI = sum (p - q) ln(p / q) in nats; empty bins filled and not normalised again."""
    if pair.counts is None:
        return None
    p, q = (filled_shares(counts[pair.counts[0] + pair.counts[1] > 0]) for counts in pair.counts)
    return float(((p - q) * np.log(p / q)).sum())


def noise_floor(pair: Pair) -> float | None:
    """X (1/n + 1/m), with X the 99% quantile of chi-square with K - 1 degrees of freedom."""
    return None if pair.counts is None else chance_limit(pair) * pair.spread


STATISTICS = (
    Statistic(
        slug="psi",
        label="population stability index",
        unit="nats",
        formula="Σ (p − q) ln(p / q)",
        source="Yurdakul 2018 (distribution without drift); 0.1 and 0.25 by custom of credit scoring",
        threshold=0.1,
        measure=index,
        noise_floor=noise_floor,
    ),
)
