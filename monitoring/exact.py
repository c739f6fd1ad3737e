"""One column of two files compared on its raw values."""

import numpy as np

from monitoring.comparison import ColumnDrift, Thresholds, compare_pair, compare_presence, incomparable
from monitoring.distributions import pair_of_categories, pair_of_numbers
from monitoring.parquet import (
    Categories,
    Column,
    ColumnError,
    ColumnKind,
    Numbers,
    ParquetTable,
    common_kind,
)
from monitoring.policy import Presence
from monitoring.profiler import all_categories, all_numbers

Side = tuple[ParquetTable, Column]


def compare_column(reference: Side, current: Side, *, thresholds: Thresholds) -> ColumnDrift:
    """Compare one column; a column that cannot be compared gets an error of its own."""
    kind = common_kind(reference[1].kind, current[1].kind)
    if kind is None:
        return _incomparable(
            reference,
            current,
            reason=f"It was {reference[1].dtype} and is {current[1].dtype}: values of another kind "
            "cannot be compared. Restore its type or make a new reference.",
        )
    try:
        if kind.is_number:
            return _compare_numbers(reference, current, kind=kind, thresholds=thresholds)
        if kind is ColumnKind.CATEGORICAL:
            return _compare_categories(reference, current, thresholds=thresholds)
    except ColumnError as error:
        return _incomparable(reference, current, reason=str(error))
    return compare_presence(kind=kind, reference=_presence(reference), current=_presence(current))


def _compare_numbers(
    reference: Side, current: Side, *, kind: ColumnKind, thresholds: Thresholds
) -> ColumnDrift:
    ours, theirs = (all_numbers(table, column.name) for table, column in (reference, current))
    with np.errstate(over="ignore", invalid="ignore"):  # compare_pair tells of an overflow
        pair = pair_of_numbers(ours.values, theirs.values, kind=kind)
    return compare_pair(
        pair,
        reference=_presence_of_numbers(ours, reference[0].rows),
        current=_presence_of_numbers(theirs, current[0].rows),
        thresholds=thresholds,
    )


def _compare_categories(reference: Side, current: Side, *, thresholds: Thresholds) -> ColumnDrift:
    ours, theirs = (all_categories(table, column.name) for table, column in (reference, current))
    return compare_pair(
        pair_of_categories(ours.counts, theirs.counts),
        reference=Presence(rows=reference[0].rows, missing=ours.missing),
        current=Presence(
            rows=current[0].rows, missing=theirs.missing, unseen=_unseen(ours, theirs) if ours.counts else 0
        ),
        thresholds=thresholds,
    )


def _unseen(ours: Categories, theirs: Categories) -> int:
    return sum(count for key, count in theirs.counts.items() if key not in ours.counts)


def _presence_of_numbers(numbers: Numbers, rows: int) -> Presence:
    return Presence(rows=rows, missing=numbers.missing, nonfinite=numbers.nonfinite)


def _presence(side: Side) -> Presence:
    table, column = side
    return Presence(rows=table.rows, missing=table.missing(column.name))


def _incomparable(reference: Side, current: Side, *, reason: str) -> ColumnDrift:
    return incomparable(
        kind=reference[1].kind, reference=_presence(reference), current=_presence(current), reason=reason
    )
