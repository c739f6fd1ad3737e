"""Reading the text of a rubric: YAML to checked values. Pure.

The first YAML document is the rubric, the next one the rubric that it `reads`, and so on.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import yaml

from evidence.records import Json
from maturity.criterion import Capability, Criterion, Effort, Need, Omitted, Rubric, Scoring
from maturity.finding import Strength
from maturity.probe import Catalogue
from maturity.rubric_checks import check, refuse_stranger
from maturity.rubric_fields import Fields, RubricError

MAX_TEXT = 400_000
"""Longest text that is read, in characters; the shipped ones have under 80,000."""

NEVER = 99
HOURS = 24.0


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What a criterion takes over from its rubric."""

    window_days: float
    observed_from_level: int
    scoring: Scoring
    base: Rubric | None


def parse(text: str, *, where: str, known: Catalogue | None) -> Rubric:
    """Check and read a whole text; raise RubricError with every word needed to mend it.

    Without `known` the text was checked once, when it was kept, and need not fit today's probes.
    """
    documents = _documents(text, where=where)
    digest = hashlib.sha256(text.encode()).hexdigest()
    base: Rubric | None = None
    for document in reversed(documents):
        fields = Fields.of(document, where=where)
        found = _rubric(fields, digest=digest, base=base)
        if known is not None:
            check(found, where=where, known=known)
        base = found
    return found


def id_of(text: str, *, where: str) -> str:
    """The id of a text's rubric."""
    return Fields.of(_documents(text, where=where)[0], where=where).name("id")


def read_id(text: str, *, where: str) -> str:
    """The id of the rubric that the text reads and does not bring along; "" for none."""
    return Fields.of(_documents(text, where=where)[-1], where=where).text("reads", default="")


def _documents(text: str, *, where: str) -> list[Json]:
    if len(text) > MAX_TEXT:
        raise RubricError(f"{where} is longer than {MAX_TEXT:,} characters; a rubric is far shorter.")
    try:
        found: list[Json] = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, RecursionError) as error:
        raise RubricError(f"{where} is no valid YAML: {' '.join(str(error).split())[:300]}") from None
    if not found:
        raise RubricError(f"{where} is empty; a rubric was expected.")
    return found


def _rubric(fields: Fields, *, digest: str, base: Rubric | None) -> Rubric:
    _check_base(fields, base)
    scoring = fields.choice("scoring", Scoring, default=Scoring.LEVELS)
    hours = fields.numbers("ttl_hours", required=base is None)
    found = Rubric(
        id=fields.name("id"),
        version=fields.text("version"),
        name=fields.text("name"),
        about=fields.text("about", default=""),
        digest=digest,
        levels=tuple(fields.texts("levels")),
        scoring=scoring,
        bands=tuple(fields.ascending("bands") if scoring is Scoring.POINTS else ()),
        waiver_cap=int(fields.number("waiver_cap", low=0, high=99, default=1)),
        ttl=base.ttl if base and not hours else _spans(hours),
        default_ttl=base.default_ttl if base and not hours else timedelta(hours=hours.get("default", HOURS)),
        capabilities=tuple(_capability(entry) for entry in fields.entries("capabilities")),
        criteria=_criteria(fields, scoring=scoring, base=base),
        omitted=tuple(_omitted(entry) for entry in fields.entries("omitted", required=False)),
        base=base,
    )
    fields.refuse_unknown()
    return found


def _check_base(fields: Fields, base: Rubric | None) -> None:
    """The rubric that is read has to be the one that follows."""
    wanted = fields.text("reads", default="")
    if wanted and base is None:
        raise RubricError(
            f"{fields.where}: reads: the text of the rubric {wanted!r} is missing behind this one."
        )
    if base is not None and wanted != base.id:
        raise RubricError(
            f"{fields.where}: it is followed by the rubric {base.id!r}, but reads {wanted or 'none'!r}."
        )


def _spans(hours: Mapping[str, float]) -> dict[str, timedelta]:
    return {kind: timedelta(hours=each) for kind, each in hours.items() if kind != "default"}


def _capability(entry: Fields) -> Capability:
    found = Capability(id=entry.name("id"), name=entry.text("name"), short=entry.text("short"))
    entry.refuse_unknown()
    return found


def _omitted(entry: Fields) -> Omitted:
    found = Omitted(what=entry.text("what"), why=entry.text("why"))
    entry.refuse_unknown()
    return found


def _criteria(fields: Fields, *, scoring: Scoring, base: Rubric | None) -> tuple[Criterion, ...]:
    defaults = _Defaults(
        window_days=fields.number("window_days", low=1, high=3660, default=90),
        observed_from_level=int(fields.number("observed_from_level", low=0, high=NEVER, default=NEVER)),
        scoring=scoring,
        base=base,
    )
    return tuple(_criterion(entry, defaults=defaults) for entry in fields.entries("criteria"))


def _criterion(entry: Fields, *, defaults: _Defaults) -> Criterion:
    points = defaults.scoring is Scoring.POINTS
    level = int(entry.number("level", low=0, high=NEVER, default=0 if points else None))
    weakest = Strength.OBSERVED if level >= defaults.observed_from_level else Strength.ATTESTED
    parts = _parts(entry, base=defaults.base)
    found = Criterion(
        id=entry.name("id"),
        capability=entry.text("capability"),
        level=level,
        question=entry.text("question"),
        why=entry.text("why"),
        how=entry.text("how", default=_joined(part.how for part in parts)),
        remedy=entry.text("remedy", default=_joined(part.remedy for part in parts)),
        snippet=entry.text("snippet", default="\n".join(part.snippet for part in parts if part.snippet)),
        effort=entry.choice("effort", Effort, default=_dearest(parts)),
        subject=entry.text("subject", default=_subject(parts)),
        probe=entry.text("probe", default=""),
        condition=entry.text("not_applicable_if", default=""),
        needs=tuple(_need(each) for each in entry.texts("needs", default=())) or _needs(parts),
        threshold=entry.number("threshold", low=0.01, high=1, default=1),
        window=timedelta(days=entry.number("window_days", low=1, high=3660, default=defaults.window_days)),
        gating=entry.flag("gating", default=True),
        min_strength=entry.choice("min_strength", Strength, default=weakest),
        attested=entry.flag("attested", default=False),
        parts=parts,
    )
    entry.refuse_unknown()
    return found


def _parts(entry: Fields, *, base: Rubric | None) -> tuple[Criterion, ...]:
    """The criteria that this one takes, from the rubric that is read."""
    names = entry.texts("takes", default=())
    if names and base is None:
        raise RubricError(
            f"{entry.where}: takes: the rubric has no line 'reads: …' that says from which one."
        )
    known = {criterion.id: criterion for criterion in base.criteria} if base else {}
    for name in names:
        refuse_stranger(name, known, what="criterion", place=entry.where)
    return tuple(known[name] for name in dict.fromkeys(names))


def _joined(texts: Iterable[str]) -> str | None:
    """The texts of all parts, each once; None where there is none, so that the key is required."""
    return " ".join(dict.fromkeys(texts)) or None


def _dearest(parts: Sequence[Criterion]) -> Effort | None:
    return max((part.effort for part in parts), key=lambda effort: effort.rank, default=None)


def _subject(parts: Sequence[Criterion]) -> str | None:
    subjects = {part.subject for part in parts}
    return (subjects.pop() if len(subjects) == 1 else "subject") if subjects else None


def _needs(parts: Sequence[Criterion]) -> tuple[Need, ...]:
    return tuple(dict.fromkeys(need for part in parts for need in part.needs))


def _need(text: str) -> Need:
    kind, _, part = text.partition(":")
    return Need(kind=kind, part=part)
