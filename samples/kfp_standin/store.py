"""What the stand-in remembers: one SQLite table of JSON documents, kept over restarts."""

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]


class Store:
    """Documents by kind and id. Every call is one transaction; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False)
        with self._database:
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS documents"
                " (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
            )

    def put(self, kind: str, identifier: str, document: Document) -> Document:
        """Keep the document, replacing what was under this id."""
        row = (kind, identifier, json.dumps(document))
        with self._lock, self._database:
            self._database.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", row)
        return document

    def get(self, kind: str, identifier: str) -> Document | None:
        with self._lock:
            query = "SELECT body FROM documents WHERE kind = ? AND id = ?"
            row = self._database.execute(query, (kind, identifier)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str) -> list[Document]:
        with self._lock:
            rows = self._database.execute("SELECT body FROM documents WHERE kind = ?", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def change(self, kind: str, identifier: str, change: Callable[[Document], None]) -> Document | None:
        """Read, change in place, keep; None where the document is gone."""
        with self._lock:
            document = self.get(kind, identifier)
            if document is None:
                return None
            change(document)
            return self.put(kind, identifier, document)

    def delete(self, kind: str, identifier: str) -> None:
        with self._lock, self._database:
            self._database.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, identifier))

    def close(self) -> None:
        with self._lock:
            self._database.close()
