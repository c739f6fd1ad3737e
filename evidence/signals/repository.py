"""A repository at one commit, as the detectors see it: text and parsed files, read and parsed once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from evidence.signals import helm
from evidence.signals.documents import (
    DocumentError,
    at,
    items,
    line_of,
    load_json,
    load_toml,
    load_yaml,
    mapping,
    word,
)
from evidence.signals.exclusions import Role
from evidence.signals.notebooks import notebook_source
from evidence.signals.python_code import CodeError, Module
from evidence.signals.results import Note
from evidence.signals.telling import may_tell

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A Kubernetes object declared in a file; `line` is where its kind stands."""

    path: str
    line: int
    api: str
    kind: str
    body: dict[object, object]

    def is_of(self, api: str, *kinds: str) -> bool:
        """True if the API group is `api` (`argoproj.io`) and the kind is one of `kinds`."""
        return self.api.split("/")[0] == api and self.kind in kinds


class Repository:
    """Paths with roles, texts of the files that were read, and everything parsed from them."""

    def __init__(self, *, roles: Mapping[str, Role], texts: Mapping[str, str], root: str = "") -> None:
        self.roles = roles
        self.texts = texts
        self.root = root
        self.notes: set[Note] = set()
        self._parsed: dict[tuple[str, str], object] = {}

    def note(self, path: str, why: str) -> None:
        self.notes.add(Note(path=path, why=why))

    def paths(self, pattern: str = "", *, role: Role = Role.OWN) -> Iterator[str]:
        """Paths of `role` that match `pattern` somewhere (ignoring case), in alphabetical order."""
        found = re.compile(pattern, re.IGNORECASE)
        return (path for path in self._sorted[role] if found.search(path))

    @cached_property
    def _sorted(self) -> dict[Role, list[str]]:
        every = sorted(self.roles)
        return {role: [path for path in every if self.roles[path] is role] for role in Role}

    def text(self, path: str) -> str:
        """The text of a file; empty if it was not read (too large, binary, absent)."""
        return self.texts.get(path, "")

    def line_of(self, path: str, pattern: str) -> int:
        return line_of(self.text(path), pattern)

    def yaml(self, path: str) -> tuple[object, ...]:
        """The documents of a YAML file; a chart's template is rendered first. Empty when broken."""
        return self._once("yaml", path, self._load_yaml, empty=())

    def json(self, path: str) -> object:
        return self._once("json", path, lambda p: load_json(self.text(p)), empty=None)

    def toml(self, path: str) -> object:
        return self._once("toml", path, lambda p: load_toml(self.text(p)), empty=None)

    def documents(self, path: str) -> tuple[object, ...]:
        """The documents of a YAML or JSON file."""
        return (self.json(path),) if path.lower().endswith(".json") else self.yaml(path)

    def module(self, path: str, *, keep: bool = True) -> Module | None:
        """A Python file or notebook; None when it is not read or cannot be parsed.

        A parsed file takes fifty times its size: `keep=False` where nobody asks for it again.
        """
        module = self._once("python", path, self._load_module, empty=None)
        if not keep:
            self._parsed.pop(("python", path))
        return module

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The system's own Python files that may show something, and its notebooks."""
        telling = (
            path
            for path in self.paths(r"\.(py|ipynb)$")
            if path.lower().endswith(".ipynb") or may_tell(path, self.text(path))
        )
        return tuple(module for path in telling if (module := self.module(path)))

    def modules_with(self, word: str) -> Iterator[Module]:
        """The system's own Python files and notebooks in which `word` stands somewhere."""
        found = (path for path in self.paths(r"\.(py|ipynb)$") if word in self.text(path))
        return (module for path in found if (module := self.module(path)))

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """The Kubernetes objects that the system's own YAML and JSON files declare."""
        return tuple(
            manifest for path in self.paths(r"\.(ya?ml|json)$") for manifest in self._manifests(path)
        )

    @cached_property
    def charts(self) -> frozenset[str]:
        """Folders of Helm charts."""
        return frozenset(p.rpartition("/")[0] for p in self.roles if p.rpartition("/")[2] == "Chart.yaml")

    def chart_of(self, path: str) -> str | None:
        """The chart whose template `path` is."""
        parts = PurePosixPath(path).parts
        if "templates" not in parts:
            return None
        chart = "/".join(parts[: parts.index("templates")])
        return chart if chart in self.charts else None

    @cached_property
    def entry_points(self) -> dict[str, str]:
        """Commands that the repository's packages install, with the module each one calls."""
        found: dict[str, str] = {}
        for path in self.paths(r"(^|/)pyproject\.toml$"):
            document = self.toml(path)
            for table in (at(document, "project", "scripts"), at(document, "tool", "poetry", "scripts")):
                found |= {
                    word(name): word(target).partition(":")[0] for name, target in mapping(table).items()
                }
        return found

    def find_module(self, dotted: str) -> tuple[str, str] | None:
        """The file of the repository that `dotted` names and what it names inside it (may be empty).

        `churn.pipeline.train` may be a module, or the function `train` of `churn/pipeline.py`; the
        package may lie in any folder (`src/churn`).
        """
        name, inside = dotted.removesuffix("()"), ""
        for _ in range(3):
            for path in self._module_index.get(name.rpartition(".")[2], ()):
                full = _dotted(path)
                if full == name or full.endswith(f".{name}"):
                    return path, inside
            name, _, last = name.rpartition(".")
            inside = last if not inside else f"{last}.{inside}"
            if not name:
                break
        return None

    def shadows(self, package: str) -> bool:
        """True if the repository has a module of its own of that name at an import root."""
        return any(
            f"{base}{package}.py" in self.roles for base in (self.root and f"{self.root}/", "src/", "")
        )

    @cached_property
    def _module_index(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        paths = [p for p, role in self.roles.items() if p.endswith(".py") and role is not Role.ASIDE]
        for path in sorted(paths, key=lambda p: (p.count("/"), p)):
            index.setdefault(_dotted(path).rpartition(".")[2], []).append(path)
        return index

    def remember(self, name: str, make: Callable[[], Parsed]) -> Parsed:
        """A value that several detectors need, made at the first call."""
        key = ("made", name)
        if key not in self._parsed:
            self._parsed[key] = make()
        return self._parsed[key]  # type: ignore[return-value]  # one maker per name

    def _once(self, kind: str, path: str, load: Callable[[str], Parsed], *, empty: Parsed) -> Parsed:
        key = (kind, path)
        if key not in self._parsed:
            try:
                self._parsed[key] = load(path) if path in self.texts else empty
            except (DocumentError, CodeError) as error:
                self.note(path, str(error))
                self._parsed[key] = empty
        return self._parsed[key]  # type: ignore[return-value]  # one loader per kind

    def _load_yaml(self, path: str) -> tuple[object, ...]:
        chart = self.chart_of(path)
        if chart is None:
            return load_yaml(self.text(path))
        rendered = helm.render(self.text(path), self._values(chart))
        try:
            return load_yaml(rendered)
        except DocumentError:
            return tuple(_headers(rendered))

    def _values(self, chart: str) -> object:
        documents = self.yaml(f"{chart}/values.yaml" if chart else "values.yaml")
        return documents[0] if documents else {}

    def _load_module(self, path: str) -> Module:
        text = self.text(path)
        if path.endswith(".ipynb"):
            try:
                text = notebook_source(text)
            except (ValueError, RecursionError) as error:
                raise CodeError(f"no notebook: {error}"[:120]) from None
        try:
            return Module(path, text)
        except RecursionError:
            raise CodeError("no readable Python: nested too deeply") from None

    def _manifests(self, path: str) -> Iterator[Manifest]:
        text = self.text(path)
        if "apiVersion" not in text or "kind" not in text:
            return
        for document in self.documents(path):
            listed = (
                items(at(document, "items")) if word(at(document, "kind")).endswith("List") else [document]
            )
            for body in listed:
                api, kind = word(at(body, "apiVersion")), word(at(body, "kind"))
                if api and kind:
                    line = line_of(text, rf"kind\"?:\s*[\"']?{re.escape(kind)}\b")
                    yield Manifest(path=path, line=line, api=api, kind=kind, body=mapping(body))


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _headers(text: str) -> Iterator[dict[object, object]]:
    """API and kind of the objects in a template that does not parse even when rendered."""
    for part in re.split(r"(?m)^---.*$", text):
        api = re.search(r"(?m)^apiVersion:\s*([\w./-]+)\s*$", part)
        kind = re.search(r"(?m)^kind:\s*(\w+)\s*$", part)
        if api and kind:
            yield {"apiVersion": api[1], "kind": kind[1], "metadata": {"name": helm.FILLER}}
