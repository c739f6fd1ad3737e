"""Reading assessments: every answer in a number of statements that does not grow with the rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.models import System, Team, Tier
from core.permissions import Principal
from maturity.believe import Summary, believed, summary
from maturity.charts import Moment
from maturity.evaluate import Result
from maturity.finding import Verdict
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.rubric import Criterion, rubric

TREND = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Step:
    """A gating criterion that keeps a system from its next level."""

    criterion: Criterion
    verdict: Verdict

    @property
    def text(self) -> str:
        """What to do about a failure; what to find out about an unknown."""
        return self.criterion.question if self.is_unknown else self.criterion.remedy

    @property
    def is_unknown(self) -> bool:
        return self.verdict is Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Row:
    """One system of the overview; `summary` is None before its first assessment."""

    system: System
    summary: Summary | None
    trend: tuple[Moment, ...]
    step: Step | None


@dataclass(frozen=True, slots=True)
class SharedGap:
    """The criterion that most systems do not meet, and which they are (passing and all subjects)."""

    criterion: Criterion
    systems: tuple[tuple[System, int, int], ...]
    of: int


@dataclass(frozen=True, slots=True)
class Overview:
    rows: tuple[Row, ...]
    gap: SharedGap | None

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
    history: tuple[Moment, ...]

    @property
    def steps(self) -> list[Step]:
        return steps_of(self.results, confirmed=self.summary.confirmed)


def systems_for(principal: Principal, *, team: Team | None) -> QuerySet[System]:
    """Visible systems in use, of one team or of all, with their teams."""
    found = System.objects.visible_to(principal).exclude(tier=Tier.RETIRED).select_related("team")
    return (found.filter(team=team) if team else found).order_by("team__name", "name")


def summaries(systems: Sequence[System], *, now: datetime) -> dict[int, Summary]:
    """Where each of these systems stands now, by its id; those never assessed are left out."""
    held = list(
        Confirmation.objects.filter(system__in=[s.pk for s in systems], rubric=rubric().id).select_related(
            "assessment", "system__team"
        )
    )
    stale = [each.assessment_id for each in held if not each.holds(now)]
    rows: dict[int, list[CriterionResult]] = {}
    for row in CriterionResult.objects.filter(assessment__in=stale).defer("findings"):
        row.findings = []
        rows.setdefault(row.assessment_id, []).append(row)
    return {each.system_id: summary(each, now=now, rows=rows.get(each.assessment_id, ())) for each in held}


def overview(principal: Principal, *, team: Team | None, now: datetime) -> Overview:
    """Every visible system: levels, trend, next step; and the gap that most of them share."""
    systems = list(systems_for(principal, team=team))
    found = summaries(systems, now=now)
    unmet = _unmet(found.values())
    trends = _trends(systems, since=now - TREND)
    rows = tuple(
        Row(
            system=system,
            summary=found.get(system.pk),
            trend=trends.get(system.pk, ()),
            step=_first_step(found.get(system.pk), unmet),
        )
        for system in systems
    )
    return Overview(rows=rows, gap=_shared_gap(found, unmet))


def scorecard(system: System, *, now: datetime) -> Scorecard | None:
    """The scorecard of a system; None before its first assessment."""
    held = (
        Confirmation.objects.select_related("assessment", "system__team")
        .filter(system=system, rubric=rubric().id)
        .first()
    )
    if held is None:
        return None
    rows = list(CriterionResult.objects.filter(assessment=held.assessment_id))
    return Scorecard(
        summary=summary(held, now=now, rows=rows),
        results=believed(rows, stale=held.stale(now), now=now),
        history=tuple(_trends([system], since=None).get(system.pk, ())),
    )


def verdicts_on(criterion: str, principal: Principal, *, now: datetime) -> list[tuple[System, Result]]:
    """What the newest assessments of all visible systems say on one criterion."""
    rows = (
        CriterionResult.objects.visible_to(principal)
        .current()
        .filter(criterion=criterion, assessment__rubric=rubric().id)
        .exclude(assessment__system__tier=Tier.RETIRED)
        .select_related("assessment__system__team", "assessment__confirmation")
        .order_by("assessment__system__name")
    )
    return [
        (row.assessment.system, believed([row], stale=row.assessment.confirmation.stale(now), now=now)[0])
        for row in rows
    ]


def steps_of(results: Iterable[Result], *, confirmed: int | None) -> list[Step]:
    """The gating criteria that the next overall level still needs: failures first, then by effort."""
    if confirmed is None:
        return []
    known = rubric()
    wanted = [
        (r, criterion)
        for r in results
        if r.gating and r.level <= confirmed + 1 and r.verdict in (Verdict.NOT_MET, Verdict.UNKNOWN)
        if (criterion := known.criterion(r.criterion)) is not None
    ]
    wanted.sort(key=lambda pair: (pair[0].verdict is Verdict.UNKNOWN, pair[0].level, pair[1].effort.rank))
    return [Step(criterion=criterion, verdict=result.verdict) for result, criterion in wanted]


@dataclass(frozen=True, slots=True)
class _Unmet:
    """A gating criterion that is not met, without its findings."""

    criterion: Criterion
    level: int
    p: int
    n: int


def _unmet(found: Iterable[Summary]) -> dict[int, list[_Unmet]]:
    """The gating criteria not met, by assessment."""
    ids = [each.assessment.pk for each in found]
    rows = CriterionResult.objects.filter(assessment__in=ids, verdict=Verdict.NOT_MET, gating=True)
    by_assessment: dict[int, list[_Unmet]] = {}
    for assessment, name, level, p, n in rows.values_list("assessment_id", "criterion", "level", "p", "n"):
        criterion = rubric().criterion(name)
        if criterion is not None:
            by_assessment.setdefault(assessment, []).append(_Unmet(criterion, level, p, n))
    return by_assessment


def _first_step(found: Summary | None, unmet: Mapping[int, list[_Unmet]]) -> Step | None:
    """The cheapest failing criterion of the next level."""
    if found is None or found.confirmed is None:
        return None
    due = [u for u in unmet.get(found.assessment.pk, ()) if u.level <= found.confirmed + 1]
    best = min(due, key=lambda u: (u.level, u.criterion.effort.rank), default=None)
    return Step(best.criterion, Verdict.NOT_MET) if best else None


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


def _trends(systems: Sequence[System], *, since: datetime | None) -> dict[int, tuple[Moment, ...]]:
    """Overall levels from each move on, oldest first, by system; before `since` the last one only."""
    moves = (
        Assessment.objects.filter(system__in=[s.pk for s in systems], rubric=rubric().id, moved=True)
        .order_by("assessed_at", "pk")
        .values_list("system_id", "assessed_at", "confirmed", "potential")
    )
    by_system: dict[int, list[Moment]] = {}
    for system_id, at, confirmed, potential in moves:
        line = by_system.setdefault(system_id, [])
        if since is not None and at <= since:
            line.clear()
        line.append(Moment(at, confirmed, potential))
    return {system_id: tuple(line) for system_id, line in by_system.items()}
