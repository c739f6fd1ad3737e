"""The history of one system under one rubric: what moved, when, and why.

Assessments are written when they differ from the one before, so the history is the list of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.models import System
from evidence.records import Json
from maturity.believe import summary
from maturity.cause_documents import causes_of
from maturity.cause_words import Move, Reached, leading, moves
from maturity.causes import Cause, CauseKind
from maturity.charts import Moment
from maturity.choice import explaining
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.result import Evaluation, Standing
from maturity.rubric import Rubric

MOST = 200
"""So many of the newest assessments are read; the history says when there are more."""

EXPIRED = CauseKind.EXPIRY.value

FIELDS = (
    "pk",
    "assessed_at",
    "rubric_version",
    "confirmed",
    "potential",
    "score",
    "score_potential",
    "capabilities",
    "causes",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One assessment: where everything stood from then on, what moved, and why."""

    assessment: int
    at: datetime
    version: str
    overall: Reached
    capabilities: Mapping[str, Reached]
    moves: tuple[Move, ...]
    causes: tuple[Cause, ...]
    is_first: bool

    @property
    def moved(self) -> tuple[Move, ...]:
        """What moved; of the very first assessment nothing did."""
        return () if self.is_first else tuple(move for move in self.moves if move.moved)

    @property
    def kind(self) -> str:
        """The kind of cause that stands for all of them, "" for the first assessment."""
        found = leading(self.causes)
        return found.value if found else ""


@dataclass(frozen=True, slots=True)
class Aged:
    """What may still be believed since evidence grew too old or a word ended; no assessment says so yet."""

    since: datetime
    reached: Mapping[str, Reached]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps, oldest first; `earlier` counts those that are not among them.

    `aged` is None as long as the newest assessment may be believed as it was written.
    """

    steps: tuple[Step, ...]
    earlier: int
    aged: Aged | None = None

    def stands(self, capability: str = "") -> Reached:
        """Where a capability, or the whole, stands now."""
        if self.aged:
            return self.aged.reached.get(capability, Reached())
        last = self.steps[-1]
        return last.capabilities.get(capability, Reached()) if capability else last.overall

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps in which a level or a score moved, newest first, and the first one."""
        return tuple(step for step in reversed(self.steps) if step.moved or step.is_first)

    def moments(self, capability: str = "") -> tuple[Moment, ...]:
        """The line of one capability, "" for the overall one: a moment for each change of its value."""
        line: list[Moment] = []
        last: Reached | None = None
        for step in self.steps:
            here = step.capabilities.get(capability, Reached()) if capability else step.overall
            if here != last:
                line.append(_moment(here, at=step.at, kind=step.kind, key=step.assessment))
            last = here
        if self.aged and line and self.stands(capability) != last:
            line.append(_moment(self.stands(capability), at=self.aged.since, kind=EXPIRED, key=line[-1].key))
        return tuple(line)


def timeline(system: System, *, under: Rubric, now: datetime) -> Timeline:
    """The history of the system under the rubric of that id, whatever its version was."""
    rows = Assessment.objects.filter(system=system, rubric=under.id)
    newest = list(rows.order_by("-assessed_at", "-pk").only(*FIELDS)[: MOST + 1])
    read, older = list(reversed(newest)), len(newest) > MOST
    names = {capability.id: capability.name for capability in under.capabilities}
    steps = [_step(each, before, names=names) for before, each in zip([None, *read], read, strict=False)]
    aged = _aged(system, under, now=now)
    if not older:
        return Timeline(tuple(steps), earlier=0, aged=aged)
    return Timeline(tuple(steps[1:]), earlier=rows.count() - MOST, aged=aged)


def _aged(system: System, under: Rubric, *, now: datetime) -> Aged | None:
    held = (
        Confirmation.objects.select_related("assessment", "system")
        .filter(system=system, rubric=under.id)
        .first()
    )
    if held is None or held.holds(now):
        return None
    rows = list(CriterionResult.objects.filter(assessment=held.assessment_id))
    ends = [datetime.fromisoformat(end) for end in held.fresh_until.values()]
    ends += [held.words_until] if held.words_until else []
    return Aged(since=min(ends), reached=aged_standing(held, rows, now=now))


def aged_standing(
    held: Confirmation, rows: Sequence[CriterionResult], *, now: datetime
) -> dict[str, Reached]:
    """Where each capability, and the whole under "", stands by what may still be believed at `now`."""
    under = explaining([held.assessment])[held.assessment.rubric_digest]
    found = summary(held, now=now, rows=rows, under=under).standings
    whole = Evaluation(results=(), standings=found)
    return {"": reached_of(whole), **{standing.capability: reached_of(standing) for standing in found}}


def reached_of(found: Evaluation | Standing) -> Reached:
    return Reached(found.confirmed, found.potential, found.score, found.score_potential)


def standing_of(assessment: Assessment) -> dict[str, Reached]:
    """Where each capability stood, and the whole under ""."""
    overall = Reached(
        assessment.confirmed, assessment.potential, assessment.score, assessment.score_potential
    )
    return {"": overall, **{str(e["capability"]): _reached(e) for e in assessment.capabilities}}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one assessment said on one criterion; shares are None where nothing was looked at."""

    at: datetime
    verdict: str
    p: int
    u: int
    n: int


def answers(steps: Sequence[Step]) -> dict[str, tuple[Answer, ...]]:
    """By criterion its answers, oldest first, each as often as it changed; one statement."""
    at = {step.assessment: step.at for step in steps}
    rows = (
        CriterionResult.objects.filter(assessment__in=at)
        .order_by("assessment__assessed_at", "assessment", "pk")
        .values_list("criterion", "assessment_id", "verdict", "p", "u", "n")
    )
    found: dict[str, list[Answer]] = {}
    for criterion, assessment, verdict, p, u, n in rows:
        line, answer = found.setdefault(criterion, []), (verdict, p, u, n)
        if not line or (line[-1].verdict, line[-1].p, line[-1].u, line[-1].n) != answer:
            line.append(Answer(at[assessment], *answer))
    return {criterion: tuple(line) for criterion, line in found.items()}


def _step(row: Assessment, before: Assessment | None, *, names: Mapping[str, str]) -> Step:
    now = standing_of(row)
    was = standing_of(before) if before else {}
    overall = now.pop("")
    return Step(
        assessment=row.pk,
        at=row.assessed_at,
        version=row.rubric_version,
        overall=overall,
        capabilities=now,
        moves=moves(was, {"": overall, **now}, names=names),
        causes=causes_of(row.causes),
        is_first=before is None,
    )


def _reached(entry: Mapping[str, Json]) -> Reached:
    confirmed, potential = entry.get("confirmed"), entry.get("potential")
    return Reached(
        confirmed=confirmed if isinstance(confirmed, int) else None,
        potential=potential if isinstance(potential, int) else None,
        score=_float(entry.get("score")),
        score_potential=_float(entry.get("score_potential")),
    )


def _float(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _moment(here: Reached, *, at: datetime, kind: str, key: int) -> Moment:
    counted = here.score is not None
    return Moment(
        at=at,
        confirmed=here.score if counted else here.confirmed,
        potential=here.score_potential if counted else here.potential,
        kind=kind,
        key=key,
    )


def scale_of(under: Rubric, lines: Iterable[Sequence[Moment]]) -> tuple[float, float]:
    """The lowest and highest value of a chart: the ladder, or points from 0 to what was possible."""
    if not under.counts_points:
        return -1.0, float(under.top)
    return 0.0, max((m.potential or 0.0 for line in lines for m in line), default=1.0)
