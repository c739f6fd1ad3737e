"""Rows as CSV that no spreadsheet runs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from evidence.records import Json

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts so would be run by a spreadsheet; names come from sources that anybody may write to."""


def csv_table(columns: Sequence[str], rows: Iterable[Mapping[str, Json]]) -> str:
    """A header and one line a row; values of other columns are left out, absent ones are empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: Json) -> str:
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if not is_number and text.startswith(FORMULA) else text
