"""Assessing a system: load, evaluate, and write what changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial

from django.db import transaction

from core.models import System
from evidence.records import Json
from maturity.evaluate import EVERYTHING, Evaluation, Result, evaluate
from maturity.facts import SystemFacts
from maturity.finding import Finding
from maturity.load_facts import load_facts
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.probe import catalogue
from maturity.rubric import Rubric, rubric

MAX_FINDINGS = 200
"""Findings kept for one criterion, failures first; the counts are always those of all of them."""


def request_assessments(systems: Iterable[int]) -> None:
    """Queue an assessment of each of these systems (ids), once what was written is there to be read."""
    from maturity.tasks import assess_system_task

    for system_id in sorted(systems):
        transaction.on_commit(partial(assess_system_task.delay, system_id))


def assess_system(system: System, *, now: datetime) -> Confirmation:
    """Judge the system at `now` and return what holds; running twice writes nothing new."""
    under = rubric()
    facts = load_facts(system, now=now)
    evaluation = evaluate(facts, under, known=catalogue())
    return _keep(system, evaluation, facts=facts, under=under)


@transaction.atomic
def _keep(system: System, evaluation: Evaluation, *, facts: SystemFacts, under: Rubric) -> Confirmation:
    System.objects.select_for_update().get(pk=system.pk)  # two workers: one after the other
    held = Confirmation.objects.select_related("assessment").filter(system=system, rubric=under.id).first()
    if held and held.confirmed_at > facts.now:
        return held
    digest = digest_of(evaluation, under)
    before = held.assessment if held else None
    same = before is not None and before.digest == digest
    assessment = before if same and before else _write(system, evaluation, facts.now, under, digest, before)
    confirmation, _ = Confirmation.objects.update_or_create(
        system=system,
        rubric=under.id,
        defaults={
            "assessment": assessment,
            "confirmed_at": facts.now,
            "evidence_at": evaluation.evidence_at,
            "fresh_until": _fresh_until(facts, under),
        },
    )
    return confirmation


def digest_of(evaluation: Evaluation, under: Rubric) -> str:
    """SHA-256 (hex) of the rubric and everything decided: no moments, no sentences."""
    decided = [
        [
            r.criterion,
            r.verdict,
            r.reason,
            r.n,
            r.p,
            r.u,
            r.strength,
            sorted((f.subject, f.outcome) for f in r.findings),
        ]
        for r in evaluation.results
    ]
    text = json.dumps([under.digest, decided], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _write(
    system: System,
    evaluation: Evaluation,
    now: datetime,
    under: Rubric,
    digest: str,
    before: Assessment | None,
) -> Assessment:
    capabilities = [{**asdict(s), "waived": list(s.waived)} for s in evaluation.standings]
    assessment = Assessment.objects.create(
        system=system,
        assessed_at=now,
        evidence_at=evaluation.evidence_at,
        rubric=under.id,
        rubric_version=under.version,
        rubric_digest=under.digest,
        confirmed=evaluation.confirmed,
        potential=evaluation.potential,
        seen=evaluation.seen,
        applicable=evaluation.applicable,
        capabilities=capabilities,
        digest=digest,
        moved=before is None or _levels(before.capabilities) != _levels(capabilities),
    )
    CriterionResult.objects.bulk_create([_row(assessment, result) for result in evaluation.results])
    return assessment


def _levels(capabilities: list[dict[str, Json]]) -> list[tuple[Json, Json, Json]]:
    return [(entry["capability"], entry["confirmed"], entry["potential"]) for entry in capabilities]


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
