"""Two profiles of one monitor compared; no raw value is read again."""

import numpy as np

from monitoring.comparison import ColumnDrift, Thresholds, compare_pair, compare_presence, incomparable
from monitoring.parquet import ColumnKind
from monitoring.policy import Presence
from monitoring.profile import CategoricalProfile, ColumnProfile, NumericProfile, Profile
from monitoring.profile_pair import pair_of_categorical_profiles, pair_of_numeric_profiles


def compare_profiles(
    reference: Profile, current: Profile, *, thresholds: Thresholds | None = None
) -> dict[str, ColumnDrift]:
    """Compare the columns that both profiles know, each on the reference's bins.

    A column that could not be profiled on a side is there with an error. Raise ProfileError where the
    window was profiled on another reference.
    """
    known = [*reference.columns, *reference.failed]
    shared = [name for name in known if name in current.columns or name in current.failed]
    return {name: _column(name, reference, current, thresholds or {}) for name in shared}


def presence_of(column: ColumnProfile) -> Presence:
    """How complete a profiled column is."""
    match column:
        case NumericProfile():
            rows = column.size + column.missing + column.nonfinite
            return Presence(rows=rows, missing=column.missing, nonfinite=column.nonfinite)
        case CategoricalProfile():
            unseen = column.unseen if column.categories else 0
            return Presence(rows=column.size + column.missing, missing=column.missing, unseen=unseen)
    return Presence(rows=column.rows, missing=column.missing)


def _column(name: str, reference: Profile, current: Profile, thresholds: Thresholds) -> ColumnDrift:
    failure = reference.failed.get(name) or current.failed.get(name)
    if failure is not None:
        return incomparable(
            kind=_kind(reference.columns.get(name) or current.columns.get(name)),
            reference=Presence(rows=reference.rows),
            current=Presence(rows=current.rows),
            reason=failure,
        )
    return _compare(reference.columns[name], current.columns[name], thresholds)


def _compare(before: ColumnProfile, after: ColumnProfile, thresholds: Thresholds) -> ColumnDrift:
    ours, theirs = presence_of(before), presence_of(after)
    match before, after:
        case NumericProfile(), NumericProfile():
            with np.errstate(over="ignore", invalid="ignore"):  # compare_pair tells of an overflow
                pair = pair_of_numeric_profiles(before, after)
            return compare_pair(pair, reference=ours, current=theirs, thresholds=thresholds)
        case CategoricalProfile(), CategoricalProfile():
            pair = pair_of_categorical_profiles(before, after)
            return compare_pair(pair, reference=ours, current=theirs, thresholds=thresholds)
    if ColumnKind.EMPTY in (_kind(before), _kind(after)) or _kind(before) is _kind(after):
        return compare_presence(kind=_kind(before), reference=ours, current=theirs)
    return incomparable(
        kind=_kind(before),
        reference=ours,
        current=theirs,
        reason=f"It was {before.dtype} and is {after.dtype}: values of another kind cannot be compared. "
        "Restore its type or make a new reference.",
    )


def _kind(column: ColumnProfile | None) -> ColumnKind:
    match column:
        case None:
            return ColumnKind.OTHER
        case CategoricalProfile():
            return ColumnKind.CATEGORICAL
    return column.kind
