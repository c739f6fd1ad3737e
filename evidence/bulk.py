"""Writing many rows of one table in few statements.

A batch travels as one JSON text, which PostgreSQL takes apart itself. One placeholder a value, or
arrays of JSON values as `bulk_create` sends them, cost several times the processor time of the
insert itself.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Field, Model

BATCH = 1000
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The one character that PostgreSQL's text cannot hold, as JSON spells it (`\\\\u0000` is other text)."""


def save(
    rows: Sequence[Model], *, unique: Sequence[str] = (), update: Sequence[str] = ()
) -> dict[tuple[object, ...], int]:
    """Insert rows of one model. Where the columns `unique` meet a stored row, overwrite the columns
    `update` of it, or leave it alone when there are none.

    Returns the primary keys of the rows written, by their `unique` columns. No row may meet another
    one of the same call.
    """
    written: dict[tuple[object, ...], int] = {}
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        statement = _statement(type(batch[0]), unique=unique, update=update)
        with connection.cursor() as cursor:
            cursor.execute(statement, [_as_json(batch)])
            written |= {key: pk for pk, *key_parts in cursor.fetchall() if (key := tuple(key_parts))}
    return written


def _statement(model: type[Model], *, unique: Sequence[str], update: Sequence[str]) -> str:
    quoted = connection.ops.quote_name
    fields = _fields(model)
    names = ", ".join(quoted(str(field.column)) for field in fields)
    types = ", ".join(f"{quoted(str(field.column))} {field.db_type(connection)}" for field in fields)
    sets = ", ".join(f"{quoted(column)} = EXCLUDED.{quoted(column)}" for column in update)
    keys = ", ".join(map(quoted, unique))
    conflict = f"ON CONFLICT ({keys}) DO " + (f"UPDATE SET {sets}" if update else "NOTHING") if unique else ""
    returned = ", ".join(map(quoted, [str(model._meta.pk.column), *unique]))
    return (  # names come from the models alone, values travel as a parameter
        f"INSERT INTO {quoted(model._meta.db_table)} ({names})"  # noqa: S608
        f" SELECT {names} FROM json_to_recordset(%s::json) AS batch ({types}) {conflict} RETURNING {returned}"
    )


def _as_json(rows: Sequence[Model]) -> str:
    names = [(field.column, field.attname) for field in _fields(type(rows[0]))]
    plain = [{column: getattr(row, name) for column, name in names} for row in rows]
    text = json.dumps(plain, default=_moment, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if "\\u0000" in text:
        text = NUL.sub(r"\1", text)
    return text.encode(errors="replace").decode()  # half a surrogate pair is no text either


def _fields(model: type[Model]) -> "list[Field[object, object]]":
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"No column holds {type(value).__name__}.")
