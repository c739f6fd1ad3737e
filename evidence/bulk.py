"""Writing many rows of one table in few statements.

A batch travels as one JSON text, which PostgreSQL takes apart itself. One placeholder a value, or
arrays of JSON values as `bulk_create` sends them, cost several times the processor time of the
insert itself; so does a model instance a row.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from django.db import connection
from django.db.models import Model

Row: TypeAlias = Mapping[str, object]
"""Values by column; every row of a call has the same columns."""
BATCH = 1000
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The one character that PostgreSQL's text cannot hold, as JSON spells it (`\\\\u0000` is other text)."""


class JsonText(str):
    """A value that is JSON already, and is not to be written again."""

    __slots__ = ()


def save(
    model: type[Model], rows: Sequence[Row], *, unique: Sequence[str] = (), update: Sequence[str] = ()
) -> dict[tuple[object, ...], int]:
    """Insert rows. Where the columns `unique` meet a stored row, overwrite its columns `update`, or
    leave it alone when there are none.

    Returns the primary keys of the rows written, by their `unique` columns. No row may meet another
    one of the same call. Columns that are not given are null.
    """
    written: dict[tuple[object, ...], int] = {}
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        statement = _statement(model, list(batch[0]), unique=unique, update=update)
        with connection.cursor() as cursor:
            cursor.execute(statement, [_text_of(batch)])
            written |= {tuple(key): pk for pk, *key in cursor.fetchall() if key}
    return written


def dumps(value: object) -> JsonText:
    """Compact JSON in one spelling: equal values give equal texts. NaN raises ValueError."""
    text = json.dumps(
        value, default=_moment, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return JsonText(text)


def _statement(
    model: type[Model], columns: Sequence[str], *, unique: Sequence[str], update: Sequence[str]
) -> str:
    quoted = connection.ops.quote_name
    kinds = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    names = ", ".join(map(quoted, columns))
    types = ", ".join(f"{quoted(column)} {kinds[column]}" for column in columns)
    sets = ", ".join(f"{quoted(column)} = EXCLUDED.{quoted(column)}" for column in update)
    keys = ", ".join(map(quoted, unique))
    conflict = f"ON CONFLICT ({keys}) DO " + (f"UPDATE SET {sets}" if update else "NOTHING") if unique else ""
    returned = ", ".join(map(quoted, [str(model._meta.pk.column), *unique]))
    return (  # names come from the program alone, values travel as a parameter
        f"INSERT INTO {quoted(model._meta.db_table)} ({names})"  # noqa: S608
        f" SELECT {names} FROM json_to_recordset(%s::json) AS batch ({types}) {conflict} RETURNING {returned}"
    )


def _text_of(rows: Sequence[Row]) -> str:
    """A batch as a JSON array, without what PostgreSQL's text cannot hold."""
    if any(isinstance(value, JsonText) for value in rows[0].values()):
        text = f"[{','.join(map(_row_text, rows))}]"
    else:
        text = dumps(rows)
    if "\\u0000" in text:
        text = NUL.sub(r"\1", text)
    return text.encode(errors="replace").decode()  # half a surrogate pair is no text either


def _row_text(row: Row) -> str:
    plain = dumps({column: value for column, value in row.items() if not isinstance(value, JsonText)})
    done = "".join(f',"{column}":{value}' for column, value in row.items() if isinstance(value, JsonText))
    return f"{plain[:-1]}{done}}}"


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"No column holds {type(value).__name__}.")
