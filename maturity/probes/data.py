"""Data and features: which data, checked how, in which snapshot, under which schema."""

import re
from datetime import timedelta

from evidence.records import BlindReason
from maturity.facts import Dataset, ModelVersion, PipelineRun, PipelineVersion, Run, SystemFacts
from maturity.finding import Finding
from maturity.probe import probe
from maturity.probes._subjects import by_run, decided, failed, passed, unresolved

REREADABLE = re.compile(
    r"delta_table_version|snapshot[_-]?id|versionId=|^lakefs://[^/]+/[0-9a-f]{64}/|\brevision\b",
    re.IGNORECASE,
)
"""A source that names a version the store can give back, not only a place."""

PORTS_TYPED = 0.9
TASK_ENDED = frozenset({"SUCCEEDED", "FAILED", "SKIPPED"})
BREAKING = "breaking_change"


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


@probe()
def validation_step(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a data validation step, which other steps wait for, end in each pipeline run of the window?"""
    versions = {version.ref.uid: version for version in facts.pipeline_versions}
    runs = [r for r in facts.pipeline_runs if facts.within(r.started_at, window) and r.succeeded]
    return tuple(_validated(run, versions.get(run.version_uid)) for run in runs)


def _validated(run: PipelineRun, version: PipelineVersion | None) -> Finding:
    if version is None or version.components is None:
        return unresolved(run.ref, BlindReason.NOT_SUPPORTED, "its specification could not be read")
    steps = set(version.validation_tasks)
    if not steps:
        return failed(run.ref, "its pipeline has no data validation step", see=(version.ref,))
    if not any(steps & set(task.depends_on) for task in version.tasks):
        return failed(run.ref, f"no step waits for {version.validation_tasks[0]}", see=(version.ref,))
    ended = [t.name for t in run.tasks if t.name in steps and t.state in TASK_ENDED]
    no = f"{version.validation_tasks[0]} did not end in it"
    return decided(
        run.ref, bool(ended), yes=f"{ended[0] if ended else ''} checked its data", no=no, see=(version.ref,)
    )


@probe()
def typed_components(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each step of the production pipeline type its inputs and outputs?"""
    found: list[Finding] = []
    for pipeline in facts.production_pipelines:
        if pipeline.components is None:
            found.append(
                unresolved(pipeline.ref, BlindReason.NOT_SUPPORTED, "its specification could not be read")
            )
        for step in pipeline.components or ():
            if step.typed_share is not None:
                typed = f"{step.typed_share:.0%} of its inputs and outputs are typed"
                found.append(
                    decided(
                        pipeline.ref.part(step.name), step.typed_share >= PORTS_TYPED, yes=typed, no=typed
                    )
                )
    return tuple(found)


@probe()
def snapshot_immutable(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Can the very data of each production version be read again?"""
    return by_run(facts.production, _immutable)


def _immutable(version: ModelVersion, run: Run) -> Finding:
    found = training_data(run)
    if not found:
        return failed(version.ref, "its run names no training data", see=(run.ref,))
    versioned = [d for d in found if d.version or REREADABLE.search(d.source)]
    if len(versioned) == len(found):
        return passed(version.ref, f"{found[0].name} is a version that can be read again", see=(run.ref,))
    commit = version.commit
    if commit is not None and commit.signals is not None and "data_versioning" in commit.signals:
        signal = commit.signals["data_versioning"]
        if signal.present:
            return passed(version.ref, f"{signal.paths[0]} pins its data at its commit", see=(commit.ref,))
    weak = next(d for d in found if d not in versioned)
    return failed(
        version.ref, f"{weak.name} is known by its digest {weak.digest} alone, which is weak", see=(run.ref,)
    )


@probe()
def schema_compatible(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Has each production version a signature that breaks nothing its predecessor offered?"""
    return tuple(_compatible(version, facts) for version in facts.production)


def _compatible(version: ModelVersion, facts: SystemFacts) -> Finding:
    if version.signature == "unreadable":
        return unresolved(version.ref, BlindReason.PERMISSION_DENIED, "its MLmodel file could not be read")
    if version.signature != "read":
        return failed(version.ref, "it has no signature")
    older = predecessor(version, facts)
    if older is None or older.signature != "read" or str(version.tags.get(BREAKING, "")).lower() == "true":
        return passed(version.ref, "it has a signature")
    breaks = breaking_changes(older, version)
    no = f"against version {older.version}: {', '.join(breaks)}"
    return decided(
        version.ref, not breaks, yes=f"compatible with version {older.version}", no=no, see=(older.ref,)
    )


def predecessor(version: ModelVersion, facts: SystemFacts) -> ModelVersion | None:
    """The ready version of the same model made just before."""
    before = [
        v
        for v in facts.versions
        if v.model == version.model
        and v.state == "READY"
        and v.created_at
        and version.created_at
        and v.created_at < version.created_at
    ]
    return max(before, key=lambda v: (v.created_at, v.version), default=None)


def breaking_changes(old: ModelVersion, new: ModelVersion) -> list[str]:
    """What a caller of the old version could not rely on any more.

    Signature fields are (name, type, required). New optional inputs and new outputs break nothing.
    """
    new_inputs = {name: (kind, required) for name, kind, required in new.inputs}
    old_inputs = {name for name, _, _ in old.inputs}
    changes = [f"input {name} is gone" for name, _, _ in old.inputs if name not in new_inputs]
    changes += [
        f"input {name} was {kind}, is {new_inputs[name][0]}"
        for name, kind, _ in old.inputs
        if name in new_inputs and new_inputs[name][0] != kind
    ]
    changes += [
        f"input {name} is newly required" for name, _, need in new.inputs if need and name not in old_inputs
    ]
    new_outputs = {name: kind for name, kind, _ in new.outputs}
    changes += [
        f"output {name or '(unnamed)'} changed"
        for name, kind, _ in old.outputs
        if new_outputs.get(name) != kind
    ]
    return changes
