"""Two moments of one system side by side, and what happened between them, criterion by criterion."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet

from core.models import System
from maturity.believe import believed, kept_results
from maturity.cause_documents import causes_of
from maturity.cause_words import Move, Reached, moves
from maturity.causes import Cause
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.result import Result
from maturity.rubric import Rubric
from maturity.timeline import MOST, aged_standing, standing_of

USUAL = timedelta(days=30)
"""How far back a comparison looks when nobody says where to start."""


class MomentError(Exception):
    """The moment asked for cannot be shown; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Side:
    """What held at a moment: the assessment, and its results as they could be believed then."""

    at: datetime
    assessment: Assessment
    reached: dict[str, Reached]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """A cause with the moment it was noticed."""

    at: datetime
    assessment: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion at both moments; a side is None where the rubric did not ask."""

    criterion: str
    capability: str
    was: Result | None
    now: Result | None
    causes: tuple[Happened, ...]

    @property
    def differs(self) -> bool:
        was, now = self.was, self.now
        if was is None or now is None:
            return True
        return (was.verdict, was.p, was.u, was.n) != (now.verdict, now.p, now.u, now.n)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`steps` counts the assessments after the first moment; the `earlier` ones of them were not read."""

    system: System
    under: Rubric
    start: Side
    end: Side
    moves: tuple[Move, ...]
    rows: tuple[Row, ...]
    general: tuple[Happened, ...]
    steps: int
    earlier: int

    @property
    def changed(self) -> tuple[Row, ...]:
        """What differs, or differed meanwhile."""
        return tuple(row for row in self.rows if row.differs or row.causes)


def compare(system: System, *, under: Rubric, start: str, end: str, now: datetime) -> Comparison:
    """What held at two moments (each a date, a moment or the number of an assessment; "" is usual ones).

    MomentError when a moment cannot be read, lies before the first assessment, or they are reversed.
    """
    last = _side(system, under, end, now=now, usual=now)
    first = _side(system, under, start, now=now, usual=_usual_start(system, under, before=last.at))
    if first.at > last.at:
        raise MomentError("The first moment lies after the second; swap them.")
    between = _between(first.assessment, last.assessment)
    names = {capability.id: capability.name for capability in under.capabilities}
    happened = [Happened(each.assessed_at, each.pk, c) for each in between for c in causes_of(each.causes)]
    steps = _later(first.assessment, last.assessment).count() if len(between) == MOST else len(between)
    return Comparison(
        system=system,
        under=under,
        start=first,
        end=last,
        moves=moves(first.reached, last.reached, names=names),
        rows=tuple(_rows(first.results, last.results, happened)),
        general=tuple(each for each in happened if not each.cause.criterion),
        steps=steps,
        earlier=steps - len(between),
    )


def held_at(system: System, rubric_id: str, moment: datetime) -> Assessment | None:
    """The assessment that held at a moment under the rubric of that id."""
    rows = Assessment.objects.filter(system=system, rubric=rubric_id, assessed_at__lte=moment)
    return rows.order_by("-assessed_at", "-pk").first()


def moment_of(text: str, *, now: datetime) -> datetime:
    """A date as the end of that day (UTC), or a moment; never later than `now`."""
    try:
        if len(text) == len("2026-11-20"):
            end = datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
        else:
            end = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise MomentError(
            f"“{text[:40]}” is neither a date such as 2026-11-20, nor a moment such as "
            "2026-11-20T12:00:00+00:00, nor the number of an assessment."
        ) from None
    return min(now, end if end.tzinfo else end.replace(tzinfo=UTC))


def _side(system: System, under: Rubric, text: str, *, now: datetime, usual: datetime) -> Side:
    if text.isdecimal() and len(text) < 19:
        row = Assessment.objects.filter(system=system, rubric=under.id, pk=int(text)).first()
        if row is None:
            raise MomentError(f"{system.name} has no assessment {text} under {under.name}.")
        return _as_believed(row, at=row.assessed_at)
    moment = moment_of(text, now=now) if text else usual
    row = held_at(system, under.id, moment)
    if row is None:
        first = Assessment.objects.filter(system=system, rubric=under.id).order_by("assessed_at").first()
        when = f"the first one is of {first.assessed_at:%Y-%m-%d %H:%M} UTC" if first else "there is none yet"
        raise MomentError(
            f"{system.name} was not assessed under {under.name} before {moment:%Y-%m-%d %H:%M} UTC; {when}."
        )
    return _as_believed(row, at=moment)


def _as_believed(row: Assessment, *, at: datetime) -> Side:
    """An assessment that holds still is aged up to the moment; one that was replaced spoke until then."""
    rows = list(CriterionResult.objects.filter(assessment=row))
    held = Confirmation.objects.filter(assessment=row).select_related("assessment", "system").first()
    if held is None or held.holds(at):
        return Side(at, row, standing_of(row), kept_results(rows))
    return Side(at, row, aged_standing(held, rows, now=at), believed(rows, stale=held.stale(at), now=at))


def _usual_start(system: System, under: Rubric, *, before: datetime) -> datetime:
    """A month before the end, or the first assessment where that came later."""
    first = (
        Assessment.objects.filter(system=system, rubric=under.id)
        .order_by("assessed_at")
        .values_list("assessed_at", flat=True)
        .first()
    )
    usual = before - USUAL
    return max(usual, first) if first else usual


def _later(first: Assessment, last: Assessment) -> QuerySet[Assessment]:
    return Assessment.objects.filter(
        system=last.system_id,
        rubric=last.rubric,
        assessed_at__gt=first.assessed_at,
        assessed_at__lte=last.assessed_at,
    )


def _between(first: Assessment, last: Assessment) -> list[Assessment]:
    """The newest assessments after the first up to the second, oldest first."""
    rows = _later(first, last).only("assessed_at", "causes").order_by("-assessed_at", "-pk")[:MOST]
    return list(reversed(rows))


def _rows(was: Iterable[Result], now: Iterable[Result], happened: list[Happened]) -> Iterable[Row]:
    """A row for each criterion of either moment, in the newer rubric's order, those dropped last."""
    old, new = ({r.criterion: r for r in side} for side in (was, now))
    for criterion in dict.fromkeys([*new, *old]):
        told = new.get(criterion) or old[criterion]
        yield Row(
            criterion=criterion,
            capability=told.capability,
            was=old.get(criterion),
            now=new.get(criterion),
            causes=tuple(each for each in happened if each.cause.criterion == criterion),
        )
