"""From payloads to the records of a page: each once, and one odd payload spoils no other."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from evidence.records import Blindness, BlindReason, EdgeRecord, NodeRecord, Page, Record

Thing = TypeVar("Thing")


def page_of(
    things: Iterable[Thing],
    convert: Callable[[Thing], Iterator[Record]],
    *,
    what: str,
    name: Callable[[Thing], str],
    progress: str = "",
) -> Page:
    """The records of all `things`. One that cannot be understood is told by its `name` and left out whole."""
    records: list[Record] = []
    blind: list[Blindness] = []
    for thing in things:
        try:
            records += list(convert(thing))
        except (ValueError, TypeError, OverflowError) as error:
            blind.append(_not_understood(what, name(thing), error))
    return Page(once(records), tuple(blind), progress)


def _not_understood(what: str, name: str, error: Exception) -> Blindness:
    return Blindness(
        f"The {what} {name} could not be understood.",
        BlindReason.COLLECTOR_FAILED,
        f"The server's answer has an unexpected form: {' '.join(str(error).split())[:200]}.",
        f"Open this {what} in MLflow and look for an odd value; everything else was read.",
        f"{what.replace(' ', '_')}:{name}",
    )


def once(records: Iterable[Record]) -> tuple[Record, ...]:
    """Each record a single time, the first wins; a node's own record wins over its stub."""
    found: dict[tuple[str, ...], Record] = {}
    for record in records:
        key = _key(record)
        kept = found.get(key)
        if kept is None or (_is_stub(kept) and not _is_stub(record)):
            found[key] = record
    return tuple(found.values())


def _is_stub(record: Record) -> bool:
    return isinstance(record, NodeRecord) and record.stub


def _key(record: Record) -> tuple[str, ...]:
    if isinstance(record, NodeRecord):
        return ("node", record.uid)
    if isinstance(record, EdgeRecord):
        return ("edge", record.src, record.kind, record.dst)
    return ("event", record.dedupe)
