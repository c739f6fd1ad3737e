"""Writing an evaluation down: a new assessment where it differs from what held, else that it still holds."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from core.models import System
from evidence.records import Json
from maturity.believe import kept_results
from maturity.cause_documents import cause_document
from maturity.causes import Cause, Judged, causes
from maturity.choice import texts
from maturity.evaluate import EVERYTHING, Evaluation, Result, evaluate
from maturity.facts import SystemFacts
from maturity.finding import Finding
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.outlook import outlook, written
from maturity.probe import catalogue
from maturity.rubric import Rubric

MAX_FINDINGS = 200
"""Findings kept for one criterion, failures first; the counts are always those of all of them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What holds after an evaluation, and which assessment held before it (None for the first)."""

    confirmation: Confirmation
    before: Assessment | None

    @property
    def assessment(self) -> Assessment:
        return self.confirmation.assessment


def keep(system: System, evaluation: Evaluation, *, facts: SystemFacts, under: Rubric) -> Kept | None:
    """Write what differs; None when something newer holds. The caller holds the system's row."""
    held = Confirmation.objects.select_related("assessment").filter(system=system, rubric=under.id).first()
    if held and held.confirmed_at > facts.now:
        return None
    before = held.assessment if held else None
    digest = digest_of(evaluation, under)
    same = before is not None and before.digest == digest
    assessment = before if same and before else _write(system, evaluation, facts, under, digest, before)
    confirmation, _ = Confirmation.objects.update_or_create(
        system=system,
        rubric=under.id,
        defaults={
            "assessment": assessment,
            "confirmed_at": facts.now,
            "evidence_at": evaluation.evidence_at,
            "fresh_until": _fresh_until(facts, under),
            "words_until": min((r.until for r in evaluation.results if r.until), default=None),
        },
    )
    return Kept(confirmation=confirmation, before=before)


def digest_of(evaluation: Evaluation, under: Rubric) -> str:
    """SHA-256 (hex) of the rubric and everything decided: no sentences, no moments but the ends of words."""
    decided = [
        [
            r.criterion,
            r.verdict,
            r.reason,
            r.n,
            r.p,
            r.u,
            r.strength,
            r.until and r.until.isoformat(),
            r.otherwise,
            sorted((f.subject, f.outcome) for f in r.findings),
        ]
        for r in evaluation.results
    ]
    text = json.dumps([under.digest, decided], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def judged(results: Iterable[Result], under: Rubric) -> Judged:
    """Results with the text they were decided under, ready to be compared."""
    return Judged(under.version, under.digest, tuple(results), {c.id: c for c in under.criteria})


def judged_then(assessment: Assessment, *, under: Rubric | None) -> Judged:
    """What an assessment decided; `under` is its rubric's text where that is still there."""
    rows = CriterionResult.objects.filter(assessment=assessment)
    criteria = {c.id: c for c in under.criteria} if under else {}
    return Judged(assessment.rubric_version, assessment.rubric_digest, kept_results(rows), criteria)


def why_changed(
    before: Assessment, evaluation: Evaluation, *, facts: SystemFacts, under: Rubric
) -> tuple[Cause, ...]:
    """Why the evaluation of these facts is not what the assessment says, under whichever text that was."""
    old = under if before.rubric_digest == under.digest else rubric_then(before)
    apart = old is not None and old is not under
    return causes(
        judged_then(before, under=old),
        judged(evaluation.results, under),
        at=facts.now,
        between=judged(evaluate(facts, old, known=catalogue()).results, old) if old and apart else None,
    )


def rubric_then(assessment: Assessment) -> Rubric | None:
    """The very rubric of an assessment; None where its text or one of its probes is gone."""
    found = texts([assessment.rubric_digest]).get(assessment.rubric_digest)
    if found is None:
        return None
    known = catalogue()
    asked = (*found.criteria, *(found.base.criteria if found.base else ()))
    there = all(
        (not c.probe or c.probe in known.probes) and (not c.condition or c.condition in known.conditions)
        for c in asked
    )
    return found if there else None


def _write(
    system: System,
    evaluation: Evaluation,
    facts: SystemFacts,
    under: Rubric,
    digest: str,
    before: Assessment | None,
) -> Assessment:
    capabilities = [{**asdict(s), "waived": list(s.waived)} for s in evaluation.standings]
    why = why_changed(before, evaluation, facts=facts, under=under) if before else ()
    assessment = Assessment.objects.create(
        system=system,
        assessed_at=facts.now,
        evidence_at=evaluation.evidence_at,
        rubric=under.id,
        rubric_version=under.version,
        rubric_digest=under.digest,
        confirmed=evaluation.confirmed,
        potential=evaluation.potential,
        score=evaluation.score,
        score_potential=evaluation.score_potential,
        seen=evaluation.seen,
        applicable=evaluation.applicable,
        capabilities=capabilities,
        digest=digest,
        moved=before is None or _levels(before.capabilities) != _levels(capabilities),
        causes=[cause_document(cause) for cause in why],
        outlook=written(outlook(evaluation.results, under=under)),
    )
    CriterionResult.objects.bulk_create([_row(assessment, result) for result in evaluation.results])
    return assessment


def _levels(capabilities: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    """What moves a line of the history: levels, and the points of a rubric that counts them."""
    parts = ("capability", "confirmed", "potential", "score", "score_potential")
    return [tuple(entry.get(part) for part in parts) for entry in capabilities]


def _row(assessment: Assessment, result: Result) -> CriterionResult:
    return CriterionResult(
        assessment=assessment,
        criterion=result.criterion,
        capability=result.capability,
        level=result.level,
        gating=result.gating,
        needs=list(result.needs),
        probe=result.probe,
        probe_version=result.probe_version,
        verdict=result.verdict,
        reason=result.reason or "",
        sentence=result.sentence,
        n=result.n,
        p=result.p,
        u=result.u,
        low=result.low,
        high=result.high,
        low_confidence=result.low_confidence,
        strength=result.strength or "",
        findings=[_finding(finding) for finding in result.findings[:MAX_FINDINGS]],
        until=result.until,
        otherwise=result.otherwise or "",
    )


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "subject": finding.subject,
        "label": finding.label,
        "outcome": finding.outcome,
        "message": finding.message,
        "reason": finding.reason,
        "strength": finding.strength,
        "values": dict(finding.values),
        "evidence": [asdict(evidence) for evidence in finding.evidence],
    }


def _fresh_until(facts: SystemFacts, under: Rubric) -> dict[str, str]:
    """By kind of source the moment from which its evidence is too old, and that of the assessment."""
    until = {EVERYTHING: facts.now + under.default_ttl}
    for source in facts.sources:
        if source.seen_at is not None:
            end = source.seen_at + under.ttl_of(source.kind)
            until[source.kind] = min(end, until.get(source.kind, end))
    return {kind: end.isoformat() for kind, end in until.items()}
