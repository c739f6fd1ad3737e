"""Which system a thing belongs to: its scopes held against the bindings of its source."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from evidence.records import Scope


@dataclass(frozen=True, slots=True)
class Rule:
    """One binding: things of this kind whose name matches the shell pattern belong to the system."""

    kind: str
    pattern: str
    system_id: int


class Rules:
    """The bindings of one source. The first rule that matches decides; exact names come first."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: (any(c in rule.pattern for c in "*?["), rule.pattern))
        self._known: dict[tuple[Scope, ...], int | None] = {}

    def system_for(self, scopes: tuple[Scope, ...]) -> int | None:
        """The system's key, or None: unassigned."""
        if scopes not in self._known:
            self._known[scopes] = self._find(scopes)
        return self._known[scopes]

    def _find(self, scopes: tuple[Scope, ...]) -> int | None:
        for rule in self._rules:
            for scope in scopes:
                if scope.kind == rule.kind and fnmatchcase(scope.name, rule.pattern):
                    return rule.system_id
        return None
