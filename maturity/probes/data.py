"""Data and features: which data, checked how, in which snapshot, under which schema."""

import re
from datetime import timedelta

from evidence.records import BlindReason
from maturity.facts import (
    Component,
    Dataset,
    ModelVersion,
    PipelineRun,
    PipelineVersion,
    Run,
    SystemFacts,
)
from maturity.finding import Finding, Strength
from maturity.probe import probe
from maturity.probes._changes import incumbent, promoted
from maturity.probes._schema import breaking_changes
from maturity.probes._subjects import by_run, decided, failed, is_true, means_of, passed, unread, unresolved

REREADABLE = re.compile(
    r"delta_table_version|snapshot[_-]?id|versionId=|^lakefs://[^/]+/[0-9a-f]{64}/|\brevision\b",
    re.IGNORECASE,
)
"""A source that names a version the store can give back, not only a place."""

PORTS_TYPED = 0.9
RAN = frozenset({"SUCCEEDED", "FAILED"})
TASK_ENDED = frozenset({"SUCCEEDED", "FAILED", "SKIPPED"})
VALIDATION = "data.validation_step"
CHECKING = re.compile(r"valid|check|verif|expect|quality|assert|test", re.IGNORECASE)
"""Names of steps that may check data, though nothing proves it."""

BREAKING = "breaking_change"
UNREADABLE = "unreadable"


@probe()
def snapshot_bound(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each production version's run name its training data: name, digest, source?"""
    return by_run(facts.production, _bound)


def _bound(version: ModelVersion, run: Run) -> Finding:
    found = training_data(run)
    if not found:
        return failed(version.ref, "its run names no training data", see=(run.ref,))
    whole = [d for d in found if d.name and d.digest and d.source]
    see = (*(d.ref for d in whole if d.ref), run.ref)
    no = f"{found[0].name or 'its dataset'} has no source to go back to"
    return decided(
        version.ref, bool(whole), yes=f"trained on {found[0].name}@{found[0].digest}", no=no, see=see
    )


def training_data(run: Run) -> tuple[Dataset, ...]:
    """The inputs marked as training data, or the only input where nothing is marked."""
    marked = tuple(d for d in run.datasets if d.context in ("training", "train"))
    if marked or len(run.datasets) != 1 or run.datasets[0].context:
        return marked
    return run.datasets


@probe(version=2, means=("task",))
def validation_step(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a data validation step, which other steps wait for, end in each ended run of the window?"""
    versions = {version.ref.uid: version for version in facts.pipeline_versions}
    runs = [r for r in facts.pipeline_runs if facts.within(r.started_at, window) and r.state in RAN]
    return tuple(_validated(run, versions.get(run.version_uid), facts) for run in runs)


def _validated(run: PipelineRun, version: PipelineVersion | None, facts: SystemFacts) -> Finding:
    if version is None or version.components is None:
        return unresolved(run.ref, BlindReason.NOT_SUPPORTED, "its specification could not be read")
    names = [task.name for task in version.tasks]
    steps = (*version.validation_tasks, *means_of(facts, VALIDATION, kind="task", names=names))
    if not steps:
        return _without_validation(run, version)
    if not any(set(steps) & set(task.depends_on) for task in version.tasks):
        return failed(run.ref, f"no step waits for {steps[0]}", see=(version.ref,))
    ended = [t.name for t in run.tasks if t.name in steps and t.state in TASK_ENDED]
    yes = f"{ended[0] if ended else ''} checked its data"
    return decided(run.ref, bool(ended), yes=yes, no=f"{steps[0]} did not end in it", see=(version.ref,))


def _without_validation(run: PipelineRun, version: PipelineVersion) -> Finding:
    """A step whose name speaks of checking may be the one that is looked for; only the team knows."""
    hint = next((task.name for task in version.tasks if CHECKING.search(task.name)), "")
    if hint:
        why = f"its step {hint} may check the data, but is not known to; map it if it does"
        return unresolved(run.ref, BlindReason.MAPPING_MISSING, why, see=(version.ref,))
    return failed(run.ref, "its pipeline has no data validation step", see=(version.ref,))


@probe(version=2)
def typed_components(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Are the inputs and outputs of each production pipeline's steps typed?"""
    return tuple(
        unread(pipeline) if pipeline.components is None else _typed(pipeline, pipeline.components)
        for pipeline in facts.production_pipelines
    )


def _typed(pipeline: PipelineVersion, steps: tuple[Component, ...]) -> Finding:
    ported = [step for step in steps if step.ports and step.typed_share is not None]
    ports = sum(step.ports for step in ported)
    typed = sum(round(step.ports * (step.typed_share or 0)) for step in ported)
    if not ports:
        return failed(pipeline.ref, "its steps declare no inputs and no outputs")
    said = f"{typed} of {ports} inputs and outputs of its steps are typed"
    bare = [step.name for step in ported if (step.typed_share or 0) < 1]
    no = f"{said}; not all of {', '.join(bare[:3])}"
    return decided(pipeline.ref, typed / ports >= PORTS_TYPED, yes=said, no=no, values={"ports": ports})


@probe(version=2)
def snapshot_immutable(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Can the very data of each production version be read again?

    A data lock at the commit is observed in Git. A version that only the run's dataset names is
    declared: the store itself was not asked whether it still has it.
    """
    return by_run(facts.production, _immutable)


def _immutable(version: ModelVersion, run: Run) -> Finding:
    found = training_data(run)
    if not found:
        return failed(version.ref, "its run names no training data", see=(run.ref,))
    commit = version.commit
    lock = commit.signals.get("data_versioning") if commit is not None and commit.signals else None
    if commit is not None and lock is not None and lock.present:
        path = lock.paths[0] if lock.paths else "a lock"
        return passed(version.ref, f"{path} pins its data at its commit", see=(commit.ref,))
    weak = [d for d in found if not d.version and not REREADABLE.search(d.source)]
    if weak:
        why = f"{weak[0].name} is known by its digest {weak[0].digest} alone, which is weak"
        return failed(version.ref, why, see=(run.ref,))
    message = f"its run names a version of {found[0].name} that can be read again"
    return passed(version.ref, message, strength=Strength.DECLARED, see=(run.ref,))


@probe(version=2)
def schema_compatible(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Has each promoted version a signature that breaks nothing its incumbent offered?"""
    return tuple(_compatible(version, facts) for version in promoted(facts, window))


def _compatible(version: ModelVersion, facts: SystemFacts) -> Finding:
    if version.signature == UNREADABLE:
        return unresolved(version.ref, BlindReason.PERMISSION_DENIED, "its MLmodel file could not be read")
    if version.signature != "read":
        return failed(version.ref, "it has no signature")
    older = incumbent(version, facts)
    if older is None or older.signature == "absent" or is_true(version.tags.get(BREAKING)):
        return passed(version.ref, "it has a signature")
    if older.signature == UNREADABLE:
        why = f"the MLmodel file of version {older.version}, which it replaced, could not be read"
        return unresolved(version.ref, BlindReason.PERMISSION_DENIED, why, see=(older.ref,))
    breaks = breaking_changes(older, version)
    no = f"against version {older.version}: {', '.join(breaks)}"
    yes = f"compatible with version {older.version}"
    return decided(version.ref, not breaks, yes=yes, no=no, see=(older.ref,))
