"""The words of judgement: what a probe finds, and what a criterion's verdict can be.

Pure values. Nothing here knows where facts come from or where verdicts are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from evidence.records import BlindReason, Json


class Outcome(StrEnum):
    """What a probe says of one subject. Absence is a failure, blindness is not."""

    PASS = "pass"  # noqa: S105 (a verdict, no password)
    FAIL = "fail"
    UNRESOLVED = "unresolved"


class Strength(StrEnum):
    """How strong a piece of evidence is, strongest first."""

    VERIFIED = "verified"  # two systems agree
    OBSERVED = "observed"  # a field in the source of record
    DECLARED = "declared"  # a tag or file that somebody wrote
    ATTESTED = "attested"  # a person's word

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return list(Strength).index(self)


class Verdict(StrEnum):
    """What is decided about one criterion of one system."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"
    ATTESTED = "attested"


DECIDED = frozenset({Verdict.MET, Verdict.NOT_MET, Verdict.WAIVED, Verdict.ATTESTED})
"""Verdicts that rest on something seen or said; they count as coverage."""

SATISFIED = frozenset({Verdict.MET, Verdict.NOT_APPLICABLE, Verdict.WAIVED})
"""Verdicts that let a level be confirmed; one person's word alone never does."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a reader can see it: a node of the lineage, an address in the source, or both."""

    label: str
    node_id: int | None = None
    url: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe says of one subject (a model version, a run, a repository, the system).

    `message` completes the sentence "<label>: …". `reason` is set for unresolved findings only.
    """

    subject: str
    label: str
    outcome: Outcome
    message: str
    strength: Strength = Strength.OBSERVED
    reason: BlindReason | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if (self.reason is not None) != (self.outcome is Outcome.UNRESOLVED):
            raise ValueError(f"{self.subject}: a reason belongs to unresolved findings, and only to them.")
