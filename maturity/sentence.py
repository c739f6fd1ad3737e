"""Verdicts in one sentence, with counts and the names of those that stand out. Pure; English.

Sentences are stored with the result, so that an export says what the page said.
"""

from collections.abc import Sequence

from maturity.finding import Finding, Outcome, Verdict
from maturity.rubric import Criterion

NAMED = 3
"""So many subjects are named; the rest is counted."""


def sentence_of(criterion: Criterion, findings: Sequence[Finding], *, verdict: Verdict) -> str:
    """ "17 of 20 production versions pass; fails: churn v3 (no commit), …"."""
    if len(findings) == 1:
        only = findings[0]
        return f"{only.label}: {only.message}."
    failing = [f for f in findings if f.outcome is Outcome.FAIL]
    unresolved = [f for f in findings if f.outcome is Outcome.UNRESOLVED]
    passing = len(findings) - len(failing) - len(unresolved)
    parts = [f"{passing} of {len(findings)} {_plural(criterion.subject)} pass"]
    if failing:
        parts.append(f"{_named(failing)} fail{'s' if len(failing) == 1 else ''}")
    if unresolved:
        parts.append(f"{_named(unresolved)} could not be judged")
    if verdict is Verdict.UNKNOWN:
        low, high = passing / len(findings), (passing + len(unresolved)) / len(findings)
        parts.append(f"the share lies between {low:.3g} and {high:.3g}, {criterion.threshold:.3g} is needed")
    return "; ".join(parts) + "."


def _named(findings: Sequence[Finding]) -> str:
    named = ", ".join(f"{f.label} ({f.message})" for f in findings[:NAMED])
    more = len(findings) - NAMED
    return f"{named} and {more} more" if more > 0 else named


def _plural(subject: str) -> str:
    """The plural of a subject ("model version", "repository", "training run")."""
    return f"{subject[:-1]}ies" if subject.endswith("y") else f"{subject}s"
