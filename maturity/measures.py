"""How long a change takes and how often a run is wasted: samples with their evidence. Pure.

Lead times are in hours, shares from 0 to 1; each measure says how many samples it rests on, from
when to when they are, which kinds of source they come from, and which ones weigh most.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import comb, sqrt
from statistics import median

from maturity.facts import PipelineRun, PipelineVersion, Ref, Run, SystemFacts
from maturity.finding import Evidence
from maturity.probes._changes import production_changes
from maturity.probes.data import training_data
from maturity.probes.reproducibility import recipe

WINDOW = timedelta(days=180)
HOUR = timedelta(hours=1)
SHOWN = 5
LEAST = 3
"""Fewer samples than this say nothing."""

FIRM = 5
"""From so many samples on, their range holds the true median with at least 90 % probability."""

DOUBT = 0.1
"""Probability that a 90 % interval may miss the true value."""

Z90 = 1.6449
"""Quantile of the normal distribution that leaves DOUBT / 2 on either side."""


class Measured(StrEnum):
    COMMIT_TO_RUN = "commit_to_run"
    RUN_TO_REGISTERED = "run_to_registered"
    REGISTERED_TO_DEPLOYED = "registered_to_deployed"
    PIPELINE_TO_LIVE = "pipeline_to_live"
    FAILED_RUNS = "failed_runs"
    REPEATED_RUNS = "repeated_runs"
    MANUAL_RUNS = "manual_runs"
    MANUAL_DEPLOYMENTS = "manual_deployments"


TIMES = (
    Measured.COMMIT_TO_RUN,
    Measured.RUN_TO_REGISTERED,
    Measured.REGISTERED_TO_DEPLOYED,
    Measured.PIPELINE_TO_LIVE,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One sample: hours for a lead time, 1 for a case that counts in a share."""

    label: str
    value: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A median of hours or a share, with its 90 % interval; None where there are too few samples.

    `count` of `n` samples count in a share; `u` more could not be told. `examples` weigh most.
    """

    id: Measured
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    count: int = 0
    u: int = 0
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def is_time(self) -> bool:
        return self.id in TIMES

    @property
    def is_firm(self) -> bool:
        return self.n >= FIRM


@dataclass(frozen=True, slots=True)
class _Span:
    """From a change to its effect."""

    start: datetime
    end: datetime
    cause: Ref
    effect: Ref

    @property
    def hours(self) -> float:
        return (self.end - self.start) / HOUR

    def example(self) -> Example:
        see = (self.cause.evidence(), self.effect.evidence())
        return Example(f"{self.cause.label} → {self.effect.label}", self.hours, see)


@dataclass(frozen=True, slots=True)
class _Case:
    """Something that happened once, and whether it counts; None: nobody can tell."""

    at: datetime
    ref: Ref
    counts: bool | None


def measures(facts: SystemFacts) -> tuple[Measure, ...]:
    """All measures of the last 180 days, in the order of `Measured`."""
    return tuple(measure(facts) for measure in _MEASURES)


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """The order statistics that hold the true median with 90 % probability, else the whole range.

    Of n samples, the true median lies outside of the (j+1)-th smallest and largest with probability
    2 P(Binomial(n, 1/2) <= j); no distribution is assumed.
    """
    ordered, n = sorted(values), len(values)
    outside, j = 0.0, 0
    while 2 * (outside + comb(n, j) / 2**n) <= DOUBT:
        outside += comb(n, j) / 2**n
        j += 1
    cut = max(0, j - 1)
    return ordered[cut], ordered[n - 1 - cut]


def wilson_interval(count: int, n: int) -> tuple[float, float]:
    """Wilson's 90 % interval of a share of n > 0 cases."""
    share, z2 = count / n, Z90**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z90 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _commit_to_run(facts: SystemFacts) -> Measure:
    """From each commit of the window to the first run of it."""
    spans = [
        (run.commit.sha, _Span(run.commit.committed_at, run.started_at, run.commit.ref, run.ref))
        for run in facts.runs
        if run.commit is not None and run.commit.committed_at is not None and run.started_at is not None
    ]
    return _time(Measured.COMMIT_TO_RUN, _first(spans), facts, sources=("git", "mlflow"))


def _run_to_registered(facts: SystemFacts) -> Measure:
    """From the end of a run to the registration of its model; while the run goes on nobody waits."""
    spans = [
        _Span(min(v.run.ended_at, v.created_at), v.created_at, v.run.ref, v.ref)
        for v in facts.versions
        if v.run is not None and v.run.ended_at is not None and v.created_at is not None
    ]
    return _time(Measured.RUN_TO_REGISTERED, spans, facts, sources=("mlflow",))


def _registered_to_deployed(facts: SystemFacts) -> Measure:
    """From the registration of a version to its first observed production deployment."""
    versions = {v.ref.uid: v for v in facts.versions}
    spans = [
        (version.ref.uid, _Span(version.created_at, each.at, version.ref, each.ref))
        for each in facts.deployments
        for version in (versions.get(each.version_uid),)
        if each.observed and each.environment == "production" and each.at is not None
        if version is not None and version.created_at is not None
    ]
    sources = ("mlflow", "deployments")
    return _time(Measured.REGISTERED_TO_DEPLOYED, _first(spans), facts, sources=sources)


def _pipeline_to_live(facts: SystemFacts) -> Measure:
    """From a pipeline change (its commit, else the upload of the version) to its first good run's end."""
    changes = {version.ref.uid: _change(version) for version in facts.pipeline_versions}
    spans = [
        (run.version_uid, _Span(start, run.ended_at, cause, run.ref))
        for run in facts.pipeline_runs
        for cause, start in (changes.get(run.version_uid, (run.ref, None)),)
        if run.succeeded and run.ended_at is not None and start is not None
    ]
    return _time(Measured.PIPELINE_TO_LIVE, _first(spans), facts, sources=("git", "kfp"))


def _change(version: PipelineVersion) -> tuple[Ref, datetime | None]:
    """What changed the pipeline, and when."""
    commit = version.commit
    if commit is not None and commit.committed_at is not None:
        return commit.ref, commit.committed_at
    return version.ref, version.created_at


def _first(spans: Iterable[tuple[str, _Span]]) -> list[_Span]:
    """Of the spans with the same key the one that ended first."""
    found: dict[str, _Span] = {}
    for key, span in spans:
        if key not in found or span.end < found[key].end:
            found[key] = span
    return list(found.values())


FAILED_STATES = frozenset({"FAILED", "ERROR"})
GOOD_STATES = frozenset({"SUCCEEDED", "FINISHED"})


def _failed_runs(facts: SystemFacts) -> Measure:
    """Runs that failed; what a person stopped says nothing."""
    cases = [
        _Case(run.started_at, run.ref, run.state in FAILED_STATES)
        for run in _executions(facts)
        if run.started_at is not None and run.state in FAILED_STATES | GOOD_STATES
    ]
    return _share(Measured.FAILED_RUNS, cases, facts, sources=("kfp", "mlflow"))


def _repeated_runs(facts: SystemFacts) -> Measure:
    """Training runs with the commit, the parameters and the data of an earlier one."""
    seen: set[object] = set()
    cases = []
    for run in sorted(facts.runs, key=lambda r: (r.started_at is None, r.started_at, r.ref.uid)):
        if run.started_at is not None and run.commit is not None and training_data(run):
            made_of = recipe(run)
            cases.append(_Case(run.started_at, run.ref, made_of in seen))
            seen.add(made_of)
    return _share(Measured.REPEATED_RUNS, cases, facts, sources=("mlflow", "git"))


def _manual_runs(facts: SystemFacts) -> Measure:
    """Runs that a person started: outside any pipeline. Who called the API is not told."""
    cases = [
        _Case(run.started_at, run.ref, _by_hand(run))
        for run in _executions(facts)
        if run.started_at is not None and run.state in GOOD_STATES
    ]
    return _share(Measured.MANUAL_RUNS, cases, facts, sources=("kfp", "mlflow"))


def _by_hand(run: PipelineRun | Run) -> bool | None:
    if isinstance(run, Run):
        return True
    return False if run.schedule_id or run.triggered_by_us else None


def _manual_deployments(facts: SystemFacts) -> Measure:
    """Changes of production that a person carried out."""
    cases = [
        _Case(change.at, change.ref, not change.actor.startswith("token "))
        for change in production_changes(facts, WINDOW)
    ]
    return _share(Measured.MANUAL_DEPLOYMENTS, cases, facts, sources=("deployments",))


def _executions(facts: SystemFacts) -> list[PipelineRun | Run]:
    """Pipeline runs, and the training runs that belong to none: nothing is counted twice."""
    made = {v.run.ref.uid for v in facts.versions if v.run is not None}
    alone = [r for r in facts.runs if r.ref.uid in made and not r.orchestrator_run_id]
    return [*facts.pipeline_runs, *alone]


def _time(name: Measured, spans: Iterable[_Span], facts: SystemFacts, *, sources: tuple[str, ...]) -> Measure:
    """The median over spans that lie in the window; one that ends before it starts errs on a clock."""
    ours = [
        s for s in spans if facts.within(s.start, WINDOW) and facts.within(s.end, WINDOW) and s.end >= s.start
    ]
    hours = [s.hours for s in ours]
    enough = len(hours) >= LEAST
    low, high = median_interval(hours) if enough else (None, None)
    slowest = sorted(ours, key=lambda s: (-s.hours, s.effect.uid))[:SHOWN]
    return Measure(
        id=name,
        n=len(hours),
        value=median(hours) if enough else None,
        low=low,
        high=high,
        since=min((s.start for s in ours), default=None),
        until=max((s.end for s in ours), default=None),
        sources=sources,
        examples=tuple(s.example() for s in slowest),
    )


def _share(
    name: Measured, cases: Iterable[_Case], facts: SystemFacts, *, sources: tuple[str, ...]
) -> Measure:
    """The share of the cases in the window that count."""
    ours = [c for c in cases if facts.within(c.at, WINDOW)]
    told = [c for c in ours if c.counts is not None]
    counting = sorted((c for c in told if c.counts), key=lambda c: c.at, reverse=True)
    n, count = len(told), len(counting)
    enough = n >= LEAST
    low, high = wilson_interval(count, n) if enough else (None, None)
    return Measure(
        id=name,
        n=n,
        value=count / n if enough else None,
        low=low,
        high=high,
        count=count,
        u=len(ours) - n,
        since=min((c.at for c in told), default=None),
        until=max((c.at for c in told), default=None),
        sources=sources,
        examples=tuple(Example(c.ref.label, 1.0, (c.ref.evidence(),)) for c in counting[:SHOWN]),
    )


_MEASURES: tuple[Callable[[SystemFacts], Measure], ...] = (
    _commit_to_run,
    _run_to_registered,
    _registered_to_deployed,
    _pipeline_to_live,
    _failed_runs,
    _repeated_runs,
    _manual_runs,
    _manual_deployments,
)
