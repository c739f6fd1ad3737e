"""The history of one system under one rubric: what moved, when, and why.

Assessments are written when they differ from the one before, so the history is the list of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.models import System
from evidence.records import Json
from maturity.cause_documents import causes_of
from maturity.cause_words import Move, Reached, leading, moves
from maturity.causes import Cause
from maturity.charts import Moment
from maturity.models import Assessment, CriterionResult
from maturity.rubric import Rubric

MOST = 200
"""So many of the newest assessments are read; the history says when there are more."""

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
class Timeline:
    """The steps, oldest first; `earlier` counts those that are not among them."""

    steps: tuple[Step, ...]
    earlier: int

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
                line.append(_moment(here, step))
            last = here
        return tuple(line)


def timeline(system: System, *, under: Rubric) -> Timeline:
    """The history of the system under the rubric of that id, whatever its version was; two statements."""
    rows = Assessment.objects.filter(system=system, rubric=under.id)
    newest = list(rows.order_by("-assessed_at", "-pk").only(*FIELDS)[: MOST + 1])
    read, older = list(reversed(newest)), len(newest) > MOST
    names = {capability.id: capability.name for capability in under.capabilities}
    steps = [_step(each, before, names=names) for before, each in zip([None, *read], read, strict=False)]
    if not older:
        return Timeline(tuple(steps), earlier=0)
    return Timeline(tuple(steps[1:]), earlier=rows.count() - MOST)


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


def _moment(here: Reached, step: Step) -> Moment:
    counted = here.score is not None
    return Moment(
        at=step.at,
        confirmed=here.score if counted else here.confirmed,
        potential=here.score_potential if counted else here.potential,
        kind=step.kind,
        key=step.assessment,
    )


def scale_of(under: Rubric, lines: Iterable[Sequence[Moment]]) -> tuple[float, float]:
    """The lowest and highest value of a chart: the ladder, or points from 0 to what was possible."""
    if not under.counts_points:
        return -1.0, float(under.top)
    return 0.0, max((m.potential or 0.0 for line in lines for m in line), default=1.0)
