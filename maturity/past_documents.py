"""History, comparison and replay as plain documents: what the API and `manage.py assess --json` say."""

from dataclasses import asdict

from evidence.records import Json
from maturity import cause_words
from maturity.cause_documents import cause_document
from maturity.cause_words import Move, Reached
from maturity.causes import Cause
from maturity.comparison import Comparison, Happened, Row, Side
from maturity.replay import Replay
from maturity.result import Result
from maturity.timeline import Step, Timeline


def history_document(found: Timeline, *, rubric: str) -> dict[str, Json]:
    """Every step, newest first; `earlier` counts older ones, which `/assessments/` gives.

    `stands`: what may be believed now; `aged_since`: since when that is not what was written.
    """
    return {
        "rubric": rubric,
        "stands": reached_document(found.stands()) if found.steps else None,
        "aged_since": found.aged.since.isoformat() if found.aged else None,
        "earlier": found.earlier,
        "steps": [step_document(step) for step in reversed(found.steps)],
    }


def step_document(step: Step) -> dict[str, Json]:
    return {
        "assessment": step.assessment,
        "at": step.at.isoformat(),
        "rubric_version": step.version,
        "kind": step.kind,
        "overall": reached_document(step.overall),
        "capabilities": {name: reached_document(each) for name, each in step.capabilities.items()},
        "moves": [move_document(move) for move in step.moved],
        "causes": [told(cause) for cause in step.causes],
    }


def comparison_document(found: Comparison) -> dict[str, Json]:
    """Both moments, every capability, the criteria that changed, and what happened between."""
    return {
        "system": found.system.slug,
        "rubric": found.under.id,
        "from": _side(found.start),
        "to": _side(found.end),
        "moves": [move_document(move) for move in found.moves],
        "criteria": [_row(row) for row in found.changed],
        "unchanged": len(found.rows) - len(found.changed),
        "general": [_happened(each) for each in found.general],
        "assessments_between": found.steps,
        "causes_left_out": found.earlier,
    }


def replay_document(found: Replay) -> dict[str, Json]:
    """The day judged again, and what differs from what held."""
    return {
        "system": found.system.slug,
        "day": found.day.isoformat(),
        "facts_of": found.at.isoformat(),
        "rubric": found.under.id,
        "rubric_version": found.under.version,
        "rubric_digest": found.under.digest,
        "held": {"assessment": found.held.pk, "rubric": found.compared} if found.held else None,
        "differs": found.differs,
        "moves": [move_document(move) for move in found.moves],
        "causes": [told(cause) for cause in found.causes],
    }


def told(cause: Cause) -> dict[str, Json]:
    """A cause with its sentence."""
    return {**cause_document(cause), "sentence": cause_words.gist(cause)}


def move_document(move: Move) -> dict[str, Json]:
    """A capability's way ("" is the overall level); `sentence` is empty where it did not move."""
    return {
        "capability": move.capability,
        "was": reached_document(move.was),
        "now": reached_document(move.now),
        "direction": move.direction,
        "sentence": cause_words.move_sentence(move) if move.moved else "",
    }


def reached_document(reached: Reached) -> dict[str, Json]:
    return asdict(reached)


def _side(side: Side) -> dict[str, Json]:
    return {
        "at": side.at.isoformat(),
        "assessment": side.assessment.pk,
        "assessed_at": side.assessment.assessed_at.isoformat(),
        "rubric_version": side.assessment.rubric_version,
    }


def _row(row: Row) -> dict[str, Json]:
    return {
        "criterion": row.criterion,
        "capability": row.capability,
        "was": _result(row.was),
        "now": _result(row.now),
        "differs": row.differs,
        "causes": [_happened(each) for each in row.causes],
    }


def _result(result: Result | None) -> Json:
    if result is None:
        return None
    return {
        "verdict": result.verdict.value,
        "n": result.n,
        "p": result.p,
        "u": result.u,
        "sentence": result.sentence,
    }


def _happened(each: Happened) -> dict[str, Json]:
    return {"at": each.at.isoformat(), "assessment": each.assessment, **told(each.cause)}
