"""One system at one moment: every fact about it, and the selections that probes share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evidence.records import Json
from maturity.facts.ci import Branch, BuiltImage, PullRequest, WorkflowRun
from maturity.facts.code import Repository
from maturity.facts.models import Deployment, ModelVersion
from maturity.facts.people import Attested, Exercise, Means, Waived
from maturity.facts.serving import (
    Analysis,
    Delivery,
    FeatureService,
    FeatureView,
    Objective,
    Readiness,
    Reconciliation,
)
from maturity.facts.sources import Ref, SourceHealth
from maturity.facts.training import PipelineRun, PipelineVersion, Run, Schedule


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the log, with the node it happened to."""

    kind: str
    at: datetime
    ref: Ref
    actor: str = ""
    attrs: Mapping[str, Json] = field(default_factory=dict)


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
    branches: tuple[Branch, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    workflow_runs: tuple[WorkflowRun, ...] = ()
    images: tuple[BuiltImage, ...] = ()
    feature_views: tuple[FeatureView, ...] = ()
    feature_services: tuple[FeatureService, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    objectives: tuple[Objective, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    reconciliations: tuple[Reconciliation, ...] = ()
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
