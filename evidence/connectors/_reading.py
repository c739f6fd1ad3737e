"""Reads values out of a foreign JSON document: a value of the wrong shape counts as absent.

Kubeflow Pipelines leaves zero values out, writes 64-bit integers as text and an unfinished moment as 1970.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from evidence.records import Json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def mapping(value: Json, *path: str) -> dict[str, Json]:
    """The mapping at `path`; an empty one where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text_at(value: Json, key: str) -> str:
    """The text under `key`; empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def mappings_at(value: Json, key: str) -> Iterator[dict[str, Json]]:
    """The mappings in the list under `key`."""
    found = value.get(key) if isinstance(value, dict) else None
    yield from (each for each in (found if isinstance(found, list) else []) if isinstance(each, dict))


def texts_at(value: Json, key: str) -> list[str]:
    """The texts in the list under `key`."""
    found = value.get(key) if isinstance(value, dict) else None
    return [each for each in (found if isinstance(found, list) else []) if isinstance(each, str)]


def integers_at(value: Json, key: str) -> list[int]:
    """The whole numbers in the list under `key`."""
    found = value.get(key) if isinstance(value, dict) else None
    return [each for each in (found if isinstance(found, list) else []) if isinstance(each, int)]


def integer_at(value: Json, key: str) -> int | None:
    """The whole number under `key`, written as a number or as text; None where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, str) and found.lstrip("-").isdecimal() and len(found) < 20:
        return int(found)
    return int(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def moment_at(value: Json, key: str) -> datetime | None:
    """The moment under `key` in UTC; None where it is missing, unreadable, or the epoch (not yet)."""
    try:
        found = datetime.fromisoformat(text_at(value, key))
    except ValueError:
        return None
    aware = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return aware if aware > EPOCH else None
