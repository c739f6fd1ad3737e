"""From an open Parquet file to its profile: one pass, one column and one batch in memory at a time."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import reduce

import numpy as np

from monitoring.parquet import (
    MAX_CATEGORIES,
    Categories,
    Column,
    ColumnError,
    ColumnKind,
    FloatArray,
    Numbers,
    ParquetTable,
)
from monitoring.profile import (
    CategoricalProfile,
    ColumnProfile,
    Edges,
    NumericProfile,
    PresenceProfile,
    Profile,
    edges_of,
    merge_numbers,
    profile_categories,
    profile_numbers,
    profile_reference_categories,
)

HELD_ROWS = 2_000_000  # a reference column up to this length is held in memory; a longer one is read twice


def profile_reference(table: ParquetTable, *, names: Collection[str] | None = None) -> Profile:
    """The profile of a reference, which fixes the bins of every later window; `names` keeps some columns."""
    wanted = [column for column in table.columns if names is None or column.name in names]
    return _profile(table, wanted, lambda column: _reference_column(table, column))


def profile_window(table: ParquetTable, *, reference: Profile) -> Profile:
    """The profile of a window in the bins of its reference; columns that the reference lacks are left out."""
    known = [column for column in table.columns if column.name in reference.columns]
    window = _profile(
        table, known, lambda column: _window_column(table, column, reference.columns[column.name])
    )
    inherited = {name: reason for name, reason in reference.failed.items() if table.column(name)}
    return replace(window, failed={**inherited, **window.failed})


def all_numbers(table: ParquetTable, name: str) -> Numbers:
    """A whole numeric column, its values sorted."""
    batches = list(table.numbers(name))
    values = np.concatenate([batch.values for batch in batches])
    values.sort()
    return Numbers(
        values=values,
        missing=sum(batch.missing for batch in batches),
        nonfinite=sum(batch.nonfinite for batch in batches),
    )


def all_categories(table: ParquetTable, name: str) -> Categories:
    """A whole categorical column; raise ColumnError where its values are too many to be categories."""
    counts: dict[str, int] = {}
    missing = 0
    for batch in table.categories(name):
        missing += batch.missing
        for key, count in batch.counts.items():
            counts[key] = counts.get(key, 0) + count
        if len(counts) > MAX_CATEGORIES:
            raise ColumnError(
                f"More than {MAX_CATEGORIES:,} distinct values: an identifier or a text, not a category. "
                "Leave the column out."
            )
    return Categories(counts=counts, missing=missing)


def _profile(
    table: ParquetTable, columns: Iterable[Column], profiled: Callable[[Column], ColumnProfile]
) -> Profile:
    profiles: dict[str, ColumnProfile] = {}
    failed: dict[str, str] = {}
    for column in columns:
        try:
            profiles[column.name] = profiled(column)
        except ColumnError as error:
            failed[column.name] = str(error)
    return Profile(rows=table.rows, columns=profiles, failed=failed)


def _reference_column(table: ParquetTable, column: Column) -> ColumnProfile:
    if column.kind.is_number:
        return _reference_numbers(table, column)
    if column.kind is ColumnKind.CATEGORICAL:
        return profile_reference_categories(all_categories(table, column.name), dtype=column.dtype)
    return _presence(table, column)


def _reference_numbers(table: ParquetTable, column: Column) -> NumericProfile:
    if table.rows <= HELD_ROWS:
        whole = all_numbers(table, column.name)
        return profile_numbers(whole, edges=edges_of(whole.values), kind=column.kind, dtype=column.dtype)
    edges = edges_of(_sample(table, column.name))
    return _merged_numbers(table, column, edges=edges, kind=column.kind)


def _sample(table: ParquetTable, name: str) -> FloatArray:
    """Evenly spaced values of a long column, sorted: enough for its quantiles."""
    stride = -(-table.rows // HELD_ROWS)
    return np.sort(np.concatenate([batch.values[::stride] for batch in table.numbers(name)]))


def _window_column(table: ParquetTable, column: Column, reference: ColumnProfile) -> ColumnProfile:
    empty = column.kind is ColumnKind.EMPTY
    match reference:
        case NumericProfile() if column.kind.is_number or empty:
            return _merged_numbers(table, column, edges=reference.edges, kind=reference.kind)
        case CategoricalProfile() if column.kind is ColumnKind.CATEGORICAL or empty:
            whole = all_categories(table, column.name)
            return profile_categories(whole, reference=reference, dtype=column.dtype)
    return _presence(table, column)


def _merged_numbers(table: ParquetTable, column: Column, *, edges: Edges, kind: ColumnKind) -> NumericProfile:
    parts = (
        profile_numbers(batch, edges=edges, kind=kind, dtype=column.dtype)
        for batch in table.numbers(column.name)
    )
    return reduce(merge_numbers, parts)


def _presence(table: ParquetTable, column: Column) -> PresenceProfile:
    return PresenceProfile(
        kind=column.kind, dtype=column.dtype, rows=table.rows, missing=table.missing(column.name)
    )
