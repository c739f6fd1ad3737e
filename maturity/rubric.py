"""Rubrics: versioned YAML files of criteria, checked when they are loaded.

A rubric names capabilities, and criteria that ask a probe one question at one level. A file that
names what does not exist is refused with the place and the mend: a criterion that silently
disappeared would look like a level reached.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from evidence.records import Json
from maturity.finding import Strength
from maturity.probe import Catalogue, catalogue
from maturity.rubric_fields import Fields, RubricError

FOLDER = Path(__file__).parent / "rubrics"
GOOGLE = "google"
BELOW_STRENGTH = Strength.ATTESTED


class Effort(StrEnum):
    """What closing a gap costs: under a day, days, weeks."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"

    @property
    def rank(self) -> int:
        return list(Effort).index(self)


@dataclass(frozen=True, slots=True)
class Capability:
    id: str
    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Need:
    """A kind of source, and the part of it, that a criterion cannot be judged without."""

    kind: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question at one level.

    `threshold`: least share of passing subjects, in (0, 1]. `min_strength`: evidence weaker than
    this proves nothing. `probe` is empty for a criterion whose source cannot be read yet: it is
    unknown, never passed. `{system}` and `{team}` in a snippet stand for the slugs.
    """

    id: str
    capability: str
    level: int
    question: str
    why: str
    how: str
    remedy: str
    snippet: str
    effort: Effort
    subject: str
    probe: str
    condition: str
    needs: tuple[Need, ...]
    threshold: float
    window: timedelta
    gating: bool
    min_strength: Strength


@dataclass(frozen=True, slots=True)
class Rubric:
    """A checked rubric. `digest` is the SHA-256 (hex) of its file."""

    id: str
    version: str
    name: str
    digest: str
    levels: tuple[str, ...]
    ttl: Mapping[str, timedelta]
    default_ttl: timedelta
    capabilities: tuple[Capability, ...]
    criteria: tuple[Criterion, ...]

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.levels) - 1

    def ttl_of(self, kind: str) -> timedelta:
        """How long what a kind of source said may be believed."""
        return self.ttl.get(kind, self.default_ttl)

    def of(self, capability: str) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.capability == capability)

    def criterion(self, criterion_id: str) -> Criterion | None:
        return next((c for c in self.criteria if c.id == criterion_id), None)


@cache
def rubric(name: str = GOOGLE) -> Rubric:
    """The rubric of that name from `maturity/rubrics/`."""
    path = FOLDER / f"{name}.yaml"
    return parse(path.read_text(encoding="utf-8"), where=path.name, known=catalogue())


def parse(text: str, *, where: str, known: Catalogue) -> Rubric:
    """Check and read the text of a rubric file; raise RubricError with every word needed to mend it."""
    fields = Fields.of(_loaded(text, where=where), where=where)
    digest = hashlib.sha256(text.encode()).hexdigest()
    levels = tuple(fields.texts("levels"))
    capabilities = tuple(_capability(entry) for entry in fields.entries("capabilities"))
    defaults = _defaults(fields)
    criteria = tuple(_criterion(entry, defaults=defaults) for entry in fields.entries("criteria"))
    found = Rubric(
        id=fields.text("id"),
        version=fields.text("version"),
        name=fields.text("name"),
        digest=digest,
        levels=levels,
        ttl={
            kind: timedelta(hours=hours)
            for kind, hours in fields.numbers("ttl_hours").items()
            if kind != "default"
        },
        default_ttl=timedelta(hours=fields.numbers("ttl_hours").get("default", 24)),
        capabilities=capabilities,
        criteria=criteria,
    )
    fields.refuse_unknown()
    _check(found, where=where, known=known)
    return found


@dataclass(frozen=True, slots=True)
class _Defaults:
    window_days: float
    observed_from_level: int


def _defaults(fields: Fields) -> _Defaults:
    return _Defaults(
        window_days=fields.number("window_days", low=1, high=3660),
        observed_from_level=int(fields.number("observed_from_level", low=0, high=9)),
    )


def _loaded(text: str, *, where: str) -> Json:
    try:
        value: Json = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RubricError(f"{where} is no valid YAML: {' '.join(str(error).split())[:300]}") from None
    return value


def _capability(entry: Fields) -> Capability:
    found = Capability(id=entry.text("id"), name=entry.text("name"), short=entry.text("short"))
    entry.refuse_unknown()
    return found


def _criterion(entry: Fields, *, defaults: _Defaults) -> Criterion:
    level = int(entry.number("level", low=0, high=9))
    weakest = Strength.OBSERVED if level >= defaults.observed_from_level else BELOW_STRENGTH
    found = Criterion(
        id=entry.text("id"),
        capability=entry.text("capability"),
        level=level,
        question=entry.text("question"),
        why=entry.text("why"),
        how=entry.text("how"),
        remedy=entry.text("remedy"),
        snippet=entry.text("snippet", default=""),
        effort=entry.choice("effort", Effort),
        subject=entry.text("subject"),
        probe=entry.text("probe", default=""),
        condition=entry.text("not_applicable_if", default=""),
        needs=tuple(_need(each) for each in entry.texts("needs", default=())),
        threshold=entry.number("threshold", low=0.01, high=1, default=1),
        window=timedelta(days=entry.number("window_days", low=1, high=3660, default=defaults.window_days)),
        gating=entry.flag("gating", default=True),
        min_strength=entry.choice("min_strength", Strength, default=weakest),
    )
    entry.refuse_unknown()
    return found


def _need(text: str) -> Need:
    kind, _, part = text.partition(":")
    return Need(kind=kind, part=part)


def _check(found: Rubric, *, where: str, known: Catalogue) -> None:
    """What one field alone cannot tell."""
    _refuse_doubles([c.id for c in found.capabilities], what="capability", where=where)
    _refuse_doubles([c.id for c in found.criteria], what="criterion", where=where)
    capabilities = [c.id for c in found.capabilities]
    for criterion in found.criteria:
        place = f"{where}: criterion {criterion.id}"
        _refuse_stranger(criterion.capability, capabilities, what="capability", place=place)
        if criterion.level > found.top:
            raise RubricError(
                f"{place} is at level {criterion.level}, but the rubric ends at level {found.top}."
            )
        if criterion.probe:
            _refuse_stranger(criterion.probe, list(known.probes), what="probe", place=place)
        elif not criterion.needs:
            raise RubricError(f"{place} has neither a probe nor a source it waits for; give it one of them.")
        if criterion.condition:
            _refuse_stranger(criterion.condition, list(known.conditions), what="condition", place=place)
    empty = [c for c in capabilities if not any(x.gating for x in found.of(c))]
    if empty:
        raise RubricError(
            f"{where}: capability {empty[0]} has no gating criterion, so its levels would mean nothing."
        )


def _refuse_doubles(ids: list[str], *, what: str, where: str) -> None:
    doubled = sorted({each for each in ids if ids.count(each) > 1})
    if doubled:
        raise RubricError(f"{where}: {what} {doubled[0]} stands there twice; ids are unique.")


def _refuse_stranger(name: str, known: list[str], *, what: str, place: str) -> None:
    if name not in known:
        raise RubricError(
            f"{place} names the {what} {name!r}, which does not exist. Known: {', '.join(sorted(known))}."
        )
