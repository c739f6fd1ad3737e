"""Execution environment: where and how training runs."""

from datetime import timedelta
from functools import partial

from evidence.records import BlindReason
from maturity.facts import ModelVersion, PipelineRun, Repository, Run, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import probe
from maturity.probes._subjects import by_run, failed, passed, system, unread, unresolved

NOTEBOOKS = (".ipynb", "ipykernel_launcher.py", "ipykernel_launcher", "colab_kernel_launcher.py")
SCHEDULED_NOTEBOOK = "mlflow.databricks.jobID"
CODE_SIGNALS = ("orchestrator", "experiment_tracking", "model_registry_use", "typed_components")


@probe()
def code_in_git(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does a bound repository hold training code, and was it touched in the window?"""
    subject = system(facts)
    if not facts.repositories:
        return (unresolved(subject, BlindReason.MAPPING_MISSING, "no repository is bound to it"),)
    readable = [r for r in facts.repositories if r.signals is not None]
    if not readable:
        see = tuple(r.ref for r in facts.repositories)
        return (
            unresolved(
                subject, BlindReason.COLLECTOR_FAILED, "its repository's files were not read", see=see
            ),
        )
    holding = [r for r in readable if _holds_training_code(r)]
    active = [r for r in holding if facts.within(r.newest_commit_at, window)]
    if active:
        return (
            passed(
                subject, f"{active[0].ref.label} holds its training code", see=tuple(r.ref for r in active)
            ),
        )
    see = tuple(r.ref for r in (holding or readable))
    why = f"no commit in {window.days} days" if holding else "no training or pipeline code in its repository"
    return (failed(subject, why, see=see),)


def _holds_training_code(repository: Repository) -> bool:
    signals = repository.signals or {}
    return any(name in signals and signals[name].present for name in CODE_SIGNALS)


@probe(version=2)
def not_notebook(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Are production versions made by scripts or steps, not by hand in a notebook?"""
    return tuple(_trained(version) for version in facts.production)


def _trained(version: ModelVersion) -> Finding:
    if version.run is not None:
        return _not_notebook(version, version.run)
    if version.run_blind is not None:
        return unresolved(version.ref, version.run_blind, "its run could not be seen")
    why = "it names no run, so nothing tells where it was trained"
    return unresolved(version.ref, BlindReason.MAPPING_MISSING, why)


def _not_notebook(version: ModelVersion, run: Run) -> Finding:
    if run.pipeline_run is not None:
        return passed(
            version.ref, "a pipeline made it", strength=Strength.VERIFIED, see=(run.pipeline_run.ref,)
        )
    if run.tags.get(SCHEDULED_NOTEBOOK):
        return passed(version.ref, "a scheduled notebook job made it", see=(run.ref,))
    if is_notebook(run):
        return failed(
            version.ref, f"trained in the notebook {run.source_name or 'of its run'}", see=(run.ref,)
        )
    if not run.source_name and not run.source_type:
        return failed(version.ref, "its run does not say what started it", see=(run.ref,))
    return passed(version.ref, f"trained by {run.source_name or run.source_type}", see=(run.ref,))


def is_notebook(run: Run) -> bool:
    return run.source_type == "NOTEBOOK" or run.source_name.lower().endswith(NOTEBOOKS)


@probe(version=2)
def orchestrated(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did an orchestrator's successful run make each production version?"""
    return by_run(facts.production, partial(_orchestrated, facts))


def _orchestrated(facts: SystemFacts, version: ModelVersion, run: Run) -> Finding:
    made_by = run.pipeline_run
    if made_by is not None and made_by.succeeded:
        message = f"{made_by.ref.label} made it"
        return passed(version.ref, message, strength=Strength.VERIFIED, see=(made_by.ref, run.ref))
    if made_by is not None:
        return failed(
            version.ref, f"its pipeline run is {made_by.state or 'without a state'}", see=(made_by.ref,)
        )
    if run.orchestrator_run_id:
        reason = BlindReason.DELETED_UPSTREAM if facts.connected("kfp") else BlindReason.SOURCE_NOT_CONNECTED
        return unresolved(
            version.ref, reason, "its run names a pipeline run that cannot be read", see=(run.ref,)
        )
    if is_notebook(run):
        return failed(version.ref, "a notebook made it", see=(run.ref,))
    return _without_a_name(facts, version, run)


def _without_a_name(facts: SystemFacts, version: ModelVersion, run: Run) -> Finding:
    """No pipeline run is named: an older orchestrator writes no tag, a person's script has none."""
    around = _around(run, facts)
    if around is not None:
        message = f"it was trained while {around.ref.label} ran, and only then"
        return passed(version.ref, message, strength=Strength.DECLARED, see=(around.ref, run.ref))
    if facts.pipeline_runs:
        why = "its run names no pipeline run, as with Kubeflow Pipelines before 2.17"
        return unresolved(version.ref, BlindReason.NOT_SUPPORTED, why, see=(run.ref,))
    signals = [
        r.signals["orchestrator"] for r in facts.repositories if r.signals and "orchestrator" in r.signals
    ]
    named = sorted({str(name) for s in signals if isinstance(s.value, list) for name in s.value})
    if named:
        why = f"the code is written for {', '.join(named)}, which gives no evidence here"
        return unresolved(version.ref, BlindReason.SOURCE_NOT_CONNECTED, why, see=(run.ref,))
    return failed(version.ref, "its run was started by hand", see=(run.ref,))


def _around(run: Run, facts: SystemFacts) -> PipelineRun | None:
    """The only pipeline run during which the whole run happened, where it succeeded; a guess by time."""
    if run.started_at is None or run.ended_at is None:
        return None
    found = [
        p
        for p in facts.pipeline_runs
        if p.started_at and p.ended_at and p.started_at <= run.started_at and run.ended_at <= p.ended_at
    ]
    return found[0] if len(found) == 1 and found[0].succeeded else None


@probe()
def containerised(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each step of the production pipeline run in an image that holds its packages?"""
    found: list[Finding] = []
    bare: list[Finding] = []
    for pipeline in facts.production_pipelines:
        if pipeline.components is None:
            found.append(unread(pipeline))
        for step in pipeline.components or ():
            subject = pipeline.ref.part(step.name)
            if not step.image:
                bare.append(failed(subject, "it names no image"))
            elif step.pip_installs:
                found.append(
                    failed(subject, f"it installs {', '.join(step.pip_installs[:3])} when it starts")
                )
            else:
                found.append(passed(subject, f"it runs in {step.image}"))
    return tuple(bare or found)
