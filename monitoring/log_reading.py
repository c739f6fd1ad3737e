"""From one file of a serving log to profiles by window, and the schema that it carries.

The schema comes from the footer before a row is read. A file may span several windows; the rows of each
are profiled apart, so that a window's profile is the sum of its parts, whatever file they came in.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np

from monitoring.locations import Found, partition_of
from monitoring.parquet import BoolArray, Column, ColumnKind, IntArray, ParquetError, ParquetTable, open_table
from monitoring.profile import Profile
from monitoring.profiler import profile_window
from monitoring.schema import Schema, schema_of_columns

TIME_COLUMNS = ("ts", "timestamp", "time", "event_time", "event_timestamp", "requested_at")
MOST_WINDOWS = 400  # of one file
AHEAD = timedelta(hours=1)  # a clock may be wrong by so much; later rows have no usable time
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Span(StrEnum):
    """How long a window is; windows begin at full hours or days in UTC."""

    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        return timedelta(hours=1) if self is Span.HOUR else timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat:
    """How a log is to be read: its window, its time column (empty: found), and what are no inputs."""

    span: Span
    time_column: str = ""
    other_columns: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file as it was read. `parts`: profiles by start of window; `left_out`: rows without a usable time;
    `since` and `until`: the moments of its first and last row, as exact as the file tells."""

    rows: int
    schema: Schema
    parts: Mapping[datetime, Profile]
    left_out: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one window. `kept` None: all rows of the file."""

    start: datetime
    kept: BoolArray | None


def received_schema(path: Path, *, form: LogFormat, expected: Schema | None) -> Schema:
    """The inputs in a file's footer; raise ParquetError where it is no table with rows."""
    with open_table(path) as table:
        return _schema(table, form=form, expected=expected)


def read_file(
    file: Found, *, form: LogFormat, reference: Profile | None, expected: Schema | None, now: datetime
) -> Reading:
    """Profile a file by window. Without a reference only schema and times are read; raise ParquetError
    where the file is no table with rows or has no usable time."""
    with open_table(file.path) as table:
        schema = _schema(table, form=form, expected=expected)
        rows, since, until, left_out = _split(table, file, form=form, now=now)
        parts = {}
        if reference is not None:
            parts = {each.start: _profile(table, each, reference) for each in rows}
        return Reading(
            rows=table.rows, schema=schema, parts=parts, left_out=left_out, since=since, until=until
        )


def window_start(moment: datetime, span: Span) -> datetime:
    """The start of the window that a moment lies in."""
    return moment - (moment - EPOCH) % span.length


def _profile(table: ParquetTable, rows: _Rows, reference: Profile) -> Profile:
    return profile_window(table if rows.kept is None else table.where(rows.kept), reference=reference)


def _schema(table: ParquetTable, *, form: LogFormat, expected: Schema | None) -> Schema:
    """The columns of the log that are inputs: without its time, unless the model expects that."""
    time = _time_column(table, form)
    others = {*form.other_columns, *([time.name] if time else [])}
    if expected is not None:
        others -= {field.name for field in expected.fields}
    return schema_of_columns(column for column in table.columns if column.name not in others)


def _time_column(table: ParquetTable, form: LogFormat) -> Column | None:
    if form.time_column:
        return table.column(form.time_column)
    known = (table.column(name) for name in TIME_COLUMNS)
    return next((found for found in known if found and found.kind is ColumnKind.DATETIME), None)


def _split(
    table: ParquetTable, file: Found, *, form: LogFormat, now: datetime
) -> tuple[list[_Rows], datetime, datetime, int]:
    """Which rows belong to which window: by the time column, else by the folder, else by when it was
    written."""
    column = _time_column(table, form)
    if column is not None:
        return _split_by_column(table, column, span=form.span, now=now)
    if form.time_column:
        raise ParquetError(
            f"{file.path} has no column {form.time_column}, which the monitor takes the time from. "
            "Write it to the log, or change the monitor."
        )
    partition = partition_of(file.name)
    if partition and partition.length <= form.span.length:
        start = window_start(partition.start, form.span)
        until = min(partition.start + partition.length, max(file.written_at, partition.start))
        return [_Rows(start, None)], partition.start, until, 0
    return [_Rows(window_start(file.written_at, form.span), None)], file.written_at, file.written_at, 0


def _split_by_column(
    table: ParquetTable, column: Column, *, span: Span, now: datetime
) -> tuple[list[_Rows], datetime, datetime, int]:
    if column.kind is not ColumnKind.DATETIME:
        raise ParquetError(
            f"The column {column.name} of {table.path} is {column.dtype} and gives no time. "
            "Write it as a timestamp, or name another column."
        )
    moments = table.moments(column.name)
    usable = (moments > 0) & (moments <= (now + AHEAD - EPOCH) // MICROSECOND)
    if not usable.any():
        raise ParquetError(
            f"No row of {table.path} has a usable time in {column.name}: all are empty or in the future. "
            "Check the clock that writes the log."
        )
    present = moments[usable]
    since, until = (EPOCH + int(edge) * MICROSECOND for edge in (present.min(), present.max()))
    windows = list(_windows(moments, usable, span=span, path=table.path))
    return windows, since, until, int(moments.size - present.size)


def _windows(moments: IntArray, usable: BoolArray, *, span: Span, path: Path) -> Iterator[_Rows]:
    width = span.length // MICROSECOND
    numbers = moments // width
    present = np.unique(numbers[usable])
    if present.size > MOST_WINDOWS:
        raise ParquetError(
            f"{path} spans {present.size:,} windows; at most {MOST_WINDOWS} of one file are kept. "
            "Choose a longer window, or write the log in smaller files."
        )
    for number in present.tolist():
        kept = usable & (numbers == number)
        yield _Rows(EPOCH + number * span.length, None if kept.all() else kept)
