"""Writes about rubrics: take a team's own file, choose the headline or pin a version of it."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import audit
from core.models import System, Team, Tier, User
from core.permissions import Permission, Principal, has_permission
from maturity.choice import offers
from maturity.models import RubricChoice, RubricText
from maturity.probe import catalogue
from maturity.rubric import Rubric, RubricError, parse, shipped, whole
from maturity.services import request_assessments

MAX_OWN = 200_000
"""Longest file of a team, in characters; the shipped ones have under 100,000."""

_WHERE = "your file"


def may_choose(principal: Principal, team: Team) -> bool:
    """True for those who may say what a team is judged by: its managers."""
    return has_permission(principal, Permission.RUBRIC_CHOOSE, team=team)


@transaction.atomic
def add_text(team: Team, *, text: str, by: Principal) -> RubricText:
    """Check a rubric file of a team and keep it; its systems are then judged under it as well.

    RubricError says what to mend. Adding the same text again changes nothing; another text with the
    same id is a new version of it.
    """
    if len(text) > MAX_OWN:
        raise RubricError(f"{_WHERE} is longer than {MAX_OWN:,} characters; a rubric is far shorter.")
    complete = whole(text, where=_WHERE)
    found = parse(complete, where=_WHERE, known=catalogue())
    _refuse_taken(found, team=team)
    kept, is_new = RubricText.objects.get_or_create(
        digest=found.digest,
        defaults={
            "rubric": found.id,
            "version": found.version,
            "text": complete,
            "team": team,
            "added_by": by if isinstance(by, User) else None,
        },
    )
    if is_new:
        detail = {"version": found.version, "digest": found.digest}
        audit.record(by, "rubric.added", found.id, team=team, detail=detail)
        _judge_again(team)
    return kept


@transaction.atomic
def choose(team: Team, *, rubric: str, pinned: str = "", by: Principal) -> RubricChoice:
    """Make a rubric the team's headline: the newest of its texts, or the one with the digest `pinned`.

    RubricError where the team has no such rubric or no such version of it was kept.
    """
    Team.objects.select_for_update().get(pk=team.pk)
    offer = offers([team])[team.pk]
    if offer.named(rubric or "-") is None:
        known = ", ".join(each.id for each in offer.all)
        raise RubricError(f"The team has no rubric {rubric!r}. It can choose one of: {known}.")
    if pinned and not _kept(team).filter(rubric=rubric, digest=pinned).exists():
        raise RubricError(f"No version {pinned[:12]} of {rubric} was kept, so it cannot be pinned.")
    values = {"rubric": rubric, "pinned": pinned}
    before = RubricChoice.objects.filter(team=team).values("rubric", "pinned").first()
    if before == values:
        return RubricChoice.objects.get(team=team)
    who = by if isinstance(by, User) else None
    choice, _ = RubricChoice.objects.update_or_create(
        team=team, defaults={**values, "chosen_by": who, "chosen_at": timezone.now()}
    )
    audit.record(by, "rubric.chosen", rubric, team=team, detail={"pinned": pinned, "before": before})
    _judge_again(team)
    return choice


def versions(team: Team) -> list[RubricText]:
    """The kept texts that a team may pin, newest first, without their bodies."""
    return list(_kept(team).defer("text").order_by("rubric", "-added_at", "-pk"))


def _kept(team: Team) -> QuerySet[RubricText]:
    return RubricText.objects.filter(Q(team=None) | Q(team=team))


def _refuse_taken(found: Rubric, *, team: Team) -> None:
    """Ids belong to one rubric, and a version to one text."""
    foreign = RubricText.objects.filter(rubric=found.id).exclude(team=team)
    if any(each.id == found.id for each in shipped()) or foreign.exists():
        raise RubricError(
            f"{_WHERE}: id: {found.id!r} is taken by another rubric; choose one of your own, "
            f"such as {team.slug}-{found.id}."
        )
    same = RubricText.objects.filter(rubric=found.id, version=found.version).exclude(digest=found.digest)
    if same.exists():
        raise RubricError(
            f"{_WHERE}: version: another text is {found.id} {found.version}; give this one a new version."
        )


def _judge_again(team: Team) -> None:
    in_use = System.objects.filter(team=team).exclude(tier=Tier.RETIRED)
    request_assessments(in_use.values_list("pk", flat=True))
