"""What differs between two model versions: code, data, parameters, metrics, environment, signature. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from lineage.origin import Origin, Thing

REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)\s*(.*)$")
SPEAKS_COMPARE = ("github.com", "gitlab.com", "codeberg.org")
"""Hosts whose repositories answer at `/compare/<sha>...<sha>`."""


class Aspect(StrEnum):
    CODE = "code"
    DATA = "data"
    PARAMETERS = "parameters"
    METRICS = "metrics"
    ENVIRONMENT = "environment"
    SIGNATURE = "signature"


class Change(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Row:
    """One named value on both sides; None where it is not there. `delta`: after - before of two numbers."""

    name: str
    before: str | None
    after: str | None
    delta: float | None = None

    @property
    def change(self) -> Change:
        if self.before == self.after:
            return Change.SAME
        if self.before is None:
            return Change.ADDED
        return Change.REMOVED if self.after is None else Change.CHANGED


@dataclass(frozen=True, slots=True)
class Section:
    """One aspect. It is only comparable where both sides tell it; `untold` holds the sides that do not."""

    aspect: Aspect
    rows: tuple[Row, ...]
    untold: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        return not self.untold

    @property
    def differing(self) -> tuple[Row, ...]:
        """The rows that differ; none where the aspect cannot be compared."""
        return tuple(row for row in self.rows if row.change is not Change.SAME) if self.comparable else ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions beside each other. `code_url` shows the changed files; empty where no host can."""

    before: Origin
    after: Origin
    sections: tuple[Section, ...]
    code_url: str


def compare(before: Origin, after: Origin) -> Comparison:
    """Every aspect of two origins, differences first."""
    sections = tuple(_section(aspect, tell, before, after) for aspect, tell in _TOLD.items())
    return Comparison(before, after, sections, code_url=_code_url(before, after))


Told = Mapping[str, object] | None
"""Named values; None where the side does not tell the aspect at all."""


def _section(aspect: Aspect, tell: Callable[[Origin], Told], before: Origin, after: Origin) -> Section:
    old, new = tell(before), tell(after)
    untold = tuple(o.version.label for o, told in ((before, old), (after, new)) if told is None)
    return Section(aspect, tuple(_rows(old or {}, new or {})), untold)


def _rows(old: Mapping[str, object], new: Mapping[str, object]) -> Iterable[Row]:
    rows = [
        Row(name, _text(old.get(name)), _text(new.get(name)), _delta(old.get(name), new.get(name)))
        for name in sorted({*old, *new})
    ]
    return sorted(rows, key=lambda row: row.change is Change.SAME)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _delta(old: object, new: object) -> float | None:
    if isinstance(old, bool) or isinstance(new, bool) or old == new:
        return None
    return new - old if isinstance(old, int | float) and isinstance(new, int | float) else None


def _code(origin: Origin) -> Told:
    commit = origin.commit
    if commit is None:
        return None
    dirty = origin.run.attrs.get("git_dirty") if origin.run else None
    told = {
        "commit": commit.attrs.get("sha") or commit.label,
        "subject": commit.attrs.get("subject"),
        "uncommitted changes": {True: "yes", False: "no"}.get(dirty) if isinstance(dirty, bool) else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _data(origin: Origin) -> Told:
    """By dataset its version and, column by column, its schema."""
    if not origin.datasets:
        return None
    told: dict[str, object] = {}
    for dataset in origin.datasets:
        name = str(dataset.attrs.get("name") or dataset.label)
        told[name] = dataset.attrs.get("version") or dataset.attrs.get("digest") or dataset.label
        told |= {f"{name} · {column}": kind for column, kind in _columns(dataset.attrs.get("schema"))}
        if dataset.attrs.get("rows") is not None:
            told[f"{name} (rows)"] = dataset.attrs["rows"]
    return told


def _of_run(key: str) -> Callable[[Origin], Told]:
    def tell(origin: Origin) -> Told:
        value = origin.run.attrs.get(key) if origin.run else None
        return value if isinstance(value, dict) else None

    return tell


def _environment(origin: Origin) -> Told:
    lines = origin.version.attrs.get("requirements")
    if not isinstance(lines, list):
        return None
    found = (REQUIREMENT.match(str(line)) for line in lines)
    return {match[1].lower(): match[2].strip() or "any" for match in found if match}


def _signature(origin: Origin) -> Told:
    """By input and output its type."""
    signature = origin.version.attrs.get("signature")
    if not isinstance(signature, dict):
        return None
    told: dict[str, object] = {}
    for role in ("inputs", "outputs"):
        told |= {f"{role[:-1]} {name}": kind for name, kind in _specs(signature.get(role))}
    return told


def _specs(text: object) -> Iterable[tuple[str, str]]:
    """(name, type) of each column or tensor of one side of an MLflow signature."""
    try:
        specs = json.loads(text) if isinstance(text, str) else []
    except ValueError:
        return
    for position, spec in enumerate(each for each in specs if isinstance(each, dict)):
        tensor = spec.get("tensor-spec")
        kind = (
            f"{tensor.get('dtype')} {tensor.get('shape')}" if isinstance(tensor, dict) else spec.get("type")
        )
        optional = "" if spec.get("required", True) else ", optional"
        yield str(spec.get("name") or position), f"{kind}{optional}"


def _columns(schema: object) -> Iterable[tuple[str, str]]:
    if isinstance(schema, list):
        for column in schema:
            if isinstance(column, dict):
                yield str(column.get("name", "")), str(column.get("type", ""))


def _code_url(before: Origin, after: Origin) -> str:
    """Where the host of the repository shows both commits beside each other."""
    if not (before.commit and after.commit and before.repository and after.repository):
        return ""
    old, new = _sha(before.commit), _sha(after.commit)
    url = before.repository.url.removesuffix("/").removesuffix(".git")
    same = before.repository.id == after.repository.id and old != new
    parts = urlsplit(url)
    if not same or parts.scheme != "https" or not _compares(parts.hostname or ""):
        return ""
    return f"{url}/{'-/' if 'gitlab' in (parts.hostname or '') else ''}compare/{old}...{new}"


def _compares(host: str) -> bool:
    return host in SPEAKS_COMPARE or host.startswith(("github.", "gitlab.", "gitea.", "git."))


def _sha(commit: Thing) -> str:
    return str(commit.attrs.get("sha") or commit.label)


_TOLD: dict[Aspect, Callable[[Origin], Told]] = {
    Aspect.CODE: _code,
    Aspect.DATA: _data,
    Aspect.PARAMETERS: _of_run("params"),
    Aspect.METRICS: _of_run("metrics"),
    Aspect.ENVIRONMENT: _environment,
    Aspect.SIGNATURE: _signature,
}
