"""Keeping the lease of a sync alive while its worker waits for a slow source."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from evidence.models import Sync


@contextmanager
def kept_alive(sync_id: int, *, attempt: int) -> Iterator[None]:
    """Renew the lease from a thread of its own, four times within its length."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(sync_id, attempt, done), daemon=True)
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(sync_id: int, attempt: int, done: threading.Event) -> None:
    lease = timedelta(seconds=settings.SYNC_LEASE_SECONDS)
    try:
        while not done.wait(settings.SYNC_LEASE_SECONDS / 4):
            Sync.objects.filter(pk=sync_id, attempt=attempt).update(lease_until=timezone.now() + lease)
    finally:
        connection.close()  # this thread's own
