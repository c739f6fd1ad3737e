"""Reading the attributes of nodes: a missing or odd value is empty, never an exception."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from evidence.records import Attrs, Json


def text(attrs: Attrs, key: str) -> str:
    value = attrs.get(key)
    return value if isinstance(value, str) else "" if value is None else str(value)


def number(attrs: Attrs, key: str) -> float | None:
    value = attrs.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def flag(attrs: Attrs, key: str) -> bool | None:
    value = attrs.get(key)
    return value if isinstance(value, bool) else None


def mapping(attrs: Attrs, key: str) -> Attrs:
    value = attrs.get(key)
    return value if isinstance(value, Mapping) else {}


def entries(attrs: Attrs, key: str) -> Iterator[Attrs]:
    """The mappings of a list."""
    value = attrs.get(key)
    for each in value if isinstance(value, list) else []:
        if isinstance(each, Mapping):
            yield each


def texts(attrs: Attrs, key: str) -> tuple[str, ...]:
    value = attrs.get(key)
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def moment(attrs: Attrs, key: str) -> datetime | None:
    """An ISO 8601 moment with a time zone."""
    try:
        found = datetime.fromisoformat(text(attrs, key))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def fields(attrs: Attrs, key: str) -> tuple[tuple[str, str, bool], ...]:
    """(name, type, required) of an MLflow signature's JSON text; empty where there is none."""
    try:
        found: Json = json.loads(text(attrs, key) or "null")
    except (ValueError, RecursionError):
        return ()
    columns = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return tuple((text(c, "name"), _type_of(c), c.get("required") is not False) for c in columns)


def _type_of(column: Attrs) -> str:
    tensor = mapping(column, "tensor-spec")
    return f"tensor {text(tensor, 'dtype')} {tensor.get('shape')}" if tensor else text(column, "type")
