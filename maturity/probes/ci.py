"""Continuous integration of changes: are they tested, and are components built from them?"""

import re
from collections.abc import Iterator
from datetime import timedelta

from evidence.records import BlindReason
from evidence.signals.results import SignalName
from maturity.facts import PullRequest, Repository, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import probe
from maturity.probes._ci import (
    BUILDING,
    TESTING,
    checks_for,
    files_of,
    is_before_history,
    jobs_for,
    merged,
    repository_of,
    runs_at,
    touches,
)
from maturity.probes._subjects import failed, passed, system, unresolved

FEW = 3
"""Fewer merged changes than this say nothing about a habit."""

COMPONENT = (SignalName.TYPED_COMPONENTS, SignalName.ORCHESTRATOR, SignalName.FEATURE_STORE)
"""Signals whose files hold component, pipeline or feature code."""

DOCKERFILE = re.compile(r"(^|/)([^/]+\.)?(Dockerfile|Containerfile)([.-][^/]+)?$", re.IGNORECASE)


@probe(means=("check", "job"))
def pr_checks(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Had each change merged in the window a successful check that ran tests?"""
    changes = merged(facts, window)
    if len(changes) < FEW:
        why = f"only {len(changes)} changes were merged in {window.days} days, too few to judge"
        return tuple(unresolved(change.ref, BlindReason.NO_SAMPLE, why) for change in changes)
    return tuple(_tested(change, facts, probe="ci.pr_checks") for change in changes)


def _tested(change: PullRequest, facts: SystemFacts, *, probe: str) -> Finding:
    if change.checks is None:
        return unresolved(change.ref, change.blind, "its checks could not be read")
    tests = checks_for(TESTING, change, facts, probe=probe)
    good = [known for known in tests if known.ended_well]
    if good:
        best = min(good, key=lambda known: known.strength.rank)
        return passed(change.ref, f"tested by {best.name}", strength=best.strength)
    if change.checks_cut:
        return unresolved(change.ref, change.blind, "not all of its checks could be read")
    if tests:
        return failed(change.ref, f"{tests[0].name} did not succeed before it was merged")
    names = ", ".join(check.name for check in change.checks[:3])
    return failed(
        change.ref, f"none of its checks is known to test ({names})" if names else "no check ran on it"
    )


@probe(means=("check", "job"))
def pipeline_tests(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is component and feature code under test, and did the tests succeed on each change of it?"""
    unmapped = _unmapped(facts)
    if unmapped is not None:
        return (unmapped,)
    readable = [each for each in facts.repositories if each.signals is not None]
    if not any(files_of(each, [SignalName.PIPELINE_TESTS]) for each in readable):
        why = "no test in its repository imports or runs its pipeline, component or feature code"
        return (failed(system(facts), why, see=tuple(each.ref for each in readable)),)
    return tuple(
        finding or _tested(change, facts, probe="ci.pipeline_tests")
        for change, finding in _touching(facts, window, also=None)
    )


@probe(means=("check", "job"))
def component_build(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did CI build an image from each merged change of component code or of a Dockerfile?"""
    unmapped = _unmapped(facts)
    if unmapped is not None:
        return (unmapped,)
    return tuple(
        finding or _built(change, facts) for change, finding in _touching(facts, window, also=DOCKERFILE)
    )


def _built(change: PullRequest, facts: SystemFacts) -> Finding:
    runs = runs_at(facts, change.merge_commit)
    jobs = [job for run in runs for job in jobs_for(BUILDING, run, facts, probe="ci.component_build")]
    good = [job for job in jobs if job.succeeded]
    see = tuple(run.ref for run in runs)
    if good:
        return _imaged(change, facts, by=good[0].name)
    if any(run.jobs is None for run in runs):
        return unresolved(change.ref, BlindReason.COLLECTOR_FAILED, "CI's jobs could not be read", see=see)
    if jobs:
        return failed(change.ref, f"{jobs[0].name} ended as {jobs[0].conclusion or 'not yet'}", see=see)
    if not runs and is_before_history(facts, change.merged_at):
        return unresolved(change.ref, BlindReason.NOT_SUPPORTED, "CI's runs of that time were not read")
    return failed(change.ref, f"no CI job built an image at {change.merge_commit[:10]}", see=see)


def _imaged(change: PullRequest, facts: SystemFacts, *, by: str) -> Finding:
    """Where a registry is read, the image itself has to name the merged commit."""
    if not facts.images:
        return passed(change.ref, f"built by {by}; no registry was read")
    for image in facts.images:
        if change.merge_commit in image.revisions:
            message = f"{by} built {image.ref.label}"
            return passed(change.ref, message, strength=Strength.VERIFIED, see=(image.ref,))
    return failed(change.ref, f"{by} succeeded, but no image names {change.merge_commit[:10]}")


def _unmapped(facts: SystemFacts) -> Finding | None:
    """Why it is not known which files hold component code, if so."""
    subject = system(facts)
    if not facts.repositories:
        return unresolved(subject, BlindReason.MAPPING_MISSING, "no repository is bound to it")
    readable = [each for each in facts.repositories if each.signals is not None]
    see = tuple(each.ref for each in facts.repositories)
    if not readable:
        return unresolved(subject, BlindReason.COLLECTOR_FAILED, "its repository was not read", see=see)
    if not any(files_of(each, COMPONENT) for each in readable):
        why = "no pipeline, component or feature code was found in its repository"
        return unresolved(subject, BlindReason.MAPPING_MISSING, why, see=see)
    return None


def _touching(
    facts: SystemFacts, window: timedelta, *, also: re.Pattern[str] | None
) -> Iterator[tuple[PullRequest, Finding | None]]:
    """Merged changes of component code; with a finding where it is not known whether they are."""
    for change in merged(facts, window):
        touched = touches(change, files_of(_layout(facts, change), COMPONENT), also=also)
        if touched is None:
            yield change, unresolved(change.ref, change.blind, "not all files it changed are known")
        elif touched:
            yield change, None


def _layout(facts: SystemFacts, change: PullRequest) -> Repository | None:
    return repository_of(facts, change.repository)
