"""Makes the sample repositories: real git, with real histories.

`samples/repositories/<name>/` holds every file a repository ever had, as it looked last, and
`history.yaml` tells what each commit added, changed and removed. A change names what a passage said
before and after; so an earlier commit's content is the last one with the later changes taken back.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

TEMPLATES = Path(__file__).parent / "repositories"
SUFFIX = ".sample"  # carried by template files that would disturb this project's own tools
BRANCH = "main"
MERGED_AFTER = timedelta(hours=2)
PULL_MARK = 10_000  # above the marks of commits on the branch


class HistoryError(ValueError):
    """A `history.yaml` that does not fit its files."""


@dataclass(frozen=True, slots=True)
class Change:
    """In `file`, the passage `before` becomes `after`; `after` stands exactly once in the file."""

    file: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, `days_ago` days before the build. `name` lets the build refer to it.

    With a `reviewer` it is a pull request: made beside the branch, and merged by the reviewer.
    """

    subject: str
    author: str
    days_ago: float
    body: str = ""
    name: str = ""
    reviewer: str = ""
    adds: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    removes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A repository's commits, oldest first, and where the content of its files lies."""

    name: str
    folder: Path
    commits: tuple[Commit, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """A bare repository that was built, and the SHAs of its named commits; `head` is one of them.

    A pull request's is that of its merge: what stands on the branch.
    """

    name: str
    path: Path
    shas: Mapping[str, str]


def names() -> list[str]:
    """The sample repositories, in alphabetical order."""
    return sorted(path.parent.name for path in TEMPLATES.glob("*/history.yaml"))


def read(name: str) -> History:
    """The history of a sample repository; HistoryError if its file is not understood."""
    folder = TEMPLATES / name
    entries = yaml.safe_load((folder / "history.yaml").read_text())
    try:
        return History(name, folder, tuple(_commit(entry) for entry in entries))
    except (TypeError, KeyError) as error:
        raise HistoryError(f"{folder}/history.yaml: {error}") from error


def _commit(entry: dict[str, Any]) -> Commit:
    lists: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("adds", "removes")}
    changes = tuple(Change(**change) for change in entry.pop("changes", ()))
    return Commit(**entry, **lists, changes=changes)


def build(history: History, *, path: Path, now: datetime, values: Mapping[str, str]) -> Repository:
    """Make the bare repository at `path`, or keep the one that is there.

    `values` replace `@name@` in the files (checksums of generated data). The same `now` and values
    give the same SHAs. It is made beside its place and moved there when complete.
    """
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        git("init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(unfinished))
        git("fast-import", "--quiet", "--done", at=unfinished, feed=_stream(history, now=now, values=values))
        unfinished.rename(path)
    return opened(history, path=path)


def opened(history: History, *, path: Path) -> Repository:
    """The repository that stands at `path`."""
    found = git("rev-list", "--reverse", "--first-parent", BRANCH, at=path).split()
    named = {commit.name: sha for commit, sha in zip(history.commits, found, strict=True) if commit.name}
    return Repository(history.name, path, {**named, "head": found[-1]})


def checkout(repository: Repository, commit: str, *, folder: Path) -> Path:
    """A working copy at the named commit, in `folder`."""
    if not (folder / ".git").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        git("clone", "--quiet", str(repository.path), str(folder))
    git("checkout", "--quiet", "--force", repository.shas[commit], folder=folder)
    return folder


def files_at(history: History, index: int, *, values: Mapping[str, str]) -> dict[str, bytes]:
    """Path to content of every file as commit number `index` leaves them."""
    present: dict[str, None] = {}
    for commit in history.commits[: index + 1]:
        present.update(dict.fromkeys(commit.adds))
        for path in commit.removes:
            del present[path]
    return {path: _content(history, path, after=index, values=values) for path in present}


def _content(history: History, path: str, *, after: int, values: Mapping[str, str]) -> bytes:
    """The file's last content with the changes of commits later than `after` taken back."""
    text = _template(history.folder, path).read_text()
    later = [change for commit in history.commits[after + 1 :] for change in commit.changes]
    for change in reversed([change for change in later if change.file == path]):
        if text.count(change.after) != 1:
            raise HistoryError(
                f"{history.name}/{path}: {change.after!r} stands there {text.count(change.after)} times"
            )
        text = text.replace(change.after, change.before)
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()


def _template(folder: Path, path: str) -> Path:
    plain, carried = folder / path, folder / (path + SUFFIX)
    return carried if carried.exists() else plain


def _stream(history: History, *, now: datetime, values: Mapping[str, str]) -> bytes:
    """The whole history in the format of `git fast-import`; mark n is the n-th commit of the branch."""
    before: dict[str, bytes] = {}
    parts: list[bytes] = []
    pulls = 0
    for index, commit in enumerate(history.commits):
        files = files_at(history, index, values=values)
        changes = list(_changes(before, files))
        pulls += bool(commit.reviewer)
        parts += _added(commit, changes, index=index, now=now, pull=pulls)
        before = files
    return b"".join([*parts, b"done\n"])


def _added(commit: Commit, changes: list[bytes], *, index: int, now: datetime, pull: int) -> Iterator[bytes]:
    """The commit on the branch; or on the ref of pull request number `pull`, and its merge."""
    branch, before = f"refs/heads/{BRANCH}", (index,) if index else ()
    at = now.astimezone(UTC) - timedelta(days=commit.days_ago)
    text = "\n\n".join(filter(None, [commit.subject, commit.body.strip()]))
    if not commit.reviewer:
        yield from _header(branch, text, by=commit.author, at=at, mark=index + 1, parents=before)
        yield from changes
        return
    head, merge = PULL_MARK + pull, f"Merge pull request #{pull}: {commit.subject}"
    yield from _header(f"refs/pull/{pull}/head", text, by=commit.author, at=at, mark=head, parents=before)
    yield from changes
    text = f"{merge}\n\nReviewed-by: {_person(commit.reviewer)}"
    at, both = at + MERGED_AFTER, (*before, head)
    yield from _header(branch, text, by=commit.reviewer, at=at, mark=index + 1, parents=both)
    yield from changes


def _changes(before: Mapping[str, bytes], files: Mapping[str, bytes]) -> Iterator[bytes]:
    """What leads from the files of the commit before to these."""
    yield from (f"D {path}\n".encode() for path in before if path not in files)
    for path, content in files.items():
        if before.get(path) != content:
            mode = "100755" if content.startswith(b"#!") else "100644"
            yield f"M {mode} inline {path}\n".encode()
            yield from _data(content)


def _person(name: str) -> str:
    return f"{name} <{name.lower().replace(' ', '.')}@example.invalid>"


def _header(
    ref: str, text: str, *, by: str, at: datetime, mark: int, parents: tuple[int, ...]
) -> Iterator[bytes]:
    """`parents` are marks; none for the first commit, two for a merge."""
    person = f"{_person(by)} {int(at.timestamp())} +0000"
    yield f"commit {ref}\nmark :{mark}\nauthor {person}\ncommitter {person}\n".encode()
    yield from _data(text.encode() + b"\n")
    for word, parent in zip(("from", "merge"), parents, strict=False):
        yield f"{word} :{parent}\n".encode()


def _data(content: bytes) -> tuple[bytes, bytes, bytes]:
    return f"data {len(content)}\n".encode(), content, b"\n"


def git(
    *arguments: str, at: Path | None = None, folder: Path | None = None, feed: bytes | None = None
) -> str:
    """Run git on the repository `at` (bare) or in `folder`, away from the machine's own settings."""
    place = [f"--git-dir={at}"] if at else ["-C", str(folder)] if folder else []
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    answer = subprocess.run(
        ["git", *place, "-c", "advice.detachedHead=false", *arguments],
        input=feed,
        capture_output=True,
        check=False,
        env={**os.environ, **quiet},
        timeout=60,
    )
    if answer.returncode:
        raise HistoryError(f"git {arguments[0]} failed: {answer.stderr.decode(errors='replace').strip()}")
    return answer.stdout.decode()
