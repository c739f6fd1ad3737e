"""Probes and applicability: how a question is answered from facts, and when it is not asked.

A probe is a pure function `(facts, window) -> tuple[Finding, ...]` marked with `@probe`; a
condition `(facts, window) -> str` marked with `@applies` returns why a criterion does not apply,
or an empty string. Both are found by a scan of `maturity/probes/` and named `<file>.<function>`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from types import ModuleType
from typing import TypeAlias

import maturity.probes
from core.registry import scan
from maturity.facts import SystemFacts
from maturity.finding import Finding

Ask: TypeAlias = Callable[[SystemFacts, timedelta], tuple[Finding, ...]]
Exempt: TypeAlias = Callable[[SystemFacts, timedelta], str]


@dataclass(frozen=True, slots=True)
class Probe:
    """A named question to the facts; `version` rises when its answer to the same facts changes.

    `means`: the kinds of things (task, check, job, environment) that a team may map to it by their names.
    """

    name: str
    version: int
    ask: Ask
    means: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All probes and conditions by name."""

    probes: Mapping[str, Probe]
    conditions: Mapping[str, Exempt]


def probe(*, version: int = 1, means: tuple[str, ...] = ()) -> Callable[[Ask], Ask]:
    """Mark a function of a file in `maturity/probes/` as a probe."""

    def mark(ask: Ask) -> Ask:
        ask.__dict__.update(probe_version=version, probe_means=means)
        return ask

    return mark


def applies(exempt: Exempt) -> Exempt:
    """Mark a function as a condition; it says why a criterion does not apply ("" when it does)."""
    exempt.__dict__["is_condition"] = True
    return exempt


@cache
def catalogue() -> Catalogue:
    """Scan the folder once; a file without a probe stops the start."""
    marked = scan(maturity.probes, _marked)
    probes = {
        f"{file}.{p.name}": replace(p, name=f"{file}.{p.name}")
        for file, m in marked.items()
        for p in m.probes
    }
    conditions = {f"{file}.{name}": c for file, m in marked.items() for name, c in m.conditions.items()}
    return Catalogue(probes=probes, conditions=conditions)


@dataclass(frozen=True, slots=True)
class _Marked:
    probes: tuple[Probe, ...]
    conditions: Mapping[str, Exempt]


def _marked(module: ModuleType) -> _Marked | None:
    own = {
        n: v
        for n, v in vars(module).items()
        if callable(v) and getattr(v, "__module__", "") == module.__name__
    }
    probes = tuple(
        Probe(n, v.probe_version, v, v.probe_means) for n, v in own.items() if hasattr(v, "probe_version")
    )
    conditions = {n: v for n, v in own.items() if hasattr(v, "is_condition")}
    return _Marked(probes, conditions) if probes else None


def once(known: Catalogue) -> Catalogue:
    """The same probes, each asked once a window: for the facts of one system under several rubrics."""
    probes = {name: replace(each, ask=_Once(each.ask, {})) for name, each in known.probes.items()}
    return replace(known, probes=probes)


@dataclass(frozen=True, slots=True)
class _Once:
    ask: Ask
    answers: dict[timedelta, tuple[Finding, ...]]

    def __call__(self, facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
        if window not in self.answers:
            self.answers[window] = self.ask(facts, window)
        return self.answers[window]
