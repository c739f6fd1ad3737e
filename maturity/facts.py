"""The facts about one system at one moment: typed, read-only, complete.

`maturity.load_facts` fills them from the store; probes read nothing else. Times are aware and in
UTC. `None` for a moment or a number means that the source does not say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from evidence.records import BlindReason, Json
from maturity.finding import Evidence


@dataclass(frozen=True, slots=True)
class Ref:
    """A node of the store, as evidence names it."""

    uid: str
    label: str
    node_id: int | None = None
    url: str = ""
    kind: str = ""

    def evidence(self) -> Evidence:
        return Evidence(label=self.label, node_id=self.node_id, url=self.url, kind=self.kind)

    def part(self, name: str) -> "Ref":
        """A part of the thing, shown where the thing is shown."""
        return Ref(f"{self.uid}#{name}", f"{self.label} {name}", self.node_id, self.url, self.kind)


@dataclass(frozen=True, slots=True)
class Blind:
    """One thing that a source's last sync could not see; `scope` is its stable key."""

    scope: str
    reason: BlindReason
    why: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A connected source: when it was last read with success, and what it could not show.

    `reason` and `why` tell the newest failure, or are empty when the newest sync succeeded.
    """

    kind: str
    name: str
    seen_at: datetime | None
    reason: BlindReason | None = None
    why: str = ""
    blind: tuple[Blind, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """What a repository shows at one commit: a boolean or a list of names, and the proving paths."""

    value: Json
    paths: tuple[str, ...] = ()

    @property
    def present(self) -> bool:
        return bool(self.value)


Signals = Mapping[str, Signal]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at its head. `signals` is None when its files could not be read."""

    ref: Ref
    signals: Signals | None = None
    newest_commit_at: datetime | None = None


class Rung(StrEnum):
    """Which step of the commit ladder answered, most direct first."""

    RUN_TAG = "mlflow.source.git.commit of the run"
    CUSTOM_TAG = "a commit tag of the run or version"
    PIPELINE_TAG = "the commit tag of the pipeline version"
    CODE_SOURCE_URL = "the code source URL of the pipeline version"
    DEPLOYMENT = "the deployment's report"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that something claims to be built from.

    `known` means that a connected repository holds it; else only the claim is there.
    """

    ref: Ref
    sha: str
    rung: Rung
    known: bool = False
    committed_at: datetime | None = None
    on_default_branch: bool | None = None
    signals: Signals | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset input of a run.

    `version` is what the source itself calls this snapshot, where it keeps versions that can be
    read again; the digest alone covers the first rows only.
    """

    name: str
    digest: str
    source: str
    source_type: str = ""
    context: str = ""
    version: str = ""
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One execution of a pipeline. `state` is the orchestrator's own word (SUCCEEDED, FAILED…)."""

    ref: Ref
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version_uid: str = ""
    schedule_id: str = ""
    inline_spec: bool = False
    has_parameters: bool = False
    tasks: tuple[Task, ...] = ()
    triggered_by_us: bool = False

    @property
    def succeeded(self) -> bool:
        return self.state == "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run. `dirty` is None when nothing tells whether the tree was clean."""

    ref: Ref
    state: str
    lifecycle: str = "active"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    user: str = ""
    source_name: str = ""
    source_type: str = ""
    artifact_uri: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, Json] = field(default_factory=dict)
    tags: Mapping[str, Json] = field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    commit: Commit | None = None
    dirty: bool | None = None
    orchestrator_run_id: str = ""
    pipeline_run: PipelineRun | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A step's container: its image and the packages it installs when it starts."""

    name: str
    image: str
    image_pinned: bool
    pip_installs: tuple[str, ...] = ()
    typed_share: float | None = None


@dataclass(frozen=True, slots=True)
class PipelineTask:
    name: str
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """A compiled pipeline. `components` is None when its specification could not be read.

    `gates` are the branches that run only when an evaluation allows it.
    """

    ref: Ref
    created_at: datetime | None = None
    commit: Commit | None = None
    components: tuple[Component, ...] | None = None
    tasks: tuple[PipelineTask, ...] = ()
    validation_tasks: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring trigger. `period` is its length where the source gives it."""

    ref: Ref
    enabled: bool
    period: timedelta | None = None
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One revision of an endpoint. `observed` tells a report from a mere claim by an alias."""

    ref: Ref
    environment: str
    target: str
    state: str
    observed: bool
    traffic_percent: float | None = None
    at: datetime | None = None
    ended_at: datetime | None = None
    version_uid: str = ""

    @property
    def is_live_production(self) -> bool:
        return self.state == "live" and self.environment == "production"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered version, joined to what made it.

    `run` is None when no run could be found; `run_blind` then says whether that is blindness.
    `signature` is "read", "absent" or "unreadable". `claims` name who calls it production.
    """

    ref: Ref
    model: str
    version: str
    state: str
    created_at: datetime | None = None
    tags: Mapping[str, Json] = field(default_factory=dict)
    model_tags: Mapping[str, Json] = field(default_factory=dict)
    signature: str = "absent"
    inputs: tuple[tuple[str, str, bool], ...] = ()
    outputs: tuple[tuple[str, str, bool], ...] = ()
    requirements: tuple[str, ...] | None = None
    claims: tuple[str, ...] = ()
    run: Run | None = None
    run_blind: BlindReason | None = None
    commit: Commit | None = None
    evaluations: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the log, with the node it happened to."""

    kind: str
    at: datetime
    ref: Ref
    actor: str = ""
    attrs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver in force: approved, not revoked, not past its end."""

    criterion: str
    until: datetime
    reason: str
    link: str
    requested_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Attested:
    """A person's word in force."""

    criterion: str
    by: str
    at: datetime
    until: datetime
    statement: str
    link: str


@dataclass(frozen=True, slots=True)
class Means:
    """An approved mapping: what is called `name` (a shell pattern) does what `probe` looks for.

    `kind` is task, check or job.
    """

    probe: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """A finished drill: `kind` is replay, rollback or drift. `proofs` are the things that show it."""

    kind: str
    passed: bool
    started_at: datetime
    finished_at: datetime
    by: str
    link: str = ""
    proofs: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Everything the probes may know about one system at `now`."""

    slug: str
    name: str
    team: str
    now: datetime
    active_members: int = 0
    sources: tuple[SourceHealth, ...] = ()
    repositories: tuple[Repository, ...] = ()
    models: tuple[Ref, ...] = ()
    versions: tuple[ModelVersion, ...] = ()
    runs: tuple[Run, ...] = ()
    pipeline_versions: tuple[PipelineVersion, ...] = ()
    pipeline_runs: tuple[PipelineRun, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    events: tuple[Happening, ...] = ()
    waivers: tuple[Waived, ...] = ()
    attestations: tuple[Attested, ...] = ()
    means: tuple[Means, ...] = ()
    drills: tuple[Exercise, ...] = ()

    def connected(self, kind: str) -> bool:
        """True if a source of this kind gives evidence for the system."""
        return any(source.kind == kind for source in self.sources)

    def within(self, moment: datetime | None, window: timedelta) -> bool:
        """True for a moment in the half-open window `(now - window, now]`."""
        return moment is not None and self.now - window < moment <= self.now

    @property
    def live(self) -> tuple[Deployment, ...]:
        """Reported deployments that serve production now."""
        return tuple(d for d in self.deployments if d.observed and d.is_live_production)

    @property
    def production(self) -> tuple[ModelVersion, ...]:
        """Production versions: those of observed live deployments, else those claimed by alias or stage."""
        live = {deployment.version_uid for deployment in self.live} - {""}
        if live:
            return tuple(version for version in self.versions if version.ref.uid in live)
        return tuple(version for version in self.versions if version.claims)

    @property
    def disputed(self) -> tuple[ModelVersion, ...]:
        """Versions that a claim calls production while the observed deployments serve another one."""
        live = {deployment.version_uid for deployment in self.live} - {""}
        return tuple(v for v in self.versions if live and v.claims and v.ref.uid not in live)

    @property
    def production_pipelines(self) -> tuple[PipelineVersion, ...]:
        """The pipeline versions that made production models; without such a link, the newest one."""
        made = {v.run.pipeline_run.version_uid for v in self.production if v.run and v.run.pipeline_run}
        linked = tuple(p for p in self.pipeline_versions if p.ref.uid in made)
        if linked:
            return linked
        dated = [p for p in self.pipeline_versions if p.created_at is not None]
        return (max(dated, key=lambda p: (p.created_at, p.ref.uid)),) if dated else self.pipeline_versions[:1]
