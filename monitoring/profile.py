"""Profiles: mergeable one-pass summaries of columns, from which every statistic can be made again.

A numeric profile holds (count, sum) in at most 257 bins whose edges come from the reference, so any two
windows of one monitor are comparable and partial profiles add up: merge(a, b) is associative and
commutative. Kullback-Leibler, Jensen-Shannon and PSI are exact on it; Kolmogorov-Smirnov is low by at
most the greatest share of one bin, Wasserstein is exact wherever F - G keeps its sign inside a bin.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitoring.distributions import DISCRETE_VALUES, counts_between, deciles
from monitoring.parquet import Categories, ColumnKind, FloatArray, IntArray, Numbers

QUANTILES = np.arange(1, 250) / 250  # holds the deciles; an atom takes two edges where it took two quantiles
EXACT_VALUES = 256  # at most so many distinct values get an edge each
TOP_CATEGORIES = 1024


class ProfileError(Exception):
    """Two profiles do not fit together, or a stored one cannot be read."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The bins of a numeric column, fixed by its reference.

    values: increasing float array (k,), bins (a, b] around it open at both ends; deciles: those of the
    edges that are the reference's deciles; discrete: whether each of its values has a bin of its own.
    """

    values: FloatArray
    deciles: FloatArray
    discrete: bool

    @property
    def version(self) -> str:
        """Digest of the bins; profiles of equal version can be merged and compared."""
        content = self.values.tobytes() + self.deciles.tobytes() + bytes([self.discrete])
        return hashlib.sha256(content).hexdigest()[:16]

    @property
    def pivot(self) -> float:
        """The edge that squares are taken about, so that a large mean costs no precision."""
        return float(self.values[self.values.size // 2])


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericProfile:
    """A numeric or boolean column: counts and sums (k + 1,) in the bins of `edges`."""

    kind: ColumnKind
    dtype: str
    edges: Edges
    counts: IntArray
    sums: FloatArray
    missing: int
    nonfinite: int
    low: float | None
    high: float | None
    square_sum: float  # of (x - edges.pivot), squared

    @property
    def size(self) -> int:
        """How many finite values entered."""
        return int(self.counts.sum())

    @property
    def deviation(self) -> float:
        """Population standard deviation; 0 without values, infinite when a sum overflowed."""
        if self.size == 0:
            return 0.0
        offset = float(self.sums.sum()) / self.size - self.edges.pivot
        variance = self.square_sum / self.size - offset * offset
        return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalProfile:
    """A categorical column: counts (k,) of the reference's commonest categories.

    A reference of more than 1,024 categories keeps the rest as `other`; then a value outside the list
    cannot be told from an unseen one and counts as `other` too.
    """

    dtype: str
    categories: tuple[str, ...]
    has_other: bool
    counts: IntArray
    other: int
    unseen: int
    missing: int

    @property
    def size(self) -> int:
        """How many values are present."""
        return int(self.counts.sum()) + self.other + self.unseen

    @property
    def version(self) -> str:
        """Digest of the categories; profiles of equal version can be merged and compared."""
        content = "\0".join([str(self.has_other), *self.categories])
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceProfile:
    """A column of which only missing values are watched (dates, lists, a column that changed its kind)."""

    kind: ColumnKind
    dtype: str
    rows: int
    missing: int


ColumnProfile = NumericProfile | CategoricalProfile | PresenceProfile


@dataclass(frozen=True, slots=True)
class Profile:
    """A table's profile: its rows and its columns by name. `failed` tells why a column has no profile."""

    rows: int
    columns: Mapping[str, ColumnProfile]
    failed: Mapping[str, str]


def edges_of(ordered: FloatArray) -> Edges:
    """The bins for a sorted array of finite reference values; one edge at 0 when it is empty.

    Up to 20 distinct values get a bin each, of nothing but that value. Up to 256 get an edge each, so
    the reference loses nothing. Otherwise the edges are the 250-quantiles, and a value heavy enough to
    repeat among them gets a bin of its own by a second edge just below it.
    """
    if ordered.size == 0:
        return Edges(values=np.zeros(1), deciles=np.zeros(0), discrete=False)
    distinct = ordered[np.append(True, np.diff(ordered) > 0)]
    if distinct.size <= EXACT_VALUES:
        below = np.searchsorted(distinct, deciles(ordered), side="right") - 1
        discrete = distinct.size <= DISCRETE_VALUES
        edges = _isolated(distinct, among=distinct) if discrete else distinct
        return Edges(values=edges, deciles=np.unique(distinct[below]), discrete=discrete)
    quantiles, times = np.unique(np.quantile(ordered, QUANTILES), return_counts=True)
    edges = _isolated(quantiles[times > 1], among=quantiles)
    return Edges(values=edges, deciles=deciles(ordered), discrete=False)


@np.errstate(over="ignore", invalid="ignore")  # an overflowed sum stays infinite and is told later
def profile_numbers(batch: Numbers, *, edges: Edges, kind: ColumnKind, dtype: str) -> NumericProfile:
    """The profile of one batch."""
    ordered = np.sort(batch.values)
    counts = counts_between(ordered, edges=edges.values)
    held = counts > 0
    sums = np.zeros(counts.size)
    if ordered.size:
        starts = np.cumsum(counts) - counts
        sums[held] = np.add.reduceat(ordered, starts[held])
    offsets = ordered - edges.pivot
    return NumericProfile(
        kind=kind,
        dtype=dtype,
        edges=edges,
        counts=counts,
        sums=sums,
        missing=batch.missing,
        nonfinite=batch.nonfinite,
        low=float(ordered[0]) if ordered.size else None,
        high=float(ordered[-1]) if ordered.size else None,
        square_sum=float(offsets @ offsets),
    )


def profile_reference_categories(batch: Categories, *, dtype: str) -> CategoricalProfile:
    """The profile of a whole reference column, which fixes the categories."""
    ranked = sorted(batch.counts, key=lambda key: (-batch.counts[key], key))
    empty = CategoricalProfile(
        dtype=dtype,
        categories=tuple(ranked[:TOP_CATEGORIES]),
        has_other=len(ranked) > TOP_CATEGORIES,
        counts=np.zeros(0, dtype=np.int64),
        other=0,
        unseen=0,
        missing=0,
    )
    return profile_categories(batch, reference=empty, dtype=dtype)


def profile_categories(batch: Categories, *, reference: CategoricalProfile, dtype: str) -> CategoricalProfile:
    """The profile of one batch on the reference's categories."""
    counts = np.array([batch.counts.get(key, 0) for key in reference.categories], dtype=np.int64)
    outside = sum(batch.counts.values()) - int(counts.sum())
    return CategoricalProfile(
        dtype=dtype,
        categories=reference.categories,
        has_other=reference.has_other,
        counts=counts,
        other=outside if reference.has_other else 0,
        unseen=0 if reference.has_other else outside,
        missing=batch.missing,
    )


def merge(first: Profile, second: Profile) -> Profile:
    """The profile of both tables' rows together; both must hold the same columns."""
    if first.columns.keys() != second.columns.keys():
        raise ProfileError("The profiles hold different columns; profile both parts on one baseline.")
    columns = {name: merge_columns(first.columns[name], second.columns[name]) for name in first.columns}
    return Profile(rows=first.rows + second.rows, columns=columns, failed={**first.failed, **second.failed})


def merge_columns(first: ColumnProfile, second: ColumnProfile) -> ColumnProfile:
    """The profile of both columns' rows together; raise ProfileError where the bins differ."""
    match first, second:
        case NumericProfile(), NumericProfile():
            return merge_numbers(first, second)
        case CategoricalProfile(), CategoricalProfile() if first.version == second.version:
            return _merge_categories(first, second)
        case PresenceProfile(), PresenceProfile() if first.kind is second.kind:
            return PresenceProfile(
                kind=first.kind,
                dtype=first.dtype,
                rows=first.rows + second.rows,
                missing=first.missing + second.missing,
            )
    raise ProfileError("The profiles have different bins; profile both parts on one baseline.")


@np.errstate(over="ignore", invalid="ignore")
def merge_numbers(first: NumericProfile, second: NumericProfile) -> NumericProfile:
    """The profile of both numeric columns' rows together; raise ProfileError where the bins differ."""
    if first.edges is not second.edges and first.edges.version != second.edges.version:
        raise ProfileError("The profiles have different bins; profile both parts on one baseline.")
    lows = [low for low in (first.low, second.low) if low is not None]
    highs = [high for high in (first.high, second.high) if high is not None]
    return NumericProfile(
        kind=first.kind,
        dtype=first.dtype,
        edges=first.edges,
        counts=first.counts + second.counts,
        sums=first.sums + second.sums,
        missing=first.missing + second.missing,
        nonfinite=first.nonfinite + second.nonfinite,
        low=min(lows, default=None),
        high=max(highs, default=None),
        square_sum=first.square_sum + second.square_sum,
    )


def _merge_categories(first: CategoricalProfile, second: CategoricalProfile) -> CategoricalProfile:
    return CategoricalProfile(
        dtype=first.dtype,
        categories=first.categories,
        has_other=first.has_other,
        counts=first.counts + second.counts,
        other=first.other + second.other,
        unseen=first.unseen + second.unseen,
        missing=first.missing + second.missing,
    )


def _isolated(atoms: FloatArray, *, among: FloatArray) -> FloatArray:
    """The edges `among` with one more just below each atom, so that its bin holds nothing else."""
    return np.union1d(among, np.nextafter(atoms, -np.inf))
