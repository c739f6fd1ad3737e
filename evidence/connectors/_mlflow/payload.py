"""Reading a payload that nobody vouches for: a missing or odd field is empty, never an exception."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from evidence.records import Json

Payload: TypeAlias = Mapping[str, Any]

NOT_FINITE = 1.7e308
"""MLflow stores an infinite metric as the largest double (1.797e308)."""


def part(payload: object, key: str) -> Payload:
    """The object under `key`; empty where there is none."""
    value = payload.get(key) if isinstance(payload, dict) else None
    return value if isinstance(value, dict) else {}


def rows(payload: object, key: str) -> list[Payload]:
    """The objects of the list under `key`, which may be JSON inside a string; MLflow omits empty lists."""
    value = payload.get(key) if isinstance(payload, dict) else None
    found = _parsed(value) if isinstance(value, str) else value
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def text(payload: Payload, key: str) -> str:
    """The value under `key` as text, without NUL, which PostgreSQL cannot hold."""
    value = payload.get(key)
    if value is None:
        return ""
    found = value if isinstance(value, str) else str(value)
    return found.replace("\x00", "") if "\x00" in found else found


def moment(payload: Payload, key: str) -> datetime | None:
    """Epoch milliseconds as an aware moment; 0, absent or absurd is None."""
    value = payload.get(key)
    try:
        return datetime.fromtimestamp(int(value or 0) / 1000, tz=UTC) if value else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def number(value: object) -> float | None:
    """A finite number; NaN (the text "NaN") and infinity are None: JSON has no word for them."""
    if not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) and abs(found) < NOT_FINITE else None


def pairs(items: Iterable[Payload]) -> dict[str, str]:
    """`[{"key": …, "value": …}]` as a dictionary."""
    return {text(item, "key"): text(item, "value") for item in items if item.get("key")}


def parsed(found: str) -> Payload:
    """JSON inside a string, as dataset sources and schemas come; empty where it is no object."""
    value = _parsed(found)
    return value if isinstance(value, dict) else {}


def _parsed(value: str) -> object:
    try:
        return json.loads(value) if value else None
    except (ValueError, RecursionError):
        return None


def plain(values: Mapping[str, str]) -> dict[str, Json]:
    """Text by text, as JSON."""
    return dict(values)
