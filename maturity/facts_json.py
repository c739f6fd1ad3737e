"""Facts as compact JSON and back, exactly. Pure.

`{"fields": {type: [field, …]}, "shared": [[type, values], …], "facts": values}`: an object is the
list of its values, their names are told once for a type. What many others point to (a run, a commit)
stands once in `shared`, and is pointed to by its place there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from evidence.records import Json
from maturity.facts import Commit, PipelineRun, Run, SystemFacts

_SHARED = frozenset({Commit, PipelineRun, Run})
_BY_NAME: Mapping[str, type] = {kind.__name__: kind for kind in _SHARED}


class FactsError(ValueError):
    """The text holds no facts that this version can read; the message says why."""


def written(facts: SystemFacts) -> bytes:
    """The facts as JSON in UTF-8; equal facts that share the same objects give equal bytes."""
    return _Writer().text(facts).encode()


def read(text: bytes) -> SystemFacts:
    """The facts that `written` wrote; FactsError for anything else."""
    try:
        document = json.loads(text)
        reader = _Reader(names=document["fields"], shared=document["shared"])
        found = reader.made(SystemFacts, document["facts"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise FactsError(f"These are no facts that this version can read: {error!r}.") from error
    if not isinstance(found, SystemFacts):
        raise FactsError("These are no facts of a system.")
    return found


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _values(kind: type) -> Callable[[object], tuple[object, ...]]:
    names = _names(kind)
    if len(names) > 1:
        return attrgetter(*names)
    only = attrgetter(*names)
    return lambda value: (only(value),)


@dataclass(slots=True)
class _Writer:
    """Writes each shared object once, in the order in which it was met."""

    places: dict[int, int] = field(default_factory=dict)
    shared: list[object] = field(default_factory=list)
    kinds: set[type] = field(default_factory=set)

    def text(self, facts: SystemFacts) -> str:
        encode = json.JSONEncoder(default=self._plain, separators=(",", ":"), check_circular=False).encode
        told = encode(self._listed(facts))
        parts = []
        for value in self.shared:  # grows while it is written
            parts.append(f'["{type(value).__name__}",{encode(self._listed(value))}]')
        names = {kind.__name__: _names(kind) for kind in sorted(self.kinds, key=lambda kind: kind.__name__)}
        return f'{{"fields":{encode(names)},"shared":[{",".join(parts)}],"facts":{told}}}'

    def _listed(self, value: object) -> tuple[object, ...]:
        kind: type = type(value)
        self.kinds.add(kind)
        return _values(kind)(value)

    def _plain(self, value: object) -> object:
        kind = type(value)
        if kind in _SHARED:
            place = self.places.setdefault(id(value), len(self.shared))
            if place == len(self.shared):
                self.shared.append(value)
            return place
        if kind is datetime:
            return value.isoformat()  # type: ignore[attr-defined]
        if kind is timedelta:
            return value.total_seconds()  # type: ignore[attr-defined]
        if is_dataclass(kind):
            return self._listed(value)
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{kind.__name__} is not a fact")


@dataclass(slots=True)
class _Reader:
    names: Mapping[str, list[str]]
    shared: list[tuple[str, list[Json]]]
    built: dict[int, object] = field(default_factory=dict)

    def made(self, kind: type, values: Json) -> object:
        """An object from its listed values; a field that was added since has its default."""
        told = dict(zip(self.names[kind.__name__], _list(values), strict=True))
        hints = _hints(kind)
        missing = {f.name for f in fields(kind) if f.name not in told and not _has_default(f)}
        if strange := missing or set(told) - set(hints):
            raise FactsError(f"{kind.__name__} has other fields: {', '.join(sorted(strange))}")
        return kind(**{name: self._read(hints[name], value) for name, value in told.items()})

    def _read(self, hint: Any, value: Json) -> object:
        """A value as the type says; only the forms that facts have."""
        if get_origin(hint) in (Union, UnionType):
            return self._read_union(hint, value)
        if get_origin(hint) is tuple:
            return self._read_tuple(get_args(hint), _list(value))
        if isinstance(hint, type) and is_dataclass(hint):
            return self._pointed(value) if hint in _SHARED else self.made(hint, value)
        if hint is datetime:
            return datetime.fromisoformat(str(value))
        if hint is timedelta:
            return timedelta(seconds=float(str(value)))
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(value)
        if isinstance(value, dict) and get_args(hint):
            return {key: self._read(get_args(hint)[1], each) for key, each in value.items()}
        return value

    def _read_union(self, hint: Any, value: Json) -> object:
        """`X | None`, or the union of everything that JSON can hold."""
        kinds = [each for each in get_args(hint) if each is not NoneType]
        return self._read(kinds[0], value) if len(kinds) == 1 and value is not None else value

    def _read_tuple(self, kinds: tuple[Any, ...], values: list[Json]) -> object:
        if kinds[-1] is Ellipsis:
            return tuple(self._read(kinds[0], value) for value in values)
        return tuple(self._read(kind, value) for kind, value in zip(kinds, values, strict=True))

    def _pointed(self, place: Json) -> object:
        if not isinstance(place, int):
            raise FactsError(f"{place!r} points to nothing")
        if place not in self.built:
            name, values = self.shared[place]
            self.built[place] = self.made(_BY_NAME[name], values)
        return self.built[place]


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_default(each: Any) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _list(value: object) -> list[Json]:
    if not isinstance(value, list):
        raise FactsError(f"a list was expected, not {type(value).__name__}")
    return value
