"""What a bare repository and the results of its CI runs tell: pull requests, changed files, runs."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from samples.histories import BRANCH, git

Row: TypeAlias = dict[str, Any]
REVIEWED = re.compile(r"^Reviewed-by: .*<([^@>]+)@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request that was merged: two commits, and who made, reviewed and merged it."""

    number: int
    title: str
    author: str
    created_at: str
    head: str
    base: str
    merge: str
    merged_at: str
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file that a pull request changed."""

    path: str
    blob: str
    status: str
    added: int
    removed: int


@dataclass
class Repository:
    """One repository of the sample workspace in `data`; read once, for nothing changes it."""

    data: Path
    name: str

    @property
    def path(self) -> Path:
        return self.data / "git" / f"{self.name}.git"

    @property
    def folder(self) -> Path:
        """Of its settings, and of its CI runs under `runs`."""
        return self.data / "github" / self.name

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """`owner`, and `protected`: may its branch be changed by reviewed pull requests alone?"""
        found: Mapping[str, Any] = json.loads((self.folder / "settings.json").read_text())
        return found

    @property
    def head(self) -> str:
        return git("rev-parse", BRANCH, at=self.path).strip()

    def pulls(self) -> list[Pull]:
        """Oldest first: the commits under `refs/pull/`, and the merges that brought them in."""
        fields = (
            "%(refname:lstrip=2)%00%(objectname)%00%(authoremail:localpart)%00%(authordate:unix)%00%(subject)"
        )
        refs = git("for-each-ref", f"--format={fields}", "refs/pull", at=self.path).splitlines()
        merges = self._merges()
        found = []
        for number, head, author, at, title in (ref.split("\0") for ref in refs):
            merge, base, merged, message = merges[head]
            found.append(
                Pull(
                    number=int(number.partition("/")[0]),
                    title=title,
                    author=author,
                    created_at=stamp(at),
                    head=head,
                    base=base,
                    merge=merge,
                    merged_at=stamp(merged),
                    reviewers=tuple(REVIEWED.findall(message)),
                )
            )
        return sorted(found, key=lambda pull: pull.number)

    def _merges(self) -> dict[str, tuple[str, str, str, str]]:
        """By the commit that was merged: the merge, the branch before it, its time and its message."""
        log = git("log", "--first-parent", "--merges", "--format=%H %P %ct %B%x00", BRANCH, at=self.path)
        found = {}
        for entry in filter(None, map(str.strip, log.split("\0"))):
            merge, base, head, at, message = entry.split(" ", 4)
            found[head] = (merge, base, at, message)
        return found

    def files(self, pull: Pull) -> list[File]:
        """What the merge changed on the branch."""
        arguments = ("--raw", "--numstat", "--no-renames", "--no-abbrev", pull.base, pull.merge)
        lines = [line.split("\t") for line in git("diff", *arguments, at=self.path).splitlines() if line]
        counts = {line[2]: line[:2] for line in lines if len(line) == 3}
        states = {"A": "added", "M": "modified", "D": "removed"}
        found = []
        for facts, path in (line for line in lines if len(line) == 2):
            _, _, old, new, state = facts.split()
            added, removed = (int(count) if count != "-" else 0 for count in counts[path])
            found.append(File(path, old if state == "D" else new, states[state], added, removed))
        return found

    def runs(self) -> list[Row]:
        """The results of its CI runs, oldest first, each with a number, an `id` and its span."""
        folder = self.folder / "runs"
        found = sorted(
            (json.loads(path.read_text()) for path in folder.glob("*.json")),
            key=lambda run: run["started_at"],
        )
        for number, run in enumerate(found, 1):
            identity = f"{run['path']}@{run['head']}".encode()
            run |= {"number": number, "id": int(hashlib.sha256(identity).hexdigest()[:10], 16)}
        return found


def stamp(seconds: str) -> str:
    """A moment as GitHub writes it, from seconds since 1970."""
    return datetime.fromtimestamp(int(seconds), tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
