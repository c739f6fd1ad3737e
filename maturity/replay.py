"""A day judged again, under any rubric, and how that differs from what held then. Nothing is written."""

from dataclasses import dataclass
from datetime import date, datetime

from core.models import System
from maturity import snapshots
from maturity.cause_words import Move, moves
from maturity.causes import Cause
from maturity.comparison import held_at
from maturity.evaluate import evaluate
from maturity.facts import SystemFacts
from maturity.keeping import why_changed
from maturity.models import Assessment
from maturity.probe import catalogue
from maturity.result import Evaluation
from maturity.rubric import Rubric, rubric
from maturity.timeline import reached_of, standing_of


class ReplayError(Exception):
    """The day cannot be judged again; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One day under one rubric: the judgement, what held then (None: nothing), and every difference.

    `at` is the moment of the facts. `compared` names the rubric that held; it is another one where
    the system was not yet judged under this.
    """

    system: System
    day: date
    at: datetime
    under: Rubric
    evaluation: Evaluation
    held: Assessment | None
    compared: str
    moves: tuple[Move, ...]
    causes: tuple[Cause, ...]

    @property
    def differs(self) -> bool:
        """True where a level or a score would be another one."""
        return self.held is not None and any(move.moved for move in self.moves)

    @property
    def overall(self) -> Move:
        return self.moves[0]


def replay(system: System, *, at: date, under: Rubric) -> Replay:
    """That day (UTC) again, from the facts that were kept of it; ReplayError where none were."""
    try:
        facts = snapshots.recall(system, at)
    except snapshots.SnapshotError as error:
        raise ReplayError(str(error)) from error
    if facts is None:
        raise ReplayError(_no_facts(system, at))
    held = _held(system, under, facts)
    evaluation = evaluate(facts, under, known=catalogue())
    return Replay(
        system=system,
        day=at,
        at=facts.now,
        under=under,
        evaluation=evaluation,
        held=held,
        compared=f"{held.rubric} {held.rubric_version}" if held else "",
        moves=_moves(held, evaluation, under),
        causes=_causes(held, evaluation, facts, under) if held else (),
    )


def replays(system: System, *, days: int, under: Rubric) -> tuple[Replay, ...]:
    """The newest kept days, newest first; days that this version cannot read are left out."""
    found = []
    for day in snapshots.kept_days(system)[:days]:
        try:
            found.append(replay(system, at=day, under=under))
        except ReplayError:
            continue
    return tuple(found)


def _causes(held: Assessment, evaluation: Evaluation, facts: SystemFacts, under: Rubric) -> tuple[Cause, ...]:
    """Every difference; between rubrics that are not versions of one, only where both ask."""
    found = why_changed(held, evaluation, facts=facts, under=under)
    if held.rubric == under.id:
        return found
    return tuple(cause for cause in found if not cause.criterion or (cause.was and cause.now))


def _held(system: System, under: Rubric, facts: SystemFacts) -> Assessment | None:
    """What held at the moment of the facts: under the rubric of that id, else under Google's levels."""
    return held_at(system, under.id, facts.now) or held_at(system, rubric().id, facts.now)


def _moves(held: Assessment | None, evaluation: Evaluation, under: Rubric) -> tuple[Move, ...]:
    names = {capability.id: capability.name for capability in under.capabilities}
    now = {"": reached_of(evaluation), **{s.capability: reached_of(s) for s in evaluation.standings}}
    return moves(standing_of(held) if held else {}, now, names=names)


def _no_facts(system: System, day: date) -> str:
    days = snapshots.kept_days(system)
    if not days:
        return f"No facts of {system.slug} were kept yet; they are kept with its first assessment."
    some = ", ".join(f"{each}" for each in days[:5])
    more = f" and {len(days) - 5} earlier ones" if len(days) > 5 else ""
    return f"No facts of {system.slug} were kept on {day}. Kept days: {some}{more}."
