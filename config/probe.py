"""Health checks of the containers: `python -m config.probe web|worker|beat` exits 0 when all is well."""

import os
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SILENT_SECONDS = 300
"""The timetable has an entry for every minute, and beat notes each one in its file within three."""


def accepted_host(allowed: str) -> str:
    """A name that `allowed` (ALLOWED_HOSTS) lets in: its first entry, without the leading dot or star."""
    return allowed.split(",")[0].strip().lstrip("*.") or "localhost"


def web() -> bool:
    """The web process answers, and so does the database behind it."""
    host = accepted_host(os.environ.get("ALLOWED_HOSTS", ""))
    request = urllib.request.Request("http://127.0.0.1:8000/health", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 (a fixed address)
        return bool(answer.status == 200)


def worker() -> bool:
    """The worker of this container answers through the broker."""
    import socket

    from config.celery import app

    return bool(app.control.ping(destination=[f"celery@{socket.gethostname()}"], timeout=10))


def beat() -> bool:
    """The timetable was written a short while ago."""
    # Its name goes on differently with each platform's dbm: beat, beat.db, beat-wal.
    files = Path(os.environ.get("DATA_DIR", "/data")).glob("beat*")
    written = max((file.stat().st_mtime for file in files), default=0.0)
    return time.time() - written < BEAT_SILENT_SECONDS


PROBES = {"web": web, "worker": worker, "beat": beat}

if __name__ == "__main__":
    try:
        sys.exit(0 if PROBES[sys.argv[1]]() else 1)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
