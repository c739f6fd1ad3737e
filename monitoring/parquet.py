"""Reading a Parquet file a column and a batch at a time, whatever its size.

Memory is bounded by one batch of one column; the schema comes from the footer, without reading a row.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
NO_MOMENT = np.iinfo(np.int64).min

BATCH_ROWS = 131_072
MAX_COLUMNS = 5_000
MAX_CATEGORIES = 100_000


class ParquetError(Exception):
    """A file cannot be read as a table; the message says what, why and what to do."""


class ColumnError(Exception):
    """One column cannot be summarised; the other columns of the file are unaffected."""


class ColumnKind(StrEnum):
    """How a column's values are compared."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    DATETIME = "datetime"
    OTHER = "other"
    EMPTY = "empty"  # Arrow's null type: every value is missing, so the kind is unknown

    @property
    def is_number(self) -> bool:
        """Whether values are read as float64 (a boolean as 0 and 1)."""
        return self in (ColumnKind.NUMERIC, ColumnKind.BOOLEAN)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a schema. `dtype` is a NumPy-like name: float32, int64, bool, string, datetime…"""

    name: str
    kind: ColumnKind
    dtype: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """A batch of a numeric column: its finite values as float64, and what was left out."""

    values: FloatArray
    missing: int  # nulls and NaN
    nonfinite: int  # positive and negative infinity


@dataclass(frozen=True, slots=True)
class Categories:
    """How often each category occurs in a batch, and how many values are missing."""

    counts: dict[str, int]
    missing: int


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """An open Parquet file; made by `open_table`. `kept`: which rows of the file belong to it (None: all)."""

    path: Path
    rows: int
    columns: tuple[Column, ...]
    file: pq.ParquetFile
    kept: BoolArray | None = None

    def where(self, kept: BoolArray) -> "ParquetTable":
        """The same file with only the rows that are true in `kept`, shape (rows of the file,)."""
        return replace(self, rows=int(kept.sum()), kept=kept)

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def numbers(self, name: str) -> Iterator[Numbers]:
        """The column's batches as finite float64 values."""
        return (_numbers(array) for array in self._arrays(name))

    def categories(self, name: str) -> Iterator[Categories]:
        """The column's batches as counts by category."""
        return (_categories(array) for array in self._arrays(name))

    def missing(self, name: str) -> int:
        """How many values of the column are null."""
        return sum(int(array.null_count) for array in self._arrays(name))

    def moments(self, name: str) -> IntArray:
        """A datetime column as microseconds since 1970 (no zone: UTC), shape (rows,); null: NO_MOMENT."""
        arrays = [array.cast(pa.timestamp("us"), safe=False) for array in self._arrays(name)]
        whole = pa.chunked_array(arrays).cast(pa.int64()).fill_null(NO_MOMENT)
        return np.concatenate([np.from_dlpack(chunk) for chunk in whole.chunks])

    def _arrays(self, name: str) -> Iterator[pa.Array]:
        start = 0
        try:
            for batch in self.file.iter_batches(BATCH_ROWS, columns=[name], use_threads=False):
                array = batch.column(name)
                end = start + len(array)
                yield array if self.kept is None else array.filter(pa.array(self.kept[start:end]))
                start = end
        except (pa.ArrowException, OSError) as error:
            raise ParquetError(
                f"{self.path} breaks off while reading column {name} ({_brief(error)}). Write the file again."
            ) from error


@contextmanager
def open_table(path: Path) -> Iterator[ParquetTable]:
    """Open a Parquet file by its footer; raise ParquetError where there is no table with rows."""
    schema, metadata = _footer(path)
    columns = tuple(Column(field.name, kind_of(field.type), dtype_of(field.type)) for field in schema)
    _refuse_unusable(path, columns=columns, rows=metadata.num_rows)
    strings = [column.name for column in columns if column.kind is ColumnKind.CATEGORICAL]
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=strings) as file:
        yield ParquetTable(path=path, rows=metadata.num_rows, columns=columns, file=file)


def kind_of(type_: pa.DataType) -> ColumnKind:
    """How values of an Arrow type are compared."""
    types = pa.types
    if types.is_dictionary(type_):
        return ColumnKind.CATEGORICAL
    if types.is_boolean(type_):
        return ColumnKind.BOOLEAN
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return ColumnKind.NUMERIC
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return ColumnKind.CATEGORICAL
    if types.is_temporal(type_):
        return ColumnKind.DATETIME
    return ColumnKind.EMPTY if types.is_null(type_) else ColumnKind.OTHER


def common_kind(first: ColumnKind, second: ColumnKind) -> ColumnKind | None:
    """The kind that two columns can be compared as: numbers as numbers, an empty column as the other."""
    if first is second or second is ColumnKind.EMPTY:
        return first
    if first is ColumnKind.EMPTY:
        return second
    return ColumnKind.NUMERIC if first.is_number and second.is_number else None


def dtype_of(type_: pa.DataType) -> str:
    """The NumPy-like name of an Arrow type: `double` is float64, a dictionary is its value type."""
    types = pa.types
    if types.is_dictionary(type_):
        return dtype_of(type_.value_type)
    if types.is_large_string(type_) or types.is_string_view(type_):
        return "string"
    if types.is_timestamp(type_) or types.is_date(type_):
        return "datetime"
    if types.is_binary(type_) or types.is_large_binary(type_) or types.is_fixed_size_binary(type_):
        return "binary"
    if types.is_nested(type_):
        return _nested_name(type_)
    names = {"double": "float64", "float": "float32", "halffloat": "float16"}
    return names.get(str(type_), str(type_))


def _nested_name(type_: pa.DataType) -> str:
    """MLflow's word for a nested type."""
    if pa.types.is_map(type_):
        return "map"
    return "object" if pa.types.is_struct(type_) else "array"


def _footer(path: Path) -> tuple[pa.Schema, pq.FileMetaData]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ParquetError(
            f"{path} cannot be opened ({error.strerror}). Check the path and its rights."
        ) from error
    if path.is_dir():
        raise ParquetError(f"{path} is a folder. Name one Parquet file in it.")
    if size == 0:
        raise ParquetError(f"{path} is an empty file (0 bytes). Check that its writer finished.")
    try:
        with pq.ParquetFile(path) as file:
            return file.schema_arrow, file.metadata
    except (pa.ArrowException, OSError) as error:
        raise ParquetError(
            f"{path} is not a readable Parquet file ({_brief(error)}). "
            "Convert it to Parquet or name another file."
        ) from error


def _refuse_unusable(path: Path, *, columns: tuple[Column, ...], rows: int) -> None:
    names = [column.name for column in columns]
    if not names:
        raise ParquetError(f"{path} has no columns. Name a file that holds at least one column.")
    if rows == 0:
        raise ParquetError(f"{path} has a schema but no rows. Name a file that holds at least one row.")
    if len(names) > MAX_COLUMNS:
        raise ParquetError(
            f"{path} has {len(names):,} columns; at most {MAX_COLUMNS:,} are read. Split the table."
        )
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise ParquetError(
            f"{path} repeats the column names {', '.join(repeated)}. Give each column its own name."
        )


def _numbers(array: pa.Array) -> Numbers:
    missing = int(array.null_count)
    present = array.drop_null() if missing else array
    if not pa.types.is_float64(present.type):
        present = present.cast(pa.float64(), safe=False)
    values: FloatArray = np.from_dlpack(present).astype(np.float64, copy=False)  # to_numpy imports pandas
    finite = np.isfinite(values)
    if finite.all():
        return Numbers(values=values, missing=missing, nonfinite=0)
    nan = int(np.isnan(values).sum())
    kept = values[finite]
    return Numbers(values=kept, missing=missing + nan, nonfinite=values.size - kept.size - nan)


def _categories(array: pa.Array) -> Categories:
    if pa.types.is_null(array.type):
        return Categories(counts={}, missing=len(array))
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    codes = np.from_dlpack(coded.indices.drop_null()).astype(np.int64, copy=False)
    totals = np.bincount(codes, minlength=len(coded.dictionary))
    counts: dict[str, int] = {}
    missing = int(coded.indices.null_count)
    for key, total in zip(coded.dictionary.to_pylist(), totals.tolist(), strict=True):
        if key is None:
            missing += total
        elif total:
            counts[str(key)] = counts.get(str(key), 0) + total
    return Categories(counts=counts, missing=missing)


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0].strip(" .")[:160] if str(error) else type(error).__name__
