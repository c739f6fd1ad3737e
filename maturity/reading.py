"""Readings: a criterion that takes other criteria, and is as good as the worst of them. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from evidence.records import BlindReason
from maturity.finding import Outcome, Verdict
from maturity.result import Result

WORST_FIRST = (
    Verdict.NOT_MET,
    Verdict.UNKNOWN,
    Verdict.ATTESTED,
    Verdict.WAIVED,
    Verdict.MET,
    Verdict.NOT_APPLICABLE,
)
"""What does not apply says nothing, so it only decides where no part applies."""


def worst_of(blank: Result, parts: Sequence[Result]) -> Result:
    """`blank` with the worst verdict of the parts; counts, needs and findings are theirs together."""
    verdict = _worst([part.verdict for part in parts])
    until, otherwise = _ending(parts, verdict=verdict)
    passing = [part.strength for part in parts if part.strength is not None]
    return replace(
        blank,
        verdict=verdict,
        reason=_reason(parts) if (otherwise or verdict) is Verdict.UNKNOWN else None,
        sentence=_sentence(parts),
        needs=tuple(dict.fromkeys(need for part in parts for need in part.needs)),
        n=sum(part.n for part in parts),
        p=sum(part.p for part in parts),
        u=sum(part.u for part in parts),
        low_confidence=any(part.low_confidence for part in parts),
        strength=max(passing, key=lambda s: s.rank, default=None),
        findings=tuple(
            sorted((f for part in parts for f in part.findings), key=lambda f: _ORDER.index(f.outcome))
        ),
        until=until,
        otherwise=otherwise,
    )


_ORDER = (Outcome.FAIL, Outcome.UNRESOLVED, Outcome.PASS)


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    return min(verdicts, key=WORST_FIRST.index)


def _reason(parts: Sequence[Result]) -> BlindReason | None:
    """Of the unknown parts the first reason that is not only an absent source."""
    unseen = [part for part in parts if (part.otherwise or part.verdict) is Verdict.UNKNOWN]
    reasons = [part.reason for part in unseen if part.reason]
    looked = [reason for reason in reasons if reason is not BlindReason.SOURCE_NOT_CONNECTED]
    return next(iter([*looked, *reasons]), None)


def _ending(parts: Sequence[Result], *, verdict: Verdict) -> tuple[datetime | None, Verdict | None]:
    """When the first word ends on which the verdict rests, and what the parts say without any word."""
    ends = [part.until for part in parts if part.until is not None]
    otherwise = _worst([part.otherwise or part.verdict for part in parts])
    if not ends or otherwise is verdict:
        return None, None
    return min(ends), otherwise


def _sentence(parts: Sequence[Result]) -> str:
    """The words of the parts, the worst first; of several each with its name."""
    if len(parts) == 1:
        return parts[0].sentence
    said = sorted(parts, key=lambda part: WORST_FIRST.index(part.verdict))
    return " ".join(f"{part.criterion}: {part.sentence}" for part in said)
