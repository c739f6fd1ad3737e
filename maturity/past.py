"""The history as the pages and the API show it: lines, changes with their causes, trends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from maturity import cause_words, charts
from maturity.cause_words import Move, Reached
from maturity.causes import Cause, Counts
from maturity.comparison import Comparison, Happened, Row, Side
from maturity.finding import Evidence, Verdict
from maturity.result import Result
from maturity.rubric import Rubric
from maturity.timeline import Answer, Step, Timeline, scale_of

SHOWN_CHANGES = 6


@dataclass(frozen=True, slots=True)
class LineView:
    """One changed subject in words, with what can be opened."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class CauseView:
    """One cause in words; `question` is the criterion's, "" for the rubric itself."""

    kind: str
    word: str
    criterion: str
    question: str
    capability: str
    was: str
    now: str
    counts: str
    counted: str
    why: str
    lines: tuple[LineView, ...]
    more: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One assessment of the history: its headline, the moves of levels, the causes."""

    key: int
    at: datetime
    kind: str
    word: str
    title: str
    gist: str
    moves: tuple[str, ...]
    causes: tuple[CauseView, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A small line with its name and where it stands."""

    key: str
    name: str
    line: charts.Line | None
    was: str
    now: str
    changes: int


@dataclass(frozen=True, slots=True)
class Section:
    """The history part of a scorecard."""

    chart: charts.History | None
    reading: str
    steps: tuple[StepView, ...]
    hidden: int
    trends: tuple[Trend, ...]
    counts_points: bool


def section(found: Timeline, *, under: Rubric, now: datetime) -> Section | None:
    """The line, its newest changes, and a trend for each capability; None before the first assessment."""
    if not found.steps:
        return None
    changes, moments = found.changes, found.moments()
    floor, top = scale_of(under, [moments])
    return Section(
        chart=charts.history(moments, now=now, top=top, floor=floor),
        reading=reading(found),
        steps=step_views(changes[:SHOWN_CHANGES], under=under),
        hidden=max(0, len(found.steps) + found.earlier - min(len(changes), SHOWN_CHANGES)),
        trends=capability_trends(found, under=under, now=now),
        counts_points=under.counts_points,
    )


def reading(found: Timeline) -> str:
    """The history in one sentence."""
    first = found.steps[0]
    overall = found.moments()
    stands = stand(found.stands())
    if len(overall) == 1 and not found.earlier:
        return _("Overall %(stand)s since the first assessment on %(day)s.") % {
            "stand": stands,
            "day": f"{first.at:%Y-%m-%d}",
        }
    values = {"stand": stands, "day": f"{overall[-1].at:%Y-%m-%d}", "count": len(overall) - 1}
    return (
        ngettext(
            "Overall %(stand)s since %(day)s; it moved %(count)d time.",
            "Overall %(stand)s since %(day)s; it moved %(count)d times.",
            len(overall) - 1,
        )
        % values
    )


def stand(reached: Reached) -> str:
    """ "level 1, level 2 possible", or the points."""
    if reached.score is not None:
        return _("%(points)s points") % {"points": cause_words.points(reached)}
    if reached.confirmed is None:
        return _("not assessed")
    said = _("level %(level)s") % {"level": cause_words.level(reached.confirmed)}
    if reached.potential is None or reached.potential == reached.confirmed:
        return said
    possible = _("level %(level)s possible") % {"level": cause_words.level(reached.potential)}
    return pgettext("between the parts of a list", ", ").join([said, possible])


def step_views(steps: Iterable[Step], *, under: Rubric) -> tuple[StepView, ...]:
    return tuple(_step_view(step, under=under) for step in steps)


def _step_view(step: Step, *, under: Rubric) -> StepView:
    shown = ordered(step.causes, under=under)
    moved = sorted(step.moved, key=lambda move: (move.capability != "", move.direction != "down"))
    return StepView(
        key=step.assessment,
        at=step.at,
        kind=step.kind,
        word=str(_word(step.causes)),
        title=_title(step, moved),
        gist=cause_words.gist(shown[0]) if shown else "",
        moves=tuple(cause_words.move_sentence(move) for move in moved),
        causes=cause_views(shown, under=under),
    )


def _title(step: Step, moved: Sequence[Move]) -> str:
    """What the change is about: the first move; where nothing moved, the verdicts that flipped."""
    if step.is_first:
        return _("First assessment: %(stand)s") % {"stand": stand(step.overall)}
    if moved:
        said, more = cause_words.move_sentence(moved[0]), len(moved) - 1
        return said if not more else _("%(said)s, and %(more)d more") % {"said": said, "more": more}
    flipped = len({cause.criterion for cause in step.causes if cause.was is not cause.now})
    if not flipped:
        return _("No verdict changed, other things were counted")
    return ngettext("%(count)d verdict changed", "%(count)d verdicts changed", flipped) % {"count": flipped}


def _word(causes: Sequence[Cause]) -> object:
    kind = cause_words.leading(causes)
    return cause_words.KINDS[kind] if kind else ""


def ordered(causes: Iterable[Cause], *, under: Rubric) -> tuple[Cause, ...]:
    """Changed verdicts of gating criteria first, losses before gains; then what only changed its counts."""
    gating = {criterion.id for criterion in under.criteria if criterion.gating}

    def order(cause: Cause) -> tuple[bool, bool, bool]:
        return (
            cause.was is cause.now and bool(cause.criterion),
            cause.criterion not in gating,
            cause.now is not Verdict.NOT_MET,
        )

    return tuple(sorted(causes, key=order))


def cause_views(causes: Iterable[Cause], *, under: Rubric) -> tuple[CauseView, ...]:
    names = {capability.id: capability.name for capability in under.capabilities}
    return tuple(_cause_view(cause, under=under, names=names) for cause in causes)


def _cause_view(cause: Cause, *, under: Rubric, names: Mapping[str, str]) -> CauseView:
    criterion = under.criterion(cause.criterion)
    return CauseView(
        kind=cause.kind.value,
        word=str(cause_words.KINDS[cause.kind]),
        criterion=cause.criterion,
        question=criterion.question if criterion else cause.criterion,
        capability=names.get(cause.capability, cause.capability),
        was=cause.was.name if cause.was else "",
        now=cause.now.name if cause.now else "",
        counts=cause_words.counts(cause),
        counted=cause_words.denominator(cause),
        why=cause.why if cause.criterion else cause_words.gist(cause),
        lines=tuple(LineView(cause_words.change_sentence(c), c.evidence) for c in cause.changes),
        more=cause_words.more_sentence(cause),
    )


def capability_trends(found: Timeline, *, under: Rubric, now: datetime) -> tuple[Trend, ...]:
    """A small line for each capability that was ever assessed."""
    lines = {c.id: found.moments(c.id) for c in under.capabilities}
    floor, top = scale_of(under, lines.values())
    since = found.steps[0].at
    return tuple(
        Trend(
            key=capability.id,
            name=capability.name,
            line=charts.spark(lines[capability.id], since=_start(since, now), now=now, top=top, floor=floor),
            was=stand(found.steps[0].capabilities.get(capability.id, Reached())),
            now=stand(found.stands(capability.id)),
            changes=max(0, len(lines[capability.id]) - 1),
        )
        for capability in under.capabilities
    )


def criterion_trends(
    answers: Mapping[str, Sequence[Answer]], *, under: Rubric, now: datetime
) -> tuple[Trend, ...]:
    """A small line of the passing share for each criterion, with its first and last answer."""
    since = min((line[0].at for line in answers.values()), default=now)
    return tuple(
        Trend(
            key=criterion.id,
            name=criterion.question,
            line=_share_line(answers[criterion.id], since=_start(since, now), now=now),
            was=answers[criterion.id][0].verdict.upper(),
            now=answers[criterion.id][-1].verdict.upper(),
            changes=len(answers[criterion.id]) - 1,
        )
        for criterion in under.criteria
        if criterion.id in answers
    )


def _share_line(line: Sequence[Answer], *, since: datetime, now: datetime) -> charts.Line | None:
    moments = [
        charts.Moment(a.at, a.p / a.n if a.n else None, (a.p + a.u) / a.n if a.n else None) for a in line
    ]
    return charts.spark(moments, since=since, now=now, top=1.0, floor=0.0)


def _start(since: datetime, now: datetime) -> datetime:
    """Where small lines begin: with the first assessment, but never less than a moment ago."""
    return min(since, now - charts.LEAST_SPAN)


@dataclass(frozen=True, slots=True)
class SideView:
    """One of two moments: when it was, and which assessment held."""

    at: datetime
    assessment: int
    version: str
    stand: str


@dataclass(frozen=True, slots=True)
class MoveView:
    """One capability at two moments."""

    key: str
    name: str
    was: str
    now: str
    direction: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A cause and when it was noticed."""

    at: datetime
    cause: CauseView


@dataclass(frozen=True, slots=True)
class RowView:
    """One criterion at two moments: verdicts, counts, and what happened between."""

    criterion: str
    question: str
    was: str
    was_count: str
    now: str
    now_count: str
    differs: bool
    causes: tuple[Dated, ...]


@dataclass(frozen=True, slots=True)
class ComparedView:
    start: SideView
    end: SideView
    moves: tuple[MoveView, ...]
    changed: tuple[RowView, ...]
    same: int
    general: tuple[Dated, ...]
    steps: int
    earlier: int


def compared(found: Comparison) -> ComparedView:
    """Two moments in words."""
    changed = found.changed
    return ComparedView(
        start=_side_view(found.start),
        end=_side_view(found.end),
        moves=tuple(
            MoveView(m.capability, m.name or _("Overall"), stand(m.was), stand(m.now), m.direction)
            for m in found.moves
        ),
        changed=tuple(_row_view(row, under=found.under) for row in changed),
        same=len(found.rows) - len(changed),
        general=_dated(found.general, under=found.under),
        steps=found.steps,
        earlier=found.earlier,
    )


def _side_view(side: Side) -> SideView:
    return SideView(side.at, side.assessment.pk, side.assessment.rubric_version, stand(side.reached[""]))


def _row_view(row: Row, *, under: Rubric) -> RowView:
    criterion = under.criterion(row.criterion)
    return RowView(
        criterion=row.criterion,
        question=criterion.question if criterion else row.criterion,
        was=row.was.verdict.name if row.was else "",
        was_count=_count(row.was),
        now=row.now.verdict.name if row.now else "",
        now_count=_count(row.now),
        differs=row.differs,
        causes=_dated(row.causes, under=under),
    )


def _count(result: Result | None) -> str:
    return cause_words.share(Counts(result.p, result.u, result.n)) if result and result.n else ""


def _dated(happened: Sequence[Happened], *, under: Rubric) -> tuple[Dated, ...]:
    views = cause_views((each.cause for each in happened), under=under)
    return tuple(Dated(each.at, view) for each, view in zip(happened, views, strict=True))
