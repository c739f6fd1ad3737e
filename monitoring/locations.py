"""Where logs and training data may lie, and which files of a folder are to be read.

Only what an administrator listed may be named: a monitor reads files with the rights of the worker.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SUFFIXES = (".parquet", ".pq")
MOST_FILES = 20_000
_PARTITION = re.compile(r"(?:^|/)(?:dt|date|day)=(\d{4}-\d{2}-\d{2})(?:/(?:hour|hh)=(\d{1,2}))?(?:/|$)")


class LocationError(Exception):
    """A place cannot be read; the message says what, why and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a log folder. `name` is its path in the folder; `etag` changes when its content may have."""

    name: str
    path: Path
    etag: str
    size: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Partition:
    """The span that a file's folders promise: a day, or an hour of it."""

    start: datetime
    length: timedelta


def allowed_path(location: str, *, allowed: Sequence[Path]) -> Path:
    """The real path of a location, if it lies in a listed folder; raise LocationError otherwise."""
    if not location.startswith("/") or "\0" in location:
        raise LocationError(
            f"{location!r} is no absolute path. Write the whole one, from the first slash on."
        )
    path = Path(os.path.realpath(location))
    if not any(path.is_relative_to(root) for root in allowed):
        raise LocationError(
            f"{location} lies outside of the folders that may be read. "
            "Ask an administrator to list its folder in ALLOWED_LOCAL_PATHS."
        )
    return path


def list_files(location: str, *, allowed: Sequence[Path]) -> list[Found]:
    """The Parquet files of a folder, at any depth, by name; raise LocationError where there is no folder."""
    root = allowed_path(location, allowed=allowed)
    if not root.is_dir():
        raise LocationError(f"There is no folder {location}. Check the path, or wait until the log begins.")
    found = sorted(_walk(root), key=lambda file: file.name)
    if len(found) > MOST_FILES:
        raise LocationError(
            f"{location} holds more than {MOST_FILES:,} files. Join small files, or move old ones away."
        )
    return found


def partition_of(name: str) -> Partition | None:
    """The span in a path such as dt=2026-11-20/hour=07/part-0.parquet; None where it names none."""
    match = _PARTITION.search(name)
    if not match:
        return None
    try:
        day = datetime.strptime(match[1], "%Y-%m-%d").replace(tzinfo=UTC)
        if match[2] is None:
            return Partition(day, timedelta(days=1))
        return Partition(day.replace(hour=int(match[2])), timedelta(hours=1))
    except ValueError:
        return None


def _walk(root: Path) -> Iterator[Found]:
    """Hidden and unfinished files are left out, and links that lead out of the folder."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name[0] not in "._"]
        for name in names:
            path = Path(folder, name)
            if name[0] in "._" or not name.endswith(SUFFIXES) or not path.resolve().is_relative_to(root):
                continue
            try:
                state = path.stat()
            except OSError:  # deleted, or renamed, while the folder was read
                continue
            written_at = datetime.fromtimestamp(state.st_mtime, UTC)
            etag = f"{state.st_mtime_ns}-{state.st_size}"
            yield Found(path.relative_to(root).as_posix(), path, etag, state.st_size, written_at)
