"""Which rubrics judge a system, and which of them a page shows.

Every system is judged under all rubrics that come with the product and under those of its team. One
of them is the team's headline: the newest Google levels unless the team chose another or pinned a
version. A judgement is always explained with the very text that it was made by.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from core.models import System, Team
from core.permissions import Principal
from maturity.models import Assessment, RubricChoice, RubricText
from maturity.rubric import GOOGLE, Rubric, RubricError, parse, rubric, shipped, text_of

__all__ = [
    "Offer",
    "asking",
    "by_digest",
    "explaining",
    "headline_of",
    "headlines",
    "in_headline",
    "keep_texts",
    "offered",
    "offers",
    "rubrics_of",
    "shipped",
    "shown_over",
    "texts",
]

KEPT = 256
_parsed: dict[str, Rubric] = {}
"""Rubrics by digest. What a digest names never changes, so this is never stale; only bounded."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The rubrics of one team: its headline first, then the others that its systems are judged by."""

    headline: Rubric
    others: tuple[Rubric, ...]

    @property
    def all(self) -> tuple[Rubric, ...]:
        return (self.headline, *self.others)

    def named(self, rubric_id: str) -> Rubric | None:
        """The rubric of that id; the headline for an empty one."""
        return next((each for each in self.all if rubric_id in ("", each.id)), None)


def rubrics_of(system: System) -> tuple[Rubric, ...]:
    """All rubrics that judge the system, its team's headline first."""
    return offers([system.team])[system.team_id].all


def headline_of(team: Team) -> Rubric:
    """The rubric whose levels stand for the team's systems."""
    return offers([team])[team.pk].headline


def headlines(teams: Iterable[Team]) -> dict[int, Rubric]:
    """The headline of each of these teams, by its id."""
    return {team: offer.headline for team, offer in offers(teams).items()}


def offers(teams: Iterable[Team]) -> dict[int, Offer]:
    """What each of these teams is judged by, by its id; two or three statements for any number of them."""
    wanted = {team.pk for team in teams}
    choices = {each.team_id: each for each in RubricChoice.objects.filter(team__in=wanted)}
    own: dict[int, dict[str, str]] = {}
    newest = RubricText.objects.filter(team__in=wanted).order_by("added_at", "pk")
    for team, name, digest in newest.values_list("team_id", "rubric", "digest"):
        own.setdefault(team or 0, {})[name] = digest
    pinned = {choice.pinned for choice in choices.values()} - {""}
    found = texts(pinned | {digest for names in own.values() for digest in names.values()})
    return {team: _offer(choices.get(team), own.get(team, {}), found) for team in wanted}


def _offer(choice: RubricChoice | None, own: Mapping[str, str], found: Mapping[str, Rubric]) -> Offer:
    known = {each.id: each for each in shipped()}
    known |= {name: found[digest] for name, digest in own.items() if digest in found}
    if choice and choice.pinned in found:
        known[choice.rubric] = found[choice.pinned]
    headline = known.get(choice.rubric) if choice else None
    headline = headline or rubric()
    return Offer(headline, tuple(each for each in known.values() if each.id != headline.id))


def in_headline(prefix: str = "") -> Q:
    """A filter: the row's rubric is the headline of its system's team; `prefix` leads to the assessment."""
    chosen = RubricChoice.objects.filter(team=OuterRef(f"{prefix}system__team")).values("rubric")
    return Q(**{f"{prefix}rubric": Coalesce(Subquery(chosen), Value(GOOGLE))})


def offered(principal: Principal, *, team: Team | None) -> tuple[Rubric, ...]:
    """The rubrics that a page over several systems can show: of one team, or of all that are visible."""
    if team is not None:
        return offers([team])[team.pk].all
    newest = RubricText.objects.visible_to(principal).exclude(team=None).order_by("added_at", "pk")
    own = dict(newest.values_list("rubric", "digest"))
    found = texts(own.values())
    return (*shipped(), *(found[digest] for digest in own.values() if digest in found))


def shown_over(systems: Collection[System], *, offer: Collection[Rubric], asked: str = "") -> Rubric | None:
    """The rubric whose columns a page over these systems shows; None where `asked` is not on offer.

    Without `asked` it is the headline that their teams share, else Google's levels.
    """
    known = {each.id: each for each in offer}
    if asked:
        return known.get(asked)
    shared = {each.id: each for each in headlines(system.team for system in systems).values()}
    if len(shared) != 1:
        return rubric()
    name, headline = shared.popitem()
    return known.get(name, headline)


def asking(criterion: str, *, offer: Collection[Rubric], asked: str = "") -> Rubric | None:
    """The first rubric on offer that has this criterion (its id), or the one named `asked` if it has it."""
    wanted = [each for each in offer if asked in ("", each.id)]
    return next((each for each in wanted if each.criterion(criterion)), None)


def by_digest(digest: str) -> Rubric:
    """The rubric of exactly this text; LookupError where no such text was kept."""
    found = texts([digest]).get(digest)
    if found is None:
        raise LookupError(f"No rubric text with the digest {digest[:12]} was kept.")
    return found


def explaining(assessments: Iterable[Assessment]) -> dict[str, Rubric]:
    """The rubrics by which these assessments were made, by digest.

    Where a text was not kept, the rubric of that name as it is today stands in; where there is none
    either, Google's levels: questions may then be missing, verdicts and counts are as they were.
    """
    names = {each.rubric_digest: each.rubric for each in assessments}
    found = texts(names)
    today = {each.id: each for each in shipped()}
    return {digest: found.get(digest) or today.get(name) or rubric() for digest, name in names.items()}


def keep_texts(used: Collection[Rubric]) -> None:
    """Keep the shipped texts among those used, so that they can be pinned and explained later on.

    The texts of teams were kept when they were added.
    """
    wanted = {each.digest: each for each in used if each in shipped()}
    held = RubricText.objects.filter(digest__in=wanted).values_list("digest", flat=True)
    missing = [wanted[digest] for digest in wanted.keys() - set(held)]
    rows = [
        RubricText(digest=each.digest, rubric=each.id, version=each.version, text=text_of(each.id))
        for each in missing
    ]
    RubricText.objects.bulk_create(rows, ignore_conflicts=True)


def texts(digests: Collection[str]) -> dict[str, Rubric]:
    """The rubrics with these digests; those never kept are left out. At most one statement."""
    known = {each.digest: each for each in shipped()} | _parsed
    missing = [digest for digest in digests if digest not in known]
    for kept in RubricText.objects.filter(digest__in=missing) if missing else ():
        found = _read(kept)
        if found is not None:
            known[kept.digest] = found
    return {digest: known[digest] for digest in digests if digest in known}


def _read(kept: RubricText) -> Rubric | None:
    """A kept text, which was checked when it came; None where this version reads another format."""
    if len(_parsed) >= KEPT:
        _parsed.clear()
    try:
        found = parse(kept.text, where=f"{kept.rubric} {kept.version}", known=None)
    except RubricError:
        return None
    _parsed[kept.digest] = found
    return found
