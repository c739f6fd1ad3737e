"""Roll-ups read from the store: a team, the whole organisation, and the teams that agreed to be compared.

The organisation's roll-up counts the systems of all teams and names only those that the reader may
see. It is shown once three teams have systems: among fewer, the rest would be one team's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core.models import System, Team, Tier
from core.permissions import Principal, sees_everything, visible_teams
from maturity.believe import Summary
from maturity.criterion import Rubric
from maturity.finding import Verdict
from maturity.models import Assessment, Comparison, CriterionResult
from maturity.rollup import Member, Move, RollUp, roll_up
from maturity.selectors import summaries

LEAST_TEAMS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """A roll-up with what it is of; `team` is None for the organisation."""

    team: Team | None
    teams: int
    rubric: Rubric
    found: RollUp
    at: datetime


def team_group(team: Team, *, under: Rubric, now: datetime) -> Group:
    """The roll-up of one team, all its systems named."""
    systems = list(_in_use().filter(team=team))
    visible = {system.pk for system in systems}
    found = _rolled(systems, under=under, visible=visible, now=now)
    return Group(team=team, teams=1, rubric=under, found=found, at=now)


def organisation_group(principal: Principal, *, under: Rubric, now: datetime) -> Group | None:
    """The roll-up of every team; None while fewer than three teams have systems in use."""
    systems = list(_in_use())
    teams = {system.team_id for system in systems}
    if len(teams) < LEAST_TEAMS and not sees_everything(principal):
        return None
    mine = set(visible_teams(principal).values_list("pk", flat=True))
    visible = {system.pk for system in systems if system.team_id in mine}
    found = _rolled(systems, under=under, visible=visible, now=now)
    return Group(team=None, teams=len(teams), rubric=under, found=found, at=now)


def compared_groups(principal: Principal, *, under: Rubric, now: datetime) -> list[Group]:
    """The teams that agreed to be compared, by name and without any rank.

    Who compares is compared: the reader's own team must be among them, unless the reader
    administers all teams.
    """
    agreed = {row.team_id: row.team for row in Comparison.objects.select_related("team")}
    mine = set(visible_teams(principal).values_list("pk", flat=True))
    if not sees_everything(principal) and not mine & agreed.keys():
        return []
    systems = list(_in_use().filter(team__in=agreed))
    members, moves = _members(systems, under=under, visible=set(), now=now), _moves(systems, under=under)
    return [
        Group(
            team=team,
            teams=1,
            rubric=under,
            found=roll_up([m for m in members if m.team == team.slug], moves, top=under.top, now=now),
            at=now,
        )
        for team in sorted(agreed.values(), key=lambda team: team.name)
    ]


def agreed(team: Team) -> Comparison | None:
    """The team's agreement to be compared, if its manager gave it."""
    return Comparison.objects.filter(team=team).first()


def _in_use() -> QuerySet[System]:
    """Every system that counts, of every team: what of it is named is decided by the caller."""
    return System.objects.exclude(tier=Tier.RETIRED).select_related("team").order_by("name")


def _rolled(systems: Sequence[System], *, under: Rubric, visible: set[int], now: datetime) -> RollUp:
    members = _members(systems, under=under, visible=visible, now=now)
    return roll_up(members, _moves(systems, under=under), top=under.top, now=now)


def _members(systems: Sequence[System], *, under: Rubric, visible: set[int], now: datetime) -> list[Member]:
    found = summaries(systems, now=now, asked=under.id)
    gaps = _gaps(found.values())
    return [
        _member(system, found.get(system.pk), gaps=gaps, named=system.pk in visible) for system in systems
    ]


def _member(
    system: System, found: Summary | None, *, gaps: Mapping[int, tuple[str, ...]], named: bool
) -> Member:
    lowest = [s.capability for s in found.standings if s.confirmed == found.confirmed] if found else []
    return Member(
        slug=system.slug,
        name=system.name if named else "",
        team=system.team.slug,
        tier=system.tier,
        target=system.target_level,
        confirmed=found.confirmed if found else None,
        potential=found.potential if found else None,
        held_by=tuple(lowest) if found and found.confirmed is not None else (),
        next_step=found.outlook.steps[0] if found and found.outlook.steps else "",
        gaps=gaps.get(found.assessment.pk, ()) if found else (),
    )


def _gaps(found: Iterable[Summary]) -> dict[int, tuple[str, ...]]:
    """The gating criteria not met, by assessment."""
    rows = CriterionResult.objects.filter(
        assessment__in=[each.assessment.pk for each in found], verdict=Verdict.NOT_MET, gating=True
    )
    gaps: dict[int, tuple[str, ...]] = {}
    for assessment, criterion in rows.order_by("pk").values_list("assessment_id", "criterion"):
        gaps[assessment] = (*gaps.get(assessment, ()), criterion)
    return gaps


def _moves(systems: Sequence[System], *, under: Rubric) -> list[Move]:
    """Every change of an overall level, oldest first."""
    rows = (
        Assessment.objects.filter(system__in=[s.pk for s in systems], rubric=under.id, moved=True)
        .order_by("assessed_at", "pk")
        .values_list("system__slug", "assessed_at", "confirmed")
    )
    return [Move(slug, at, confirmed) for slug, at, confirmed in rows]
