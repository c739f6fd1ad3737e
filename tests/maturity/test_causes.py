"""Every difference has a cause, and the cause names what differs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.records import BlindReason
from maturity.cause_documents import cause_document, causes_of
from maturity.causes import SHOWN, Cause, CauseKind, Judged, causes
from maturity.evaluate import evaluate
from maturity.facts import SystemFacts
from maturity.finding import Finding, Outcome, Strength, Verdict
from maturity.probe import catalogue
from maturity.result import Result
from maturity.rubric import Rubric, rubric
from tests.maturity.made import (
    DAY,
    NOW,
    commit,
    deployment,
    facts,
    older,
    source,
    version,
    with_version,
)


def judged(given: SystemFacts, under: Rubric | None = None) -> Judged:
    under = under or rubric()
    found = evaluate(given, under, known=catalogue())
    return Judged(under.version, under.digest, found.results, {c.id: c for c in under.criteria})


def between(one: SystemFacts, other: SystemFacts) -> dict[str, Cause]:
    return {cause.criterion: cause for cause in causes(judged(one), judged(other), at=other.now)}


def changed(criterion: str, **fields: object) -> Rubric:
    """Google's rubric with one criterion changed, as a new version."""
    criteria = tuple(replace(c, **fields) if c.id == criterion else c for c in rubric().criteria)  # type: ignore[arg-type]
    return replace(rubric(), version="next", digest="next", criteria=criteria)


def result(*findings: Finding, verdict: Verdict = Verdict.MET, **changes: object) -> Result:
    made = Result("c", "repro", 1, True, (), "probe", 1, verdict, "It is so.", findings=findings)
    count = {outcome: sum(f.outcome is outcome for f in findings) for outcome in Outcome}
    made = replace(made, n=len(findings), p=count[Outcome.PASS], u=count[Outcome.UNRESOLVED])
    return replace(made, **changes)  # type: ignore[arg-type]


def found(subject: str, outcome: Outcome = Outcome.PASS, message: str = "fine", **changes: object) -> Finding:
    blind = {"reason": BlindReason.PERMISSION_DENIED} if outcome is Outcome.UNRESOLVED else {}
    return Finding(subject, subject, outcome, message, **{**blind, **changes})  # type: ignore[arg-type]


def why(was: Result, now: Result) -> tuple[Cause, ...]:
    one, other = (Judged("1", "1", (each,), {}) for each in (was, now))
    return causes(one, other, at=NOW)


def test_no_difference_has_no_cause() -> None:
    assert causes(judged(facts()), judged(facts()), at=NOW) == ()


def test_a_lost_commit_names_version_before_and_after() -> None:
    cause = between(facts(), with_version(commit=None))["repro-commit-bound"]
    assert (cause.kind, cause.was, cause.now) == (CauseKind.EVIDENCE, Verdict.MET, Verdict.NOT_MET)
    change = cause.changes[0]
    assert (change.label, "9f3ab21c" in change.was, "no commit" in change.now) == ("churn v3", True, True)
    assert change.evidence[0].label


def test_a_changed_denominator_is_named() -> None:
    one = facts(deployments=())
    two = replace(one, versions=(*one.versions, version("4")))
    cause = between(one, two)["repro-commit-bound"]
    assert (cause.was_counts.n, cause.now_counts.n) == (1, 2)
    assert [(c.label, c.appeared) for c in cause.changes] == [("churn v4", True)]
    back = between(two, one)["repro-commit-bound"]
    assert [(c.label, c.vanished) for c in back.changes] == [("churn v4", True)]


def test_a_dark_source_is_coverage_and_its_return_too() -> None:
    dark = facts(sources=tuple(source(kind) for kind in ("kfp", "git", "deployments")))
    gone, back = between(facts(), dark), between(dark, facts())
    assert {cause.kind for cause in gone.values()} == {CauseKind.COVERAGE}
    assert gone["track-model-registered"].why == "No MLflow gives evidence for this system."
    assert back["track-model-registered"].kind is CauseKind.COVERAGE


def test_stale_evidence_is_expiry_and_its_return_coverage() -> None:
    old = facts(
        sources=tuple(
            source(kind, seen_at=NOW - (9 * DAY if kind == "mlflow" else timedelta(0)))
            for kind in ("mlflow", "kfp", "git", "deployments")
        )
    )
    assert between(facts(), old)["track-model-registered"].kind is CauseKind.EXPIRY
    assert between(old, facts())["track-model-registered"].kind is CauseKind.COVERAGE


def test_a_subject_that_cannot_be_seen_is_coverage() -> None:
    (cause,) = why(
        result(found("a"), found("b")), result(found("a"), found("b", Outcome.UNRESOLVED, "denied"))
    )
    assert (cause.kind, cause.changes[0].label, cause.changes[0].now) == (CauseKind.COVERAGE, "b", "denied")


def test_one_criterion_may_have_two_causes() -> None:
    then = result(found("a"), found("b"))
    now = result(found("a", Outcome.FAIL), found("b", Outcome.UNRESOLVED), verdict=Verdict.NOT_MET)
    assert {cause.kind for cause in why(then, now)} == {CauseKind.EVIDENCE, CauseKind.COVERAGE}


def test_a_waiver_begins_ends_and_is_taken_back() -> None:
    plain = result(found("a", Outcome.FAIL), verdict=Verdict.NOT_MET)
    waived = replace(plain, verdict=Verdict.WAIVED, until=NOW, otherwise=Verdict.NOT_MET, sentence="Waived.")
    assert [(c.kind, c.why) for c in why(plain, waived)] == [(CauseKind.EVIDENCE, "Waived.")]
    assert [(c.kind, c.why) for c in why(waived, plain)] == [
        (CauseKind.EXPIRY, "It ended on 2026-11-20: Waived.")
    ]
    early = replace(waived, until=NOW + DAY)
    assert [(c.kind, c.why) for c in why(early, plain)] == [(CauseKind.EVIDENCE, "Taken back: Waived.")]


def test_a_new_probe_version_is_the_rubrics_doing() -> None:
    (cause,) = why(result(found("a")), result(found("a", Outcome.FAIL), probe_version=2))
    assert (cause.kind, cause.why) == (CauseKind.RUBRIC, "probe: version 1 → 2")


def test_rubric_and_evidence_are_told_apart() -> None:
    strict = changed("gov-owner", min_strength=Strength.VERIFIED)
    now = with_version(tags={}, signature="absent")
    told = causes(judged(facts()), judged(now, strict), at=NOW, between=judged(now))
    by = {(cause.kind, cause.criterion) for cause in told}
    assert (CauseKind.RUBRIC, "") in by
    assert (CauseKind.RUBRIC, "gov-owner") in by
    assert {c for kind, c in by if kind is CauseKind.EVIDENCE} == set(between(facts(), now))
    bound = next(c for c in told if c.criterion == "gov-owner")
    assert "least strength" in bound.why


def test_without_the_old_text_it_is_said_that_effects_cannot_be_told_apart() -> None:
    told = causes(judged(facts()), judged(with_version(commit=None), changed("gov-owner")), at=NOW)
    assert {cause.kind for cause in told} == {CauseKind.RUBRIC}
    assert any("cannot be told apart" in cause.why for cause in told)


def test_a_moved_added_and_dropped_criterion_is_named() -> None:
    moved = changed("gov-owner", level=1)
    assert "level 0 → 1" in _rubric_cause(judged(facts(), moved), "gov-owner").why
    fewer = replace(moved, criteria=tuple(c for c in moved.criteria if c.id != "gov-owner"))
    gone = _rubric_cause(judged(facts(), fewer), "gov-owner")
    assert (gone.was is not None, gone.now) == (True, None)
    told = causes(judged(facts(), fewer), replace(judged(facts()), digest="x"), at=NOW)
    assert next(c for c in told if c.criterion == "gov-owner").was is None


def _rubric_cause(after: Judged, criterion: str) -> Cause:
    told = causes(judged(facts()), after, at=NOW, between=judged(facts()))
    return next(cause for cause in told if cause.criterion == criterion)


def test_a_new_version_that_changes_nothing_still_has_its_cause() -> None:
    told = causes(
        judged(facts()), judged(facts(), changed("gov-owner", why="x")), at=NOW, between=judged(facts())
    )
    assert [(c.kind, c.criterion) for c in told] == [(CauseKind.RUBRIC, "")]


def test_many_changes_are_counted_honestly() -> None:
    then = result(*(found(f"v{n}") for n in range(40)))
    now = result(*(found(f"v{n}", Outcome.FAIL) for n in range(40)), verdict=Verdict.NOT_MET)
    (cause,) = why(then, now)
    assert (len(cause.changes), cause.more) == (SHOWN, 40 - SHOWN)


def test_what_was_cut_off_is_not_called_new_or_gone() -> None:
    then = result(found("a"), found("b"), n=300, p=300)
    now = result(found("c", Outcome.FAIL), found("a"), found("d"), n=300, p=299, verdict=Verdict.NOT_MET)
    (cause,) = why(then, now)
    assert [change.label for change in cause.changes] == ["c"]


def test_a_subject_found_several_times_is_matched_by_what_was_found() -> None:
    then = result(found("a", message="x"), found("a", message="y"))
    now = result(found("a", Outcome.FAIL, "z"), found("a", message="x"), verdict=Verdict.NOT_MET)
    (cause,) = why(then, now)
    assert [(c.now, c.appeared, c.vanished) for c in cause.changes] == [("z", False, False)]


def test_findings_of_several_parts_are_told_against_their_own_past() -> None:
    then = result(*(found("v3", message=m) for m in ("commit abc", "locked", "data bound")))
    now = result(
        found("v3", Outcome.FAIL, "no commit"),
        found("v3", Outcome.FAIL, "not locked"),
        found("v3", message="data bound"),
        verdict=Verdict.NOT_MET,
    )
    (cause,) = why(then, now)
    assert [(c.was, c.now) for c in cause.changes] == [("commit abc", "no commit"), ("locked", "not locked")]


def test_a_part_that_went_stale_is_expiry_for_the_reading_of_it() -> None:
    then = result(found("a"), found("b"))
    now = result(found("a"), verdict=Verdict.UNKNOWN, reason=BlindReason.STALE, sentence="Git is old.")
    assert [(c.kind, c.why) for c in why(then, now)] == [(CauseKind.EXPIRY, "Git is old.")]


def test_causes_come_back_from_their_documents() -> None:
    told = tuple(between(facts(), with_version(commit=None, run=None)).values())
    assert told
    assert causes_of([cause_document(cause) for cause in told]) == told


spoilt: Mapping[str, SystemFacts] = {
    "healthy": facts(),
    "no commit": with_version(commit=None),
    "no version": facts(versions=()),
    "older": facts(versions=(older(),)),
    "no deployment": facts(deployments=(), events=()),
    "canary": facts(deployments=(deployment(traffic_percent=10),)),
    "stale": facts(sources=tuple(source(k, seen_at=NOW - 9 * DAY) for k in ("mlflow", "kfp", "git"))),
    "dark": facts(sources=()),
    "denied": facts(sources=(source("mlflow", seen_at=None, reason=BlindReason.PERMISSION_DENIED),)),
    "unmerged": with_version(commit=commit(on_default_branch=False)),
    "empty": SystemFacts("churn", "Churn", "Growth", NOW),
}


@settings(max_examples=80)
@given(one=st.sampled_from(sorted(spoilt)), other=st.sampled_from(sorted(spoilt)))
def test_whatever_is_decided_otherwise_has_a_cause_and_nothing_else(one: str, other: str) -> None:
    was, now = judged(spoilt[one]), judged(spoilt[other])
    told = causes(was, now, at=NOW)
    verdicts = {r.criterion: r.verdict for r in was.results}
    flipped = {r.criterion for r in now.results if verdicts[r.criterion] is not r.verdict}
    assert flipped <= {cause.criterion for cause in told}
    assert bool(told) == (one != other and _digest(was) != _digest(now))


def _digest(judged_once: Judged) -> list[object]:
    return [
        (
            r.criterion,
            r.verdict,
            r.reason,
            r.n,
            r.p,
            r.u,
            r.strength,
            sorted((f.subject, f.outcome) for f in r.findings),
        )
        for r in judged_once.results
    ]


@pytest.mark.parametrize("name", sorted(spoilt))
def test_the_same_facts_have_no_cause(name: str) -> None:
    assert causes(judged(spoilt[name]), judged(spoilt[name]), at=NOW) == ()
