"""Why an assessment differs from the one before: evidence, rubric, coverage or expiry. Pure.

`causes` compares what was decided then with what is decided now, criterion by criterion and subject by
subject. Where the rubric changed too, the new facts judged under the old text stand between the two:
what differs up to there is the world's doing, what differs from there on is the rubric's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evidence.records import BlindReason
from maturity.criterion import Criterion
from maturity.finding import Evidence, Finding, Outcome, Verdict
from maturity.result import Result

SHOWN = 12
"""So many changed subjects are kept of one cause, those that decide first; `more` counts the rest."""

SHOWN_EVIDENCE = 3
LONGEST = 400
"""Characters kept of a text: names and messages come from sources, which may be of any length."""

NOT_BLIND = frozenset({BlindReason.NO_SAMPLE, BlindReason.NOT_SUPPORTED})
"""Reasons that say something of the thing itself, not of our eyes."""

WORDS = frozenset({Verdict.WAIVED, Verdict.ATTESTED})
"""Verdicts that rest on a person's word."""


class CauseKind(StrEnum):
    """The four causes."""

    EVIDENCE = "evidence"  # the world changed, or what people say of it
    RUBRIC = "rubric"  # the same facts are judged otherwise
    COVERAGE = "coverage"  # a source shows more, or less
    EXPIRY = "expiry"  # evidence grew too old, a word ended


@dataclass(frozen=True, slots=True)
class Change:
    """One subject: what was found of it and what is found now; "" where it was not, or is no more, there.

    `appeared` and `vanished` tell a changed denominator from a changed answer.
    """

    subject: str
    label: str
    was: str
    now: str
    appeared: bool = False
    vanished: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Passing, unresolved, and all subjects."""

    p: int = 0
    u: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one criterion is decided otherwise; a verdict is None where the rubric did not ask then.

    `why` tells what no single subject can (which source went dark, what the rubric changed).
    `changes` names at most SHOWN subjects, `more` counts the others. `criterion` is empty for the
    cause that names a new version of the rubric itself.
    """

    kind: CauseKind
    criterion: str = ""
    capability: str = ""
    was: Verdict | None = None
    now: Verdict | None = None
    was_counts: Counts = Counts()
    now_counts: Counts = Counts()
    why: str = ""
    changes: tuple[Change, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided, and under which text: the digest is that of the rubric file."""

    version: str
    digest: str
    results: tuple[Result, ...]
    criteria: Mapping[str, Criterion]


def causes(
    before: Judged, after: Judged, *, at: datetime, between: Judged | None = None
) -> tuple[Cause, ...]:
    """Why `after`, decided at `at`, is not `before`; () only when nothing differs.

    `between`: the facts of `after` under the rubric of `before`, where that text is still there.
    """
    if before.digest == after.digest:
        return tuple(_differences(before, after, at=at))
    version = Cause(CauseKind.RUBRIC, why=f"{before.version} → {after.version}")
    if between is None:
        lost = "The text that was used then is not kept: what changed in the world cannot be told apart"
        return (version, *_rubric_effect(before, after, note=lost))
    return (version, *_rubric_effect(between, after), *_differences(before, between, at=at))


def _differences(before: Judged, after: Judged, *, at: datetime) -> Iterable[Cause]:
    """Under one text: criterion by criterion, in the order of the newer results."""
    old = {result.criterion: result for result in before.results}
    for result in after.results:
        was = old.get(result.criterion)
        if was is not None and _decided(was) != _decided(result):
            yield from _of_criterion(was, result, at=at)


def _decided(result: Result) -> tuple[object, ...]:
    """What counts as a difference: no sentences, no moments but the ends of words (as in the digest)."""
    found = sorted((f.subject, f.outcome) for f in result.findings)
    counts = (result.n, result.p, result.u, result.strength)
    return (result.verdict, result.reason, *counts, result.until, result.otherwise, tuple(found))


def _of_criterion(was: Result, now: Result, *, at: datetime) -> Iterable[Cause]:
    """The causes of one criterion under one text, at least one."""
    if was.probe_version and now.probe_version and was.probe_version != now.probe_version:
        asked = f"{now.probe}: version {was.probe_version} → {now.probe_version}"
        yield _cause(CauseKind.RUBRIC, was, now, why=asked, changes=_changed(was, now))
        return
    word = _word(was, now, at=at)
    if word:
        yield word
    sight = _sight(was, now)
    if sight:
        yield sight
        return
    by_kind: dict[CauseKind, list[Change]] = {}
    for kind, change in _kinds(was, now):
        by_kind.setdefault(kind, []).append(change)
    for kind, changes in by_kind.items():
        yield _cause(kind, was, now, changes=changes)
    if not by_kind and not word:
        yield _cause(CauseKind.EVIDENCE, was, now, why=now.sentence)


def _word(was: Result, now: Result, *, at: datetime) -> Cause | None:
    """A person's word began, ended, or was taken back."""
    if not {was.verdict, now.verdict} & WORDS or (was.verdict, was.until) == (now.verdict, now.until):
        return None
    if now.verdict in WORDS:
        return _cause(CauseKind.EVIDENCE, was, now, why=now.sentence)
    if was.until is not None and was.until <= at:
        return _cause(CauseKind.EXPIRY, was, now, why=f"It ended on {was.until:%Y-%m-%d}: {was.sentence}")
    taken_back = was.otherwise is now.verdict
    return _cause(
        CauseKind.EVIDENCE, was, now, why=f"Taken back: {was.sentence}" if taken_back else now.sentence
    )


def _sight(was: Result, now: Result) -> Cause | None:
    """The whole criterion went dark, came to light, or is dark for another reason."""
    if _dark(now) and not (_dark(was) and now.reason is was.reason):
        kind = CauseKind.EXPIRY if now.reason is BlindReason.STALE else CauseKind.COVERAGE
        return _cause(kind, was, now, why=now.sentence)
    if _dark(was) and not _dark(now):
        return _cause(CauseKind.COVERAGE, was, now, why=now.sentence)
    return None


def _dark(result: Result) -> bool:
    """True where it, or a part that it takes, could not be looked at; no subject says so itself."""
    hidden = result.reason is not None and result.reason not in NOT_BLIND
    return hidden and all(finding.reason is not result.reason for finding in result.findings)


def _kinds(was: Result, now: Result) -> Iterable[tuple[CauseKind, Change]]:
    for one, other in _pairs(was, now):
        yield _kind(one, other), _change(one, other)


def _changed(was: Result, now: Result) -> list[Change]:
    return [_change(one, other) for one, other in _pairs(was, now)]


def _kind(was: Finding | None, now: Finding | None) -> CauseKind:
    if was is None or now is None or _hidden(was) == _hidden(now):
        return CauseKind.EVIDENCE
    return CauseKind.EXPIRY if now.reason is BlindReason.STALE else CauseKind.COVERAGE


def _hidden(finding: Finding) -> BlindReason | None:
    """Why the subject could not be seen; None when it could."""
    return None if finding.reason in NOT_BLIND else finding.reason


def _change(was: Finding | None, now: Finding | None) -> Change:
    told = now or was
    if told is None:
        raise ValueError("A change has at least one side.")
    return Change(
        subject=told.subject[:LONGEST],
        label=told.label[:LONGEST],
        was=was.message[:LONGEST] if was else "",
        now=now.message[:LONGEST] if now else "",
        appeared=was is None,
        vanished=now is None,
        evidence=told.evidence[:SHOWN_EVIDENCE],
    )


def _pairs(was: Result, now: Result) -> Iterable[tuple[Finding | None, Finding | None]]:
    """The findings that differ, those that decide first: failures, unresolved, passes; then those gone.

    A subject may be found several times; equal findings cancel out. Stored results keep the first
    findings only: what may merely have been cut off is not called new or gone.
    """
    old, new = _left_over(was.findings, now.findings), _left_over(now.findings, was.findings)
    for subject, found in new.items():
        gone = old.pop(subject, [])
        for place, finding in enumerate(found):
            if place < len(gone):
                yield gone[place], finding
            elif not _is_cut(was) or finding.outcome is not Outcome.PASS:
                yield None, finding
        yield from ((finding, None) for finding in gone[len(found) :])
    for found in old.values():
        yield from ((f, None) for f in found if not _is_cut(now) or f.outcome is not Outcome.PASS)


def _left_over(of: Sequence[Finding], without: Sequence[Finding]) -> dict[str, list[Finding]]:
    """By subject the findings that the other side has not: first equal ones cancel out, then like ones."""
    ours, theirs = list(of), list(without)
    for key in (_said, _seen):
        common = Counter(map(key, ours)) & Counter(map(key, theirs))
        ours, theirs = _without(ours, common, key), _without(theirs, common, key)
    left: dict[str, list[Finding]] = {}
    for finding in ours:
        left.setdefault(finding.subject, []).append(finding)
    return left


def _without(
    findings: Sequence[Finding],
    common: Counter[tuple[object, ...]],
    key: Callable[[Finding], tuple[object, ...]],
) -> list[Finding]:
    """The findings less those in common."""
    spare, kept = Counter(common), []
    for finding in findings:
        if spare[key(finding)]:
            spare[key(finding)] -= 1
        else:
            kept.append(finding)
    return kept


def _said(finding: Finding) -> tuple[object, ...]:
    return *_seen(finding), finding.message


def _seen(finding: Finding) -> tuple[object, ...]:
    return finding.subject, finding.outcome, finding.reason, finding.strength


def _is_cut(result: Result) -> bool:
    return len(result.findings) < result.n


def _rubric_effect(before: Judged, after: Judged, *, note: str = "") -> Iterable[Cause]:
    """The same facts under two texts: what the newer one asks otherwise, asks anew, asks no more."""
    old = {result.criterion: result for result in before.results}
    for result in after.results:
        was = old.pop(result.criterion, None)
        if was is None:
            yield _cause(CauseKind.RUBRIC, None, result, why="Asked from this version on")
        elif _place(was) != _place(result) or _decided(was) != _decided(result):
            why = asked_otherwise(before.criteria.get(result.criterion), after.criteria.get(result.criterion))
            said = "; ".join(part for part in (why, note) if part)
            yield _cause(CauseKind.RUBRIC, was, result, why=said, changes=_changed(was, result))
    for result in old.values():
        yield _cause(CauseKind.RUBRIC, result, None, why="No longer asked from this version on")


def _place(result: Result) -> tuple[str, int, bool]:
    return result.capability, result.level, result.gating


def asked_otherwise(was: Criterion | None, now: Criterion | None) -> str:
    """What two versions of a criterion ask differently: "threshold 0.8 → 0.9; window 60 → 90 days"."""
    if was is None or now is None:
        return ""
    told = {
        "threshold": (f"{was.threshold:g}", f"{now.threshold:g}"),
        "window in days": (f"{was.window.days}", f"{now.window.days}"),
        "level": (f"{was.level}", f"{now.level}"),
        "gating": (f"{was.gating}".lower(), f"{now.gating}".lower()),
        "capability": (was.capability, now.capability),
        "least strength": (was.min_strength.value, now.min_strength.value),
        "probe": (was.probe, now.probe),
        "not applicable if": (was.condition or "–", now.condition or "–"),
    }
    return "; ".join(f"{name} {old} → {new}" for name, (old, new) in told.items() if old != new)


def _cause(
    kind: CauseKind,
    was: Result | None,
    now: Result | None,
    *,
    why: str = "",
    changes: Sequence[Change] = (),
) -> Cause:
    told = now or was
    return Cause(
        kind,
        criterion=told.criterion if told else "",
        capability=told.capability if told else "",
        was=was.verdict if was else None,
        now=now.verdict if now else None,
        was_counts=_counts(was),
        now_counts=_counts(now),
        why=why[:LONGEST],
        changes=tuple(changes[:SHOWN]),
        more=max(0, len(changes) - SHOWN),
    )


def _counts(result: Result | None) -> Counts:
    return Counts(p=result.p, u=result.u, n=result.n) if result else Counts()
