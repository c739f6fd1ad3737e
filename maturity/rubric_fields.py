"""Reading the fields of a rubric file: typed, bounded, and with an error that names the place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from evidence.records import Json

Choice = TypeVar("Choice", bound=StrEnum)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class RubricError(Exception):
    """A rubric file cannot be used; the message says where, why and what to do."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One mapping of the file; remembers which keys were read, so that a misspelt one is refused."""

    values: Mapping[str, Json]
    where: str
    read: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, value: Json, *, where: str) -> "Fields":
        if not isinstance(value, dict):
            raise RubricError(f"{where}: a mapping of names to values was expected.")
        return cls(values=value, where=where)

    def text(self, key: str, *, default: str | None = None) -> str:
        """Text (a number is taken as text), without surrounding space; never empty unless by default."""
        value = self._value(key, required=default is None)
        if value is None:
            return default or ""
        if isinstance(value, bool | dict | list) or not str(value).strip():
            raise self._error(key, "text was expected")
        return str(value).strip()

    def name(self, key: str) -> str:
        """An id: lower-case letters, digits, hyphens and underscores, at most 60."""
        value = self.text(key)
        if not NAME.fullmatch(value):
            raise self._error(key, "lower-case letters, digits, '-' and '_' were expected, at most 60")
        return value

    def number(self, key: str, *, low: float, high: float, default: float | None = None) -> float:
        """A number in [low, high]."""
        value = self._value(key, required=default is None)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._error(key, f"a number from {low:g} to {high:g} was expected")
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._value(key, required=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._error(key, "true or false was expected")
        return value

    def choice(self, key: str, kind: type[Choice], *, default: Choice | None = None) -> Choice:
        """One word of a closed set."""
        value = self._value(key, required=default is None)
        if value is None and default is not None:
            return default
        words = [each.value for each in kind]
        if value not in words:
            raise self._error(key, f"one of {', '.join(words)} was expected")
        return kind(str(value))

    def texts(self, key: str, *, default: Sequence[str] | None = None) -> list[str]:
        value = self._value(key, required=default is None)
        if value is None:
            return list(default or ())
        if not isinstance(value, list) or not all(isinstance(each, str | int) for each in value):
            raise self._error(key, "a list of texts was expected")
        return [str(each) for each in value]

    def ascending(self, key: str) -> list[float]:
        """Numbers from 0 up, each above the one before."""
        value = self._value(key, required=True)
        found = value if isinstance(value, list) else []
        numbers = [float(n) for n in found if isinstance(n, int | float) and not isinstance(n, bool)]
        if not found or len(numbers) < len(found) or numbers[0] < 0 or sorted(set(numbers)) != numbers:
            raise self._error(key, "a list of ascending numbers from 0 up was expected")
        return numbers

    def numbers(self, key: str, *, required: bool = True) -> dict[str, float]:
        """Names with positive numbers."""
        value = self._value(key, required=required)
        if value is None:
            return {}
        entry = Fields.of(value, where=f"{self.where}: {key}")
        return {name: entry.number(name, low=0.01, high=1e6) for name in entry.values}

    def entries(self, key: str, *, required: bool = True) -> Iterator["Fields"]:
        """The mappings of a list; each names itself by its id in errors."""
        value = self._value(key, required=required)
        if value is None:
            return
        if not isinstance(value, list) or not value:
            raise self._error(key, "a list was expected")
        for position, each in enumerate(value, start=1):
            name = each.get("id") if isinstance(each, dict) else None
            yield Fields.of(each, where=f"{self.where}: {key} {name or f'number {position}'}")

    def refuse_unknown(self) -> None:
        """A key that nothing reads is a misspelling."""
        unknown = sorted(set(map(str, self.values)) - self.read)
        if unknown:
            raise RubricError(
                f"{self.where}: unknown key {unknown[0]!r}. Known here: {', '.join(sorted(self.read))}."
            )

    def _value(self, key: str, *, required: bool) -> Json:
        self.read.add(key)
        value = self.values.get(key)
        if value is None and required:
            raise self._error(key, "it is missing")
        return value

    def _error(self, key: str, why: str) -> RubricError:
        return RubricError(f"{self.where}: {key}: {why}.")
