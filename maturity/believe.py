"""What may be believed now of what was written: stored rows back to an evaluation, aged.

Page, API, badge and export all read through here, so they cannot disagree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.models import System
from evidence.records import BlindReason
from maturity.evaluate import Evaluation, Result, Standing, aged, standings_under
from maturity.finding import Evidence, Finding, Outcome, Strength, Verdict
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.outlook import Outlook, outlook, read
from maturity.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Summary:
    """Where one system stands: levels as they may be believed now, and since when.

    `rubric` is the text it was judged by, `outlook` what comes next under it. `score` and
    `score_potential` are None unless it counts points. `stale` names the kinds of source whose
    evidence is too old ("*": the assessment itself).
    """

    system: System
    assessment: Assessment
    rubric: Rubric
    standings: tuple[Standing, ...]
    outlook: Outlook
    confirmed: int | None
    potential: int | None
    score: float | None
    score_potential: float | None
    seen: int
    applicable: int
    assessed: int
    evidence_at: datetime | None
    confirmed_at: datetime
    stale: frozenset[str]

    @property
    def is_partial(self) -> bool:
        """True when some capability was not assessed: the level must not be read alone."""
        return self.assessed < len(self.standings)

    @property
    def waived(self) -> tuple[int, ...]:
        """The overall levels that some capability reaches only by a waiver."""
        levels = {level for s in self.standings for level in s.waived}
        return tuple(
            sorted(level for level in levels if self.confirmed is not None and level <= self.confirmed)
        )

    def standing(self, capability: str) -> Standing | None:
        return next((s for s in self.standings if s.capability == capability), None)


def summary(
    confirmation: Confirmation, *, now: datetime, rows: Sequence[CriterionResult], under: Rubric
) -> Summary:
    """The summary at `now`; `rows` are read only where evidence is too old or a word has ended.

    `under` is the text of the assessment's rubric (`choice.explaining`).
    """
    assessment, stale = confirmation.assessment, confirmation.stale(now)
    if confirmation.holds(now):
        found = tuple(_standing(entry) for entry in assessment.capabilities)
        ahead = read(assessment.outlook)
    else:
        results = believed(rows, stale=stale, now=now)
        found, ahead = standings_under(results, under=under), outlook(results, under=under)
    evaluation = Evaluation(results=(), standings=found)
    return Summary(
        system=confirmation.system,
        assessment=assessment,
        rubric=under,
        standings=found,
        outlook=ahead,
        confirmed=evaluation.confirmed,
        potential=evaluation.potential,
        score=evaluation.score,
        score_potential=evaluation.score_potential,
        seen=evaluation.seen,
        applicable=evaluation.applicable,
        assessed=evaluation.assessed,
        evidence_at=confirmation.evidence_at,
        confirmed_at=confirmation.confirmed_at,
        stale=stale,
    )


def believed(rows: Iterable[CriterionResult], *, stale: frozenset[str], now: datetime) -> tuple[Result, ...]:
    """Stored results as they may be believed at `now`, while the kinds in `stale` are too old."""
    return aged((_result(row) for row in rows), stale=stale, now=now)


def kept_results(rows: Iterable[CriterionResult]) -> tuple[Result, ...]:
    """Stored results as they were decided, whatever time has passed."""
    return tuple(_result(row) for row in rows)


def _standing(entry: dict[str, object]) -> Standing:
    return Standing(
        capability=str(entry["capability"]),
        confirmed=_level(entry["confirmed"]),
        potential=_level(entry["potential"]),
        seen=_level(entry["seen"]) or 0,
        applicable=_level(entry["applicable"]) or 0,
        waived=tuple(entry["waived"]) if isinstance(entry["waived"], list) else (),
        score=_points(entry.get("score")),
        score_potential=_points(entry.get("score_potential")),
    )


def _level(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _points(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _result(row: CriterionResult) -> Result:
    return Result(
        criterion=row.criterion,
        capability=row.capability,
        level=row.level,
        gating=row.gating,
        needs=tuple(row.needs),
        probe=row.probe,
        probe_version=row.probe_version,
        verdict=Verdict(row.verdict),
        sentence=row.sentence,
        reason=BlindReason(row.reason) if row.reason else None,
        n=row.n,
        p=row.p,
        u=row.u,
        low_confidence=row.low_confidence,
        strength=Strength(row.strength) if row.strength else None,
        findings=tuple(_finding(entry) for entry in row.findings),
        until=row.until,
        otherwise=Verdict(row.otherwise) if row.otherwise else None,
    )


def _finding(entry: dict[str, object]) -> Finding:
    reason, evidence, values = entry["reason"], entry["evidence"], entry["values"]
    return Finding(
        subject=str(entry["subject"]),
        label=str(entry["label"]),
        outcome=Outcome(str(entry["outcome"])),
        message=str(entry["message"]),
        strength=Strength(str(entry["strength"])),
        reason=BlindReason(str(reason)) if reason else None,
        values=values if isinstance(values, dict) else {},
        evidence=tuple(Evidence(**each) for each in evidence) if isinstance(evidence, list) else (),
    )
