"""Reading assessments: every answer in a number of statements that does not grow with the rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from core.models import System, Team, Tier
from core.permissions import Principal
from maturity.believe import Summary, believed, summary
from maturity.charts import Moment
from maturity.choice import explaining, in_headline, offered, shown_over
from maturity.evaluate import Result
from maturity.finding import Verdict
from maturity.levers import Lever, strongest
from maturity.marks import Marks, marks
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.plan import Plan, plan
from maturity.rubric import Criterion, Rubric

TREND = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Row:
    """One system of the overview; `summary` is None before its first assessment.

    `step` is the first criterion on the cheapest way to its next level.
    """

    system: System
    summary: Summary | None
    trend: tuple[Moment, ...]
    step: Criterion | None


@dataclass(frozen=True, slots=True)
class SharedGap:
    """The criterion that most systems do not meet, and which they are (passing and all subjects)."""

    criterion: Criterion
    systems: tuple[tuple[System, int, int], ...]
    of: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All systems under one rubric; `offer` are the rubrics that could be shown instead."""

    rubric: Rubric
    offer: tuple[Rubric, ...]
    rows: tuple[Row, ...]
    gap: SharedGap | None
    lever: Lever | None

    @property
    def summaries(self) -> list[Summary]:
        return [row.summary for row in self.rows if row.summary]

    @property
    def levels(self) -> Counter[int | None]:
        """Systems by confirmed level."""
        return Counter(row.summary.confirmed if row.summary else None for row in self.rows)

    @property
    def seen(self) -> int:
        return sum(s.seen for s in self.summaries)

    @property
    def applicable(self) -> int:
        return sum(s.applicable for s in self.summaries)

    @property
    def evidence_at(self) -> datetime | None:
        """The oldest evidence that any of the levels rests on."""
        return min((s.evidence_at for s in self.summaries if s.evidence_at), default=None)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything about one system's newest assessment, as it may be believed now."""

    summary: Summary
    results: tuple[Result, ...]
    marks: Marks

    @property
    def plan(self) -> Plan:
        """The cheapest way to the next level."""
        return plan(self.results, under=self.summary.rubric)


def systems_for(principal: Principal, *, team: Team | None) -> QuerySet[System]:
    """Visible systems in use, of one team or of all, with their teams."""
    found = System.objects.visible_to(principal).exclude(tier=Tier.RETIRED).select_related("team")
    return (found.filter(team=team) if team else found).order_by("team__name", "name")


def summaries(systems: Sequence[System], *, now: datetime, asked: str = "") -> dict[int, Summary]:
    """Where each of these systems stands now, by its id; those never assessed are left out.

    `asked` is the id of a rubric; without it each system is read under its team's headline.
    """
    held = list(
        Confirmation.objects.filter(judged(systems, asked)).select_related("assessment", "system__team")
    )
    under = explaining(each.assessment for each in held)
    stale = [each.assessment_id for each in held if not each.holds(now)]
    rows: dict[int, list[CriterionResult]] = {}
    for row in CriterionResult.objects.filter(assessment__in=stale).defer("findings"):
        row.findings = []
        rows.setdefault(row.assessment_id, []).append(row)
    return {
        each.system_id: summary(
            each,
            now=now,
            rows=rows.get(each.assessment_id, ()),
            under=under[each.assessment.rubric_digest],
        )
        for each in held
    }


def judged(systems: Sequence[System], asked: str = "") -> Q:
    """A filter of rows with system and rubric: these systems under `asked`, or each under its headline."""
    return Q(system__in=[system.pk for system in systems]) & (Q(rubric=asked) if asked else in_headline())


def overview(principal: Principal, *, team: Team | None, now: datetime, asked: str = "") -> Overview | None:
    """Every visible system: levels, trend, next step; and the gap that most of them share.

    None where the rubric `asked` (its id) does not exist for the reader.
    """
    systems = list(systems_for(principal, team=team))
    offer = offered(principal, team=team)
    under = shown_over(systems, offer=offer, asked=asked)
    if under is None:
        return None
    found = summaries(systems, now=now, asked=under.id)
    unmet = _unmet(found.values())
    trends = _trends(systems, since=now - TREND, asked=under.id)
    rows = tuple(
        Row(
            system=system,
            summary=found.get(system.pk),
            trend=trends.get(system.pk, ()),
            step=_first_step(found.get(system.pk)),
        )
        for system in systems
    )
    gap, lever = _shared_gap(found, unmet), strongest(found.values())
    return Overview(rubric=under, offer=offer, rows=rows, gap=gap, lever=lever)


def scorecard(system: System, *, now: datetime, asked: str = "") -> Scorecard | None:
    """The scorecard of a system under its headline or the rubric `asked`; None before it was assessed so."""
    held = Confirmation.objects.select_related("assessment", "system__team").filter(judged([system], asked))
    found = held.first()
    return card_of(found, now=now) if found else None


def card_of(held: Confirmation, *, now: datetime) -> Scorecard:
    """The scorecard of what holds for a system under one rubric."""
    rows = list(CriterionResult.objects.filter(assessment=held.assessment_id))
    under = explaining([held.assessment])[held.assessment.rubric_digest]
    return Scorecard(
        summary=summary(held, now=now, rows=rows, under=under),
        results=believed(rows, stale=held.stale(now), now=now),
        marks=marks([held.system_id], now=now)[held.system_id],
    )


def verdicts_on(
    criterion: str, principal: Principal, *, rubric: str, now: datetime
) -> list[tuple[System, Result]]:
    """What the newest assessments of all visible systems say on one criterion of a rubric (its id)."""
    rows = (
        CriterionResult.objects.visible_to(principal)
        .current()
        .filter(criterion=criterion, assessment__rubric=rubric)
        .exclude(assessment__system__tier=Tier.RETIRED)
        .select_related("assessment__system__team", "assessment__confirmation")
        .order_by("assessment__system__name")
    )
    return [
        (row.assessment.system, believed([row], stale=row.assessment.confirmation.stale(now), now=now)[0])
        for row in rows
    ]


def standing_verdicts(
    rubric: str, principal: Principal, *, team: Team | None, now: datetime
) -> dict[str, list[Verdict]]:
    """The verdicts on all visible systems under a rubric (its id), by criterion; two statements."""
    held = Confirmation.objects.filter(
        system__in=systems_for(principal, team=team).values("pk"), rubric=rubric
    )
    stale = {each.assessment_id: each.stale(now) for each in held}
    found: dict[str, list[Verdict]] = {}
    for row in CriterionResult.objects.filter(assessment__in=stale).defer("findings"):
        row.findings = []
        result = believed([row], stale=stale[row.assessment_id], now=now)[0]
        found.setdefault(row.criterion, []).append(result.verdict)
    return found


@dataclass(frozen=True, slots=True)
class _Unmet:
    """A gating criterion that is not met, without its findings."""

    criterion: Criterion
    level: int
    p: int
    n: int


def _unmet(found: Iterable[Summary]) -> dict[int, list[_Unmet]]:
    """The gating criteria not met, by assessment."""
    known = {each.assessment.pk: each.rubric for each in found}
    rows = CriterionResult.objects.filter(assessment__in=known, verdict=Verdict.NOT_MET, gating=True)
    by_assessment: dict[int, list[_Unmet]] = {}
    for assessment, name, level, p, n in rows.values_list("assessment_id", "criterion", "level", "p", "n"):
        criterion = known[assessment].criterion(name)
        if criterion is not None:
            by_assessment.setdefault(assessment, []).append(_Unmet(criterion, level, p, n))
    return by_assessment


def _first_step(found: Summary | None) -> Criterion | None:
    """The first criterion of the plan that is kept with the assessment."""
    if found is None or not found.outlook.steps:
        return None
    return found.rubric.criterion(found.outlook.steps[0])


def _shared_gap(found: Mapping[int, Summary], unmet: Mapping[int, list[_Unmet]]) -> SharedGap | None:
    """The most frequent gap; of equals the one at the lowest level that costs least."""
    lacking: dict[str, list[tuple[System, int, int]]] = {}
    criteria: dict[str, Criterion] = {}
    for each in found.values():
        for gap in unmet.get(each.assessment.pk, ()):
            criteria[gap.criterion.id] = gap.criterion
            lacking.setdefault(gap.criterion.id, []).append((each.system, gap.p, gap.n))
    if not lacking:
        return None
    chosen = min(lacking, key=lambda c: (-len(lacking[c]), criteria[c].level, criteria[c].effort.rank, c))
    return SharedGap(criterion=criteria[chosen], systems=tuple(lacking[chosen]), of=len(found))


def _trends(systems: Sequence[System], *, since: datetime, asked: str) -> dict[int, tuple[Moment, ...]]:
    """Overall levels from each move on, oldest first, by system; before `since` the last one only."""
    moves = (
        Assessment.objects.filter(judged(systems, asked), moved=True)
        .order_by("assessed_at", "pk")
        .values_list("system_id", "assessed_at", "confirmed", "potential")
    )
    by_system: dict[int, list[Moment]] = {}
    for system_id, at, confirmed, potential in moves:
        line = by_system.setdefault(system_id, [])
        if at <= since:
            line.clear()
        line.append(Moment(at, confirmed, potential))
    return {system_id: tuple(line) for system_id, line in by_system.items()}
