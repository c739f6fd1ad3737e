"""Summaries and results as plain documents: what API and exports say, word for word the same."""

from dataclasses import asdict
from datetime import datetime

from evidence.records import Json
from maturity.believe import Summary
from maturity.csv_table import csv_table
from maturity.evaluate import Result, Standing
from maturity.marks import Marks, mark_document, mark_line, marks_on
from maturity.rubric import Rubric
from maturity.selectors import Scorecard

COLUMNS = (
    "system",
    "capability",
    "criterion",
    "level",
    "gating",
    "question",
    "verdict",
    "reason",
    "n",
    "p",
    "u",
    "low",
    "high",
    "low_confidence",
    "strength",
    "until",
    "otherwise",
    "sentence",
    "people",
)


def summary_document(summary: Summary) -> dict[str, Json]:
    """Levels, coverage and moments of a system. Levels: -1 is below level 0, null is not assessed.

    Scores are null unless the rubric counts points; levels are then the bands that they reach.
    """
    stale: list[Json] = [*sorted(summary.stale)]
    return {
        "confirmed": summary.confirmed,
        "potential": summary.potential,
        "score": summary.score,
        "score_potential": summary.score_potential,
        "seen": summary.seen,
        "applicable": summary.applicable,
        "capabilities_assessed": summary.assessed,
        "capabilities": [standing_document(standing) for standing in summary.standings],
        "evidence_at": _moment(summary.evidence_at),
        "confirmed_at": _moment(summary.confirmed_at),
        "assessed_at": _moment(summary.assessment.assessed_at),
        "assessment": summary.assessment.pk,
        "rubric": summary.assessment.rubric,
        "rubric_version": summary.assessment.rubric_version,
        "stale_sources": stale,
    }


def standing_document(standing: Standing) -> dict[str, Json]:
    return {
        "capability": standing.capability,
        "confirmed": standing.confirmed,
        "potential": standing.potential,
        "score": standing.score,
        "score_potential": standing.score_potential,
        "seen": standing.seen,
        "applicable": standing.applicable,
        "waived": [*standing.waived],
    }


def result_document(result: Result, *, under: Rubric, among: Marks) -> dict[str, Json]:
    """A verdict with its counts, interval, reason and findings, and what people say of it.

    `under` is the text it was decided by; `among` are the marks of its system.
    """
    criterion = under.criterion(result.criterion)
    return {
        "criterion": result.criterion,
        "capability": result.capability,
        "level": result.level,
        "gating": result.gating,
        "question": criterion.question if criterion else "",
        "verdict": result.verdict.value,
        "reason": result.reason.value if result.reason else "",
        "n": result.n,
        "p": result.p,
        "u": result.u,
        "low": result.low,
        "high": result.high,
        "low_confidence": result.low_confidence,
        "strength": result.strength.value if result.strength else "",
        "until": _moment(result.until),
        "otherwise": result.otherwise.value if result.otherwise else "",
        "sentence": result.sentence,
        "people": [mark_document(mark) for mark in marks_on(result, criterion, among)],
        "findings": [
            {
                "subject": finding.subject,
                "label": finding.label,
                "outcome": finding.outcome.value,
                "message": finding.message,
                "reason": finding.reason.value if finding.reason else "",
                "strength": finding.strength.value,
                "evidence": [asdict(evidence) for evidence in finding.evidence],
            }
            for finding in result.findings
        ],
    }


def scorecard_document(card: Scorecard) -> dict[str, Json]:
    """A whole scorecard."""
    system = card.summary.system
    return {
        "system": system.slug,
        "name": system.name,
        "team": system.team.slug,
        "tier": system.tier,
        "target_level": system.target_level,
        **summary_document(card.summary),
        "results": [
            result_document(result, under=card.summary.rubric, among=card.marks) for result in card.results
        ],
        "next_steps": [step.criterion.id for step in card.plan.steps],
    }


def scorecard_csv(card: Scorecard) -> str:
    """One line a criterion, with a header; findings are left out."""
    system = card.summary.system.slug
    return csv_table(COLUMNS, ({"system": system, **_line(card, result)} for result in card.results))


def _line(card: Scorecard, result: Result) -> dict[str, Json]:
    """A result for one line of a table."""
    under = card.summary.rubric
    said = marks_on(result, under.criterion(result.criterion), card.marks)
    people = "; ".join(mark_line(mark) for mark in said)
    return {**result_document(result, under=under, among=card.marks), "people": people}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
