"""Are the dependencies locked to exact versions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from evidence.signals.builds import join
from evidence.signals.documents import at, items, mapping, word
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

LOCKED_ENTRY: Mapping[str, str] = {
    "poetry.lock": r"(?m)^\[\[package\]\]",
    "pdm.lock": r"(?m)^\[\[package\]\]",
    "uv.lock": r"(?m)^source = \{ (registry|git|url|path)\b|"
    r"^\[\[package\]\]\s*\nname = .*\nversion = .*\n(?!source = \{ (virtual|editable))",
    "pipfile.lock": r'"default"\s*:\s*\{\s*"',
    "conda-lock.yml": r"(?m)^\s*-?\s*version:|^\s+-\s+https?://",
    "conda-lock.yaml": r"(?m)^\s*-?\s*version:",
    "pixi.lock": r"(?m)^\s*-\s+(conda|pypi|kind):",
}
"""What a lock file must contain to lock anything."""
FOREIGN: Mapping[str, str] = {
    "renv.lock": r'"Version"\s*:',
    "package-lock.json": r'"(resolved|integrity)"\s*:',
    "yarn.lock": r"(?m)^\s+resolved|^\s+resolution:",
    "pnpm-lock.yaml": r"(?m)^packages:",
    "cargo.lock": r"(?m)^\[\[package\]\]",
    "go.sum": r"h1:",
    "gemfile.lock": r"(?m)^GEM",
    "manifest.toml": r"(?m)^\[\[",
}
"""Locks of other languages: they lock this system only where it is not written in Python."""
ASIDE = re.compile(
    r"(^|[/._-])(dev|develop|development|test|tests|testing|doc|docs|lint|linting|ci|style|format|typing|"
    r"mypy)([._-]|$|/)"
)
PINNED = re.compile(r"^[\w.-]+(\[[^\]]*\])?\s*={2,3}\s*(?![^,;\s]*\*)[\w.!+-]+$")
OWN_PACKAGE = re.compile(r"^(-e\s+|--editable[\s=]+)?\.{0,2}(/[\w./-]*)?(\[[\w,-]+\])?$")
OPTION = re.compile(
    r"^-(c|i|f|-(constraint|index|extra|find|trusted|no-|only|prefer|pre|require-hashes|use))"
)
DIRECT = re.compile(r"(@\s*|^)(git\+|https?://|file:)\S*(@[0-9a-f]{40}\b|\.whl|\.tar\.gz|\.zip)")


def dependency_lock(repo: Repository) -> Iterator[Proof]:
    """A lock file with packages in it, or requirements of which every line is exact.

    Refused: an empty lock, ranges, one open line among exact ones, a file for development only, and
    the lock of a web front end beside unlocked Python.
    """
    is_python = any(True for _ in repo.paths(r"\.(py|ipynb)$"))
    known = LOCKED_ENTRY if is_python else {**LOCKED_ENTRY, **FOREIGN}
    for path in repo.paths(r"(lock|\.sum|manifest\.toml|\.lock\.json|lock\.json|lock\.ya?ml)$"):
        pattern = known.get(PurePosixPath(path).name.lower())
        found = re.search(pattern, repo.text(path)) if pattern else None
        if found:
            line = repo.text(path).count("\n", 0, found.start()) + 1
            yield Proof(path=path, line=line, why="a lock file with packages")
    yield from _standard_locks(repo)
    yield from _requirements(repo)
    yield from _conda(repo)


def _standard_locks(repo: Repository) -> Iterator[Proof]:
    """`pylock.toml` of the packaging standard (PEP 751)."""
    for path in repo.paths(r"(^|/)pylock(\.[\w-]+)?\.toml$"):
        if items(at(repo.toml(path), "packages")):
            yield Proof(
                path=path, line=repo.line_of(path, r"^\[\[packages\]\]"), why="a lock file with packages"
            )


def _requirements(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(
        r"(^|/)(requirements[^/]*|[^/]*requirements)\.(txt|lock)$|(^|/)requirements/[^/]+\.txt$|(^|"
        r"/)requirements\.lock$"
    ):
        if ASIDE.search(_own_words(path)):
            continue
        lines = list(_entries(repo, path, seen=set()))
        constraints = {name for _, text in _constraints(repo, path) if (name := _name(text))}
        if lines and all(_is_exact(text) or _name(text) in constraints for _, text in lines):
            yield Proof(path=path, line=lines[0][0], why=f"all {len(lines)} requirements are exact")


def _own_words(path: str) -> str:
    """The part of a requirements path that says what it is for."""
    parts = PurePosixPath(path).parts
    name = parts[-1].rsplit(".", 1)[0].lower()
    return re.sub(r"requirements|lock", "", name)


def _entries(repo: Repository, path: str, *, seen: set[str]) -> Iterator[tuple[int, str]]:
    """Line numbers and requirements, with included files; a missing include counts as open."""
    seen.add(path)
    text = re.sub(r"\\\r?\n\s*", lambda m: " ", repo.text(path))
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        include = re.match(r"^(?:-r|--requirement)[\s=]+(\S+)", line)
        if include:
            target = join(path.rpartition("/")[0], include[1])
            if target not in seen:
                yield from _entries(repo, target, seen=seen) if target in repo.texts else [(number, line)]
        elif line and not OWN_PACKAGE.match(line) and not OPTION.match(line):
            yield number, line


def _constraints(repo: Repository, path: str) -> Iterator[tuple[int, str]]:
    """Exact entries of the constraint files that a requirements file names."""
    for named in re.findall(r"(?m)^(?:-c|--constraint)[\s=]+(\S+)", repo.text(path)):
        target = join(path.rpartition("/")[0], named)
        yield from ((n, text) for n, text in _entries(repo, target, seen={path}) if _is_exact(text))


def _is_exact(line: str) -> bool:
    requirement = re.sub(r"\s+--(hash|config-settings|global-option)[=\s]\S+", "", line).split(";")[0].strip()
    return bool(PINNED.match(requirement) or DIRECT.search(requirement))


def _name(line: str) -> str:
    found = re.match(r"^[\w.-]+", line)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def _conda(repo: Repository) -> Iterator[Proof]:
    """An explicit list of package addresses, or an exported environment with every version exact."""
    for path in repo.paths(r"(^|/)[^/]*(spec|explicit|lock|linux-64)[^/]*\.(txt|lock)$"):
        if re.search(r"(?m)^@EXPLICIT\s*$", repo.text(path)) and "://" in repo.text(path):
            yield Proof(path=path, line=repo.line_of(path, "^@EXPLICIT"), why="an explicit list of packages")
    for path in repo.paths(r"(^|/)(environment|conda)[^/]*\.ya?ml$"):
        if ASIDE.search(PurePosixPath(path).name):
            continue
        for document in repo.yaml(path)[:1]:
            found = list(_conda_entries(document))
            if found and all(found):
                line = repo.line_of(path, "dependencies:")
                yield Proof(path=path, line=line, why=f"all {len(found)} packages are exact")


def _conda_entries(document: object) -> Iterator[bool]:
    """For each dependency whether it is exact: `=1.2` of conda is a range, `=1.2.3` is not."""
    for entry in items(at(document, "dependencies")):
        if word(entry):
            text = word(entry).split("::")[-1].strip()
            yield (
                bool(re.match(r"^[\w.-]+\s*(==\s*[\w.!+-]+|=[\w.!+-]+=[\w.+-]+|=\d+\.\d+\.\d[\w.]*)$", text))
                or text == "pip"
            )
        for requirement in items(mapping(entry).get("pip")):
            yield _is_exact(word(requirement))


DETECTORS = {SignalName.DEPENDENCY_LOCK: dependency_lock}
