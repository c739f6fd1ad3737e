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
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

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
    plans: dict[type, list[tuple[str, "Parse"]]] = field(default_factory=dict)

    def made(self, kind: type, values: Json) -> object:
        """An object from its listed values; a field that was added since has its default."""
        plan = self.plans.get(kind) or self.plans.setdefault(kind, self._plan(kind))
        told = zip(plan, _list(values), strict=True)
        return kind(**{name: parse(self, value) for (name, parse), value in told})

    def _plan(self, kind: type) -> list[tuple[str, "Parse"]]:
        """How each of the written fields is read."""
        names, hints = self.names[kind.__name__], get_type_hints(kind)
        missing = {f.name for f in fields(kind) if f.name not in names and not _has_default(f)}
        if strange := missing or set(names) - set(hints):
            raise FactsError(f"{kind.__name__} has other fields: {', '.join(sorted(strange))}")
        return [(name, _parse(hints[name])) for name in names]

    def pointed(self, place: Json) -> object:
        """The shared object at a place."""
        if not isinstance(place, int):
            raise FactsError(f"{place!r} points to nothing")
        if place not in self.built:
            name, values = self.shared[place]
            self.built[place] = self.made(_BY_NAME[name], values)
        return self.built[place]


Parse: TypeAlias = Callable[[_Reader, Json], object]
_MOMENTS: Mapping[type, Parse] = {
    datetime: lambda _reader, value: datetime.fromisoformat(str(value)),
    timedelta: lambda _reader, value: timedelta(seconds=float(str(value))),
}


@cache
def _parse(hint: Any) -> Parse:
    """How a value of a type is read; only the forms that facts have."""
    if get_origin(hint) in (Union, UnionType):
        return _parse_union(hint)
    if get_origin(hint) is tuple:
        return _parse_tuple(get_args(hint))
    if hint in _SHARED:
        return _Reader.pointed
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda reader, value: reader.made(hint, value)
    if hint in _MOMENTS:
        return _MOMENTS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda _reader, value: hint(value)
    if get_origin(hint) is Mapping:
        each = _parse(get_args(hint)[1])
        return lambda reader, value: {key: each(reader, one) for key, one in _dict(value).items()}
    return lambda _reader, value: value


def _parse_union(hint: Any) -> Parse:
    """`X | None`, or the union of everything that JSON can hold."""
    kinds = [each for each in get_args(hint) if each is not NoneType]
    if len(kinds) != 1:
        return lambda _reader, value: value
    inner = _parse(kinds[0])
    return lambda reader, value: None if value is None else inner(reader, value)


def _parse_tuple(kinds: tuple[Any, ...]) -> Parse:
    if kinds[-1] is Ellipsis:
        each = _parse(kinds[0])
        return lambda reader, value: tuple(each(reader, one) for one in _list(value))
    parts = [_parse(kind) for kind in kinds]
    return lambda reader, value: tuple(
        part(reader, one) for part, one in zip(parts, _list(value), strict=True)
    )


def _has_default(each: Any) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _list(value: object) -> list[Json]:
    if not isinstance(value, list):
        raise FactsError(f"a list was expected, not {type(value).__name__}")
    return value


def _dict(value: object) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise FactsError(f"a mapping was expected, not {type(value).__name__}")
    return value
