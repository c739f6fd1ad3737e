"""Continuous delivery of pipelines: made by CI from a commit, and rehearsed before production."""

from datetime import timedelta
from statistics import median

from evidence.records import BlindReason
from maturity.facts import Job, PipelineRun, PipelineVersion, SystemFacts, WorkflowRun
from maturity.finding import Finding, Strength
from maturity.probe import probe
from maturity.probes._ci import DELIVERING, is_before_history, jobs_for, runs_at
from maturity.probes._environments import MAPPED, Stage, are_known, stages
from maturity.probes._subjects import failed, passed, system, unresolved

UPLOAD_WITHIN = timedelta(minutes=60)
"""How long before a version appeared its upload job may have ended."""
SKEW = timedelta(minutes=2)
"""How far the clocks of two systems may differ."""

UNKNOWN_PLACES = (
    "no experiment or namespace of its runs tells an environment: name one staging or test, or map it"
)


@probe(means=("job",))
def managed_runners(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Was each pipeline version of the window uploaded by a CI job of its commit?"""
    recent = [v for v in facts.pipeline_versions if facts.within(v.created_at, window)]
    return tuple(_uploaded(version, facts) for version in recent)


def _uploaded(version: PipelineVersion, facts: SystemFacts) -> Finding:
    if version.commit is None:
        return failed(version.ref, "it names no commit, so no CI job can be found that uploaded it")
    runs = runs_at(facts, version.commit.sha)
    for run in (run for run in runs if run.succeeded):
        jobs = jobs_for(DELIVERING, run, facts, probe="delivery.managed_runners")
        near = next((job for job in jobs if job.succeeded and _made(job, version)), None)
        if near:
            message = f"uploaded by {near.name} of {run.ref.label}"
            return passed(version.ref, message, strength=Strength.VERIFIED, see=(run.ref,))
    minutes = UPLOAD_WITHIN.seconds // 60
    return _not_by_ci(
        version, runs, facts, f"no CI job at {version.commit.sha[:10]} uploaded it within {minutes} minutes"
    )


def _made(job: Job, version: PipelineVersion) -> bool:
    """The job ran within the hour before the version appeared."""
    created = version.created_at
    if created is None or job.started_at is None:
        return False
    return job.started_at <= created + SKEW and (job.ended_at or created) >= created - UPLOAD_WITHIN


def _not_by_ci(version: PipelineVersion, runs: list[WorkflowRun], facts: SystemFacts, why: str) -> Finding:
    see = tuple(run.ref for run in runs)
    if any(run.jobs is None for run in runs):
        return unresolved(version.ref, BlindReason.COLLECTOR_FAILED, "CI's jobs could not be read", see=see)
    if not runs and is_before_history(facts, version.created_at):
        return unresolved(version.ref, BlindReason.NOT_SUPPORTED, "CI's runs of that time were not read")
    return failed(version.ref, why, see=see)


@probe()
def dag_from_ci(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is each pipeline version in use the one that CI compiled at its commit?"""
    used = {run.version_uid for run in facts.pipeline_runs if facts.within(run.started_at, window)}
    used |= {version.ref.uid for version in facts.production_pipelines}
    return tuple(_compiled(v, facts) for v in facts.pipeline_versions if v.ref.uid in used)


def _compiled(version: PipelineVersion, facts: SystemFacts) -> Finding:
    """By the commit it names, else by the commit whose compiled file has the same specification."""
    kept = _kept(version, facts)
    commit = version.commit or (kept.commit if kept else None)
    if commit is None:
        return failed(version.ref, "it names no commit, and no compiled file in the repository equals it")
    runs = _newest_of_each(runs_at(facts, commit.sha))
    broken = next((run for run in runs if run.conclusion == "failure"), None)
    good = next((run for run in runs if run.succeeded), None)
    if broken:
        return failed(version.ref, f"{broken.ref.label} failed at its commit", see=(broken.ref,))
    if good is None:
        return _not_by_ci(version, runs, facts, f"CI did not succeed at {commit.sha[:10]}")
    if kept and kept.commit and kept.commit.sha == commit.sha:
        message = f"equals {kept.compiled_file} at {commit.sha[:10]}, where CI succeeded"
        return passed(version.ref, message, strength=Strength.VERIFIED, see=(good.ref, commit.ref))
    return passed(version.ref, f"CI succeeded at {commit.sha[:10]}", see=(good.ref, commit.ref))


def _kept(version: PipelineVersion, facts: SystemFacts) -> PipelineVersion | None:
    """The compiled file of a repository that is the same pipeline."""
    same = (v for v in facts.pipeline_versions if v.compiled_file and v.spec and v.spec == version.spec)
    return next(same, None)


def _newest_of_each(runs: list[WorkflowRun]) -> list[WorkflowRun]:
    """The newest run of each workflow; what only a clock started says nothing about the commit."""
    newest: dict[str, WorkflowRun] = {}
    for run in (run for run in runs if run.event != "schedule"):
        newest.setdefault(run.path or run.name, run)
    return list(newest.values())


@probe(means=(MAPPED,))
def integration_run(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Had each version promoted in the window a successful whole run outside production?"""
    promoted = _promoted(facts, window)
    if promoted and not are_known(facts):
        return (unresolved(system(facts), BlindReason.MAPPING_MISSING, UNKNOWN_PLACES),)
    return tuple(_rehearsed(version, stage) for version, stage in promoted)


def _rehearsed(version: PipelineVersion, stage: Stage) -> Finding:
    good = next((run for run in stage.rehearsals if run.succeeded), None)
    if good:
        return passed(version.ref, f"{good.ref.label} ran it in {_place(good)}", see=(good.ref,))
    if stage.rehearsals:
        last = stage.rehearsals[0]
        return failed(version.ref, f"its run in {_place(last)} is {last.state}", see=(last.ref,))
    return failed(version.ref, "it never ran outside production", see=(stage.first.ref,))


@probe(means=(MAPPED,))
def preprod_first(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did each version promoted in the window succeed elsewhere before its first production run?"""
    promoted = _promoted(facts, window)
    if promoted and not are_known(facts):
        return (unresolved(system(facts), BlindReason.MAPPING_MISSING, UNKNOWN_PLACES),)
    leads = [lead for _, stage in promoted if (lead := _lead(stage)) is not None]
    return tuple(
        _in_order(version, stage, usual=median(leads) if leads else 0) for version, stage in promoted
    )


def _in_order(version: PipelineVersion, stage: Stage, *, usual: float) -> Finding:
    lead, see = _lead(stage), (stage.first.ref,)
    if lead is None:
        return failed(version.ref, "it succeeded nowhere else before its first production run", see=see)
    values = {"lead_hours": round(lead, 2), "median_lead_hours": round(usual, 2)}
    message = f"it succeeded elsewhere {lead:,.1f} h before production (median {usual:,.1f} h)"
    return passed(version.ref, message, values=values, see=see)


def _lead(stage: Stage) -> float | None:
    """Hours from the first successful rehearsal to the first production run; None where none came first."""
    good = [run.started_at for run in stage.rehearsals if run.succeeded and run.started_at]
    if stage.promoted_at is None or not good or min(good) >= stage.promoted_at:
        return None
    return (stage.promoted_at - min(good)).total_seconds() / 3600


def _promoted(facts: SystemFacts, window: timedelta) -> list[tuple[PipelineVersion, Stage]]:
    """Versions whose first production run lies in the window."""
    return [(version, stage) for version, stage in stages(facts) if facts.within(stage.promoted_at, window)]


def _place(run: PipelineRun) -> str:
    return run.experiment or run.namespace or "a place without a name"
