"""Scans that were done before: a commit never changes, so its signals are kept until the scanner does."""

import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from evidence import signals as scanner
from evidence.records import Json
from evidence.signals.results import Note, Proof, Signal, SignalName, Signals

MOST_KEPT = 200
"""Scans kept in one folder; the oldest go first."""


def kept(folder: Path, sha: str, *, root: str, scan: Callable[[], Signals]) -> Signals:
    """The signals of a commit below `root`: from `folder`, or scanned now and put there."""
    place = hashlib.sha256(root.strip("/").encode()).hexdigest()[:12]
    path = folder / version() / f"{sha}-{place}.json"
    try:
        return _loaded(path.read_text())
    except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged: it is made again
        found = scan()
    with suppress(OSError):  # a scan that cannot be kept is made again
        _write(path, _dumped(found))
        _tidy(folder, current=path.parent)
    return found


@cache
def version() -> str:
    """Names the scanner by its own source and by the Python whose grammar it reads."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in sorted(Path(scanner.__path__[0]).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _dumped(signals: Signals) -> str:
    found: dict[str, Json] = {
        name.value: {
            "value": signal.value if isinstance(signal.value, bool) else list(signal.value),
            "proofs": [[p.path, p.line, p.why, p.term] for p in signal.proofs],
        }
        for name, signal in signals.by_name.items()
    }
    notes: list[Json] = [[note.path, note.why] for note in signals.notes]
    return json.dumps({"signals": found, "notes": notes, "pipeline_ir": list(signals.pipeline_ir)})


def _loaded(text: str) -> Signals:
    content = json.loads(text)
    by_name = {}
    for name in SignalName:
        entry = content["signals"][name.value]
        value = entry["value"] if isinstance(entry["value"], bool) else tuple(entry["value"])
        by_name[name] = Signal(value=value, proofs=tuple(Proof(*proof) for proof in entry["proofs"]))
    notes = tuple(Note(*note) for note in content["notes"])
    return Signals(by_name=by_name, notes=notes, pipeline_ir=tuple(content["pipeline_ir"]))


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    os.replace(file.name, path)


def _tidy(folder: Path, *, current: Path) -> None:
    """Drop what older scanners said, and more than is worth keeping."""
    for other in folder.iterdir():
        if other != current:
            shutil.rmtree(other, ignore_errors=True)
    newest = sorted(current.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest[MOST_KEPT:]:
        path.unlink(missing_ok=True)
