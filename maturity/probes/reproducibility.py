"""Reproducibility: could the model be made again from what is written down?"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from evidence.records import BlindReason
from maturity.facts import Commit, ModelVersion, Reconciliation, Ref, Run, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import probe
from maturity.probes._drills import drilled, drills_of
from maturity.probes._subjects import decided, declared, failed, passed, system, unread, unresolved
from maturity.probes.data import training_data

PINNED = re.compile(r"^[A-Za-z0-9._\[\],-]+\s*(==|@)\s*\S+")
BY_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
SAME = 0.01
"""Largest relative difference of a metric between a run and its replay."""


@probe()
def commit_bound(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each production version know its commit, by any rung of the ladder?"""
    return tuple(_bound(version) for version in facts.production)


def _bound(version: ModelVersion) -> Finding:
    commit = version.commit
    if commit is not None:
        strength = Strength.VERIFIED if commit.known else Strength.DECLARED
        message = f"made from {commit.sha[:10]}, by {commit.rung}"
        return passed(
            version.ref, message, strength=strength, see=(commit.ref,), values={"rung": commit.rung.name}
        )
    if version.run is None and version.run_blind is not None:
        return unresolved(version.ref, version.run_blind, "its run could not be seen")
    return failed(version.ref, "no commit is written down", see=(version.run.ref,) if version.run else ())


@probe(version=2)
def dependencies_locked(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is there a lock of dependencies at each production version's commit, or with the model itself?"""
    return tuple(_locked(version) for version in facts.production)


def _locked(version: ModelVersion) -> Finding:
    requirements = [line for line in version.requirements or () if line.strip()[:1] not in ("", "-", "#")]
    if requirements and all(PINNED.match(line) for line in requirements):
        return passed(version.ref, f"its model pins all {len(requirements)} requirements")
    commit = version.commit
    if commit is None:
        return failed(version.ref, "no commit and no pinned requirements")
    if commit.signals is None:
        return _unread(version, commit)
    lock = commit.signals.get("dependency_lock")
    if lock is not None and lock.present:
        return passed(
            version.ref,
            f"{lock.paths[0] if lock.paths else 'a lock file'} is at its commit",
            see=(commit.ref,),
        )
    return failed(version.ref, f"no lock file at {commit.sha[:10]}", see=(commit.ref,))


def _unread(version: ModelVersion, commit: Commit) -> Finding:
    reason = BlindReason.COLLECTOR_FAILED if commit.known else BlindReason.MAPPING_MISSING
    why = "was not scanned" if commit.known else "is in no connected repository"
    return unresolved(version.ref, reason, f"its commit {commit.sha[:10]} {why}", see=(commit.ref,))


@probe()
def commit_verified(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is each production version's commit merged, older than its run, and was the tree clean?"""
    return tuple(_verified(version) for version in facts.production)


def _verified(version: ModelVersion) -> Finding:
    commit, run = version.commit, version.run
    if commit is None:
        return _bound(version)
    if not commit.known:
        return _unread(version, commit)
    if commit.on_default_branch is None:
        why = f"whether {commit.sha[:10]} was merged could not be seen"
        return unresolved(version.ref, BlindReason.NOT_SUPPORTED, why, see=(commit.ref,))
    faults = []
    if not commit.on_default_branch:
        faults.append("it is not on the default branch")
    if run is not None and run.dirty:
        faults.append("the tree had uncommitted changes")
    if run is not None and run.started_at and commit.committed_at and commit.committed_at > run.started_at:
        faults.append("it is younger than the run")
    if faults:
        return failed(version.ref, f"{commit.sha[:10]}: {', '.join(faults)}", see=(commit.ref,))
    return passed(
        version.ref,
        f"{commit.sha[:10]} was merged before the run",
        strength=Strength.VERIFIED,
        see=(commit.ref,),
    )


@probe(version=2)
def images_pinned(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Are the images of the production pipeline and of what serves named by digest?"""
    found: list[Finding] = []
    for pipeline in facts.production_pipelines:
        if pipeline.components is None:
            found.append(unread(pipeline))
        for step in pipeline.components or ():
            found.append(_pinned(pipeline.ref.part(step.name), step.image, pinned=step.image_pinned))
    for deployment in facts.live:
        if deployment.image:
            pinned = bool(BY_DIGEST.search(deployment.image))
            found.append(_pinned(deployment.ref, deployment.image, pinned=pinned))
    return tuple(found)


def _pinned(subject: Ref, image: str, *, pinned: bool) -> Finding:
    """A tag may be frozen by its registry, which no source shows; no tag and `latest` never are."""
    if pinned:
        return passed(subject, "its image is pinned")
    name, _, tag = image.rpartition("/")[2].partition(":")
    if not name or tag in ("", "latest"):
        return failed(subject, f"{image or 'no image'} can be moved to another content")
    why = f"{image} is named by a tag; whether its registry lets tags move is not known"
    return unresolved(subject, BlindReason.SOURCE_NOT_CONNECTED, why)


@probe()
def gitops_synced(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does a controller keep what runs equal to what Git declares?

    Without a controller's word the files alone are told: they declare, and prove nothing.
    """
    seen = [r for r in facts.reconciliations if facts.within(r.at, window)]
    if seen:
        return tuple(_reconciled(each) for each in seen)
    if facts.connected("reconciler"):
        return (failed(system(facts), "its controller knows no application of it"),)
    declaring = declared(facts, "gitops")
    if declaring:
        return (passed(system(facts), f"{declaring} puts it under GitOps", strength=Strength.DECLARED),)
    why = "no GitOps controller gives evidence for this system"
    return (unresolved(system(facts), BlindReason.SOURCE_NOT_CONNECTED, why),)


def _reconciled(seen: Reconciliation) -> Finding:
    """One observation; all of an application are of one subject, so that time alone changes nothing."""
    subject = replace(seen.ref, label=f"{seen.ref.label} at {seen.at:%Y-%m-%d %H:%M}")
    if not seen.automated:
        return failed(subject, "it is synced by hand only", see=(seen.ref,))
    return decided(subject, seen.synced, yes="it is synced", no="it differs from Git", see=(seen.ref,))


@probe(version=2)
def replay_proven(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did two runs of the same commit, data and parameters in the window give the same metrics?

    A drill proves it too: with its two runs as proofs it is observed, else it is a person's word.
    """
    subject = system(facts)
    repeated = _repetitions(facts, window)
    for runs in repeated:
        twin = next(filter(partial(agree, runs[0]), runs[1:]), None)
        if twin is not None:
            see = (runs[0].ref, twin.ref)
            return (passed(subject, f"{twin.ref.label} repeated {runs[0].ref.label}", see=see),)
    drills = drills_of(facts, "replay", window)
    if drills:
        return (drilled(subject, drills[0]),)
    if repeated:
        first, second = repeated[0][:2]
        why = f"{first.ref.label} and {second.ref.label} share code, data and parameters, not their metrics"
        return (failed(subject, why, see=(first.ref, second.ref)),)
    why = f"no run was repeated with the same code, data and parameters in {window.days} days"
    return (failed(subject, why),)


def _repetitions(facts: SystemFacts, window: timedelta) -> list[list[Run]]:
    """Runs of the window by recipe, where there are several; the runs of one pipeline run count once."""
    groups: dict[tuple[object, ...], dict[str, Run]] = defaultdict(dict)
    for run in facts.runs:
        if replayable(run) and facts.within(run.started_at, window):
            groups[recipe(run)].setdefault(run.orchestrator_run_id or run.ref.uid, run)
    return [list(runs.values()) for runs in groups.values() if len(runs) > 1]


def replayable(run: Run) -> bool:
    """True for a finished run that knows its commit, data and parameters."""
    whole = bool(run.commit and training_data(run) and run.params and run.metrics)
    return run.state == "FINISHED" and run.dirty is not True and whole


def recipe(run: Run) -> tuple[object, ...]:
    """What two runs share when one repeats the other: commit, data and parameters."""
    data = tuple(sorted((d.name, d.digest) for d in training_data(run)))
    params = tuple(sorted((key, str(value)) for key, value in run.params.items()))
    return (run.commit.sha if run.commit else "", data, params)


def agree(one: Run, two: Run) -> bool:
    """True if the metrics that both logged are the same, up to SAME."""
    ours, theirs = _numbers(one.metrics), _numbers(two.metrics)
    shared = ours.keys() & theirs.keys()
    return bool(shared) and all(math.isclose(ours[k], theirs[k], rel_tol=SAME, abs_tol=1e-9) for k in shared)


def _numbers(metrics: Mapping[str, object]) -> dict[str, float]:
    """Metrics that are results: times and system metrics differ from run to run."""
    return {
        key: float(value)
        for key, value in metrics.items()
        if isinstance(value, int | float) and not key.startswith("system/") and "time" not in key.lower()
    }
