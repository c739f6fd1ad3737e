"""Experiment tracking and metadata: is what happened written down?"""

from datetime import timedelta

from maturity.facts import ModelVersion, PipelineRun, Run, SystemFacts
from maturity.finding import Finding
from maturity.probe import probe
from maturity.probes._subjects import by_run, decided, failed, passed, system

OPEN = frozenset({"PENDING", "RUNNING", "CANCELING", "PAUSED"})
TERMINAL = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"})


@probe()
def model_registered(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is a model with a ready version registered for the system?"""
    ready = [v for v in facts.versions if v.state == "READY"]
    if ready:
        newest = ready[0]
        count = f"{len(ready)} of {len(facts.versions)} versions are ready"
        return (passed(system(facts), count, see=(newest.ref,)),)
    if facts.models:
        return (failed(system(facts), f"{facts.models[0].label} has no ready version", see=facts.models[:1]),)
    return (failed(system(facts), "no registered model is bound to it"),)


@probe()
def version_has_run(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each version of the window resolve to an active, finished run?"""
    return by_run(_recent(facts, window), _finished)


def _finished(version: ModelVersion, run: Run) -> Finding:
    if run.lifecycle != "active":
        return failed(version.ref, "its run was deleted", see=(run.ref,))
    no = f"its run is {run.state or 'without a state'}"
    return decided(version.ref, run.state == "FINISHED", yes="its run finished", no=no, see=(run.ref,))


@probe()
def run_complete(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Do the runs of the window's versions carry parameters, metrics, artifacts, user and times?"""
    runs = {v.run.ref.uid: v.run for v in _recent(facts, window) if v.run is not None}
    return tuple(_complete(run) for run in runs.values())


def _complete(run: Run) -> Finding:
    parts = {
        "parameters": run.params,
        "metrics": run.metrics,
        "an artifact address": run.artifact_uri,
        "a user": run.user,
        "a start time": run.started_at,
        "an end time": run.ended_at,
    }
    missing = [name for name, value in parts.items() if not value]
    return decided(run.ref, not missing, yes="it is complete", no=f"it lacks {', '.join(missing)}")


@probe(version=2)
def pipeline_versioned(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Do pipeline runs of the window name an uploaded version, and carry parameters, times and a state?

    Runs that are under way are not judged yet.
    """
    runs = [r for r in facts.pipeline_runs if facts.within(r.started_at, window) and r.state not in OPEN]
    return tuple(_versioned(run) for run in runs)


def _versioned(run: PipelineRun) -> Finding:
    if run.inline_spec or not run.version_uid:
        return failed(run.ref, "it ran an inline specification instead of an uploaded version")
    missing = [
        name
        for name, there in (
            ("end", run.ended_at is not None),
            ("record of its parameters", run.runtime_config is not False),
            ("terminal state", run.state in TERMINAL),
        )
        if not there
    ]
    return decided(
        run.ref, not missing, yes="it names its version", no=f"it has no {' and no '.join(missing)}"
    )


def _recent(facts: SystemFacts, window: timedelta) -> list[ModelVersion]:
    return [v for v in facts.versions if facts.within(v.created_at, window)]
