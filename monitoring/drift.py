"""Two Parquet files compared column by column.

Exact mode sorts the raw values and equals SciPy; profile mode reads each file once in bounded memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from monitoring.comparison import ColumnDrift, Thresholds
from monitoring.contract import ContractResult, compare
from monitoring.exact import compare_column
from monitoring.parquet import Column, ParquetError, ParquetTable, open_table
from monitoring.policy import Verdict, judge_dataset
from monitoring.profile_comparison import compare_profiles
from monitoring.profiler import profile_reference, profile_window
from monitoring.schema import Schema, schema_of_columns

EXACT_ROWS = 5_000_000


class Mode(StrEnum):
    """How the figures were computed."""

    EXACT = "exact"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """The comparison of two files. rows: of the reference and of the current file."""

    mode: Mode
    rows: tuple[int, int]
    columns: Mapping[str, ColumnDrift]
    schema: ContractResult

    @property
    def drifted_share(self) -> float:
        """Share of the compared columns that drifted; 0 without a common column."""
        drifted = sum(column.is_drifted for column in self.columns.values())
        return drifted / len(self.columns) if self.columns else 0.0

    @property
    def verdict(self) -> Verdict:
        """The verdict on the data set as a whole."""
        return judge_dataset({name: column.verdict for name, column in self.columns.items()})

    def to_json(self) -> dict[str, object]:
        """The report as plain values; never NaN or infinity."""
        return {
            "mode": str(self.mode),
            "rows": list(self.rows),
            "columns": {name: column.to_json() for name, column in self.columns.items()},
            "schema": self.schema.to_json(),
            "drifted_share": self.drifted_share,
            "dataset": {"state": str(self.verdict.state), "reason": self.verdict.reason},
        }


def compare_files(
    reference: Path,
    current: Path,
    *,
    names: Sequence[str] = (),
    exact_rows: int = EXACT_ROWS,
    thresholds: Thresholds | None = None,
) -> DriftReport:
    """Compare the common columns of two Parquet files; `names` keeps only some of them.

    Exact up to `exact_rows` rows in the longer file. Raise ParquetError where a file is no table or a
    name is in neither file.
    """
    with open_table(reference) as ours, open_table(current) as theirs:
        exact = max(ours.rows, theirs.rows) <= exact_rows
        compared = _compare_exactly if exact else _compare_by_profile
        wanted = _wanted(names, ours, theirs)
        return DriftReport(
            mode=Mode.EXACT if exact else Mode.PROFILE,
            rows=(ours.rows, theirs.rows),
            columns=compared(ours, theirs, wanted, thresholds or {}),
            schema=compare(_schema(ours.columns, wanted), _schema(theirs.columns, wanted)),
        )


def _wanted(names: Sequence[str], ours: ParquetTable, theirs: ParquetTable) -> frozenset[str]:
    known = {column.name for column in (*ours.columns, *theirs.columns)}
    unknown = sorted(set(names) - known)
    if unknown:
        some = ", ".join(column.name for column in ours.columns[:20])
        raise ParquetError(f"Neither file has a column {', '.join(unknown)}. The reference has: {some}.")
    return frozenset(names) or frozenset(known)


def _schema(columns: Iterable[Column], wanted: frozenset[str]) -> Schema:
    return schema_of_columns(column for column in columns if column.name in wanted)


def _compare_exactly(
    ours: ParquetTable, theirs: ParquetTable, wanted: frozenset[str], thresholds: Thresholds
) -> dict[str, ColumnDrift]:
    pairs = ((column, theirs.column(column.name)) for column in ours.columns if column.name in wanted)
    return {
        before.name: compare_column((ours, before), (theirs, after), thresholds=thresholds)
        for before, after in pairs
        if after is not None
    }


def _compare_by_profile(
    ours: ParquetTable, theirs: ParquetTable, wanted: frozenset[str], thresholds: Thresholds
) -> dict[str, ColumnDrift]:
    shared = wanted & {column.name for column in theirs.columns}
    reference = profile_reference(ours, names=shared)
    window = profile_window(theirs, reference=reference)
    return compare_profiles(reference, window, thresholds=thresholds)
