"""Keeping the lease on a row alive while a worker is busy with something slow."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def kept_alive(renew: Callable[[], object], *, seconds: float) -> Iterator[None]:
    """Call `renew` from a thread of its own, four times within a lease of so many seconds."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(renew, seconds / 4, done), daemon=True)
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(renew: Callable[[], object], every: float, done: threading.Event) -> None:
    try:
        while not done.wait(every):
            renew()
    finally:
        connection.close()  # this thread's own
