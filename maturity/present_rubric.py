"""A rubric as its page and the API show it: every criterion, and how many systems meet it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.models import Team
from core.permissions import Principal
from maturity.blindness import NAMES
from maturity.criterion import Capability, Criterion, Rubric
from maturity.finding import Verdict
from maturity.load_facts import readable_kinds
from maturity.rubric_tally import Tally, tally
from maturity.selectors import standing_verdicts


@dataclass(frozen=True, slots=True)
class Asked:
    """One criterion, and on how many systems it was decided how."""

    criterion: Criterion
    needs: tuple[str, ...]
    met: int
    of: int


@dataclass(frozen=True, slots=True)
class Section:
    """A capability with its criteria, and how many of them are answered in which way."""

    capability: Capability
    tally: Tally
    criteria: tuple[Asked, ...]


def sections(under: Rubric, principal: Principal, *, team: Team | None, now: datetime) -> list[Section]:
    """Every capability of the rubric; the counts are over the reader's systems (of one team)."""
    found = standing_verdicts(under.id, principal, team=team, now=now)
    return [
        Section(
            capability=capability,
            tally=tally(under, readable=readable_kinds(), capability=capability.id),
            criteria=tuple(_asked(criterion, found) for criterion in under.of(capability.id)),
        )
        for capability in under.capabilities
    ]


def _asked(criterion: Criterion, found: Mapping[str, list[Verdict]]) -> Asked:
    verdicts = [v for v in found.get(criterion.id, ()) if v is not Verdict.NOT_APPLICABLE]
    return Asked(
        criterion=criterion,
        needs=tuple(dict.fromkeys(NAMES.get(need.kind, need.kind) for need in criterion.needs)),
        met=sum(v is Verdict.MET for v in verdicts),
        of=len(verdicts),
    )


def switch(offer: Iterable[Rubric], under: Rubric) -> list[dict[str, object]]:
    """The rubrics as tabs; the address of each is the same page under it. Empty for a single one."""
    tabs: list[dict[str, object]] = [
        {"text": _(each.name), "url": f"?rubric={each.id}", "current": each.id == under.id} for each in offer
    ]
    return tabs if len(tabs) > 1 else []


@dataclass(frozen=True, slots=True)
class Rung:
    """A level with its name; `above`: so many points it takes more than, where points are counted."""

    level: int
    name: str
    above: float | None


def ladder(under: Rubric) -> tuple[Rung, ...]:
    """The levels of a rubric from 0 up."""
    bands = [None, *under.bands] if under.counts_points else [None] * len(under.levels)
    return tuple(
        Rung(k, name, above) for k, (name, above) in enumerate(zip(under.levels, bands, strict=True))
    )
