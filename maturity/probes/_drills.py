"""Drills as evidence: one with proofs in the store is observed, one without is a person's word. Pure."""

from datetime import timedelta

from maturity.facts import Exercise, Ref, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probes._subjects import failed, passed


def drills_of(facts: SystemFacts, kind: str, window: timedelta) -> tuple[Exercise, ...]:
    """Drills of the kind that passed and ended in the window; those with proofs first."""
    found = [d for d in facts.drills if d.kind == kind and d.passed and facts.within(d.finished_at, window)]
    return tuple(sorted(found, key=lambda d: (not d.proofs, -d.finished_at.timestamp())))


def drilled(subject: Ref, drill: Exercise, *, good: bool = True) -> Finding:
    """A drill's finding; `good` tells whether it was quick enough."""
    minutes = (drill.finished_at - drill.started_at).total_seconds() / 60
    message = f"a {drill.kind} drill on {drill.finished_at:%Y-%m-%d} took {minutes:.0f} minutes"
    if not good:
        return failed(subject, message, see=drill.proofs)
    strength = Strength.OBSERVED if drill.proofs else Strength.ATTESTED
    return passed(subject, f"{message}, by {drill.by}", strength=strength, see=drill.proofs)
