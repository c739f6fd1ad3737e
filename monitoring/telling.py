"""Telling the evidence store: what monitoring found becomes an event that the other readers see."""

from datetime import datetime

from evidence.records import EventRecord, Page
from evidence.store import write


def tell(event: EventRecord, *, now: datetime) -> None:
    """Write one event; one that is known by its key already is left as it is."""
    write(Page(records=(event,)), source=None, now=now)
