"""Two profiles on the same bins, brought to the common ground of the statistics."""

import numpy as np

from monitoring.distributions import Gap, Pair
from monitoring.parquet import ColumnKind, FloatArray, IntArray
from monitoring.profile import CategoricalProfile, NumericProfile, ProfileError


def pair_of_numeric_profiles(reference: NumericProfile, current: NumericProfile) -> Pair:
    """Pair two numeric profiles of equal edges."""
    edges = reference.edges
    if edges.version != current.edges.version:
        raise ProfileError("The profiles have different bins; profile the window on the reference's bins.")
    sizes = (reference.size, current.size)
    if not all(sizes):
        return Pair(kind=reference.kind, sizes=sizes)
    counts = (reference.counts, current.counts)
    return Pair(
        kind=reference.kind,
        sizes=sizes,
        counts=counts if edges.discrete else (_on_deciles(reference), _on_deciles(current)),
        discrete=edges.discrete,
        gap=gap_of_profiles(reference, current),
        deviation=reference.deviation,
    )


def pair_of_categorical_profiles(reference: CategoricalProfile, current: CategoricalProfile) -> Pair:
    """Pair two categorical profiles of equal categories; `other` and `unseen` are two more bins."""
    if reference.version != current.version:
        raise ProfileError("The profiles have different categories; profile the window on the reference's.")
    sizes = (reference.size, current.size)
    if not all(sizes):
        return Pair(kind=ColumnKind.CATEGORICAL, sizes=sizes, discrete=True)
    return Pair(
        kind=ColumnKind.CATEGORICAL,
        sizes=sizes,
        counts=(
            np.append(reference.counts, [reference.other, reference.unseen]),
            np.append(current.counts, [current.other, current.unseen]),
        ),
        discrete=True,
    )


def gap_of_profiles(reference: NumericProfile, current: NumericProfile) -> Gap:
    """F - G at the edges, and its exact integral over each bin and open tail.

    Over a bin (a, b]: integral of F = b F(b) - a F(a) - sum/n = (b - a) F(b) - (sum - a count)/n.
    """
    ours, theirs = _cumulative(reference), _cumulative(current)
    return Gap(heights=ours - theirs, integrals=_integrals(reference, ours) - _integrals(current, theirs))


def _cumulative(profile: NumericProfile) -> FloatArray:
    shares: FloatArray = np.cumsum(profile.counts)[:-1] / profile.size
    return shares


def _integrals(profile: NumericProfile, cumulative: FloatArray) -> FloatArray:
    """The integral of F up to the first edge, of F over each bin, and of F - 1 beyond the last edge."""
    edges, counts, sums = profile.edges.values, profile.counts, profile.sums
    excess = (sums[1:] - edges * counts[1:]) / profile.size  # of the values over their bin's lower edge
    first = (edges[0] * counts[0] - sums[0]) / profile.size
    inner = np.diff(edges) * cumulative[1:] - excess[:-1]
    return np.concatenate([[first], inner, [-excess[-1]]])


def _on_deciles(profile: NumericProfile) -> IntArray:
    ends = np.searchsorted(profile.edges.values, profile.edges.deciles)
    return np.diff(np.cumsum(profile.counts)[ends], prepend=0, append=profile.size)
