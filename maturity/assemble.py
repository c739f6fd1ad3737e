"""Rows to facts: joins what was read into typed records. Pure, so that it can be replayed."""

from datetime import datetime, timedelta

from evidence.records import BlindReason, EdgeKind, NodeKind
from maturity import assemble_ci as ci
from maturity import assemble_serving as served
from maturity import attrs as read
from maturity.assemble_runs import Runs, newest
from maturity.cron import period_of
from maturity.facts import (
    Commit,
    Deployment,
    Happening,
    ModelVersion,
    Repository,
    Run,
    Schedule,
    SourceHealth,
    SystemFacts,
)
from maturity.graph_rows import NodeRow, Rows

PRODUCTION = "production"
VERSION_TAG = "kfp.pipeline_version_id"


def assemble(
    rows: Rows,
    *,
    slug: str,
    name: str,
    team: str,
    now: datetime,
    active_members: int,
    sources: tuple[SourceHealth, ...],
) -> SystemFacts:
    """The facts about one system. Newest versions and runs come first."""
    runs = Runs(rows)
    versions = tuple(_version(node, rows, runs) for node in newest(rows.of(NodeKind.MODEL_VERSION)))
    return SystemFacts(
        slug=slug,
        name=name,
        team=team,
        now=now,
        active_members=active_members,
        sources=sources,
        repositories=tuple(
            _repository(node, rows, runs) for node in rows.of(NodeKind.REPOSITORY) if not node.promised
        ),
        models=tuple(node.ref for node in rows.of(NodeKind.MODEL)),
        versions=versions,
        runs=tuple(runs.run(n) for n in newest(rows.of(NodeKind.RUN)) if not n.promised),
        pipeline_versions=tuple(
            runs.pipeline_version(n) for n in newest(rows.of(NodeKind.PIPELINE_VERSION)) if not n.promised
        ),
        pipeline_runs=tuple(
            runs.pipeline_run(n) for n in newest(rows.of(NodeKind.PIPELINE_RUN)) if not n.promised
        ),
        schedules=tuple(_schedule(node) for node in rows.of(NodeKind.SCHEDULE)),
        deployments=tuple(_deployment(node, rows, versions) for node in newest(rows.of(NodeKind.DEPLOYMENT))),
        branches=ci.branches(rows),
        pull_requests=ci.pull_requests(rows),
        workflow_runs=ci.workflow_runs(rows),
        images=ci.images(rows),
        feature_views=served.feature_views(rows),
        feature_services=served.feature_services(rows),
        readiness=served.readiness(rows),
        objectives=served.objectives(rows),
        analyses=served.analyses(rows),
        deliveries=served.deliveries(rows),
        reconciliations=served.reconciliations(rows),
        events=tuple(Happening(e.kind, e.at, e.node.ref, actor=e.actor, attrs=e.attrs) for e in rows.events),
    )


def _repository(node: NodeRow, rows: Rows, runs: Runs) -> Repository:
    head = rows.heads.get(read.text(node.attrs, "commit").lower())
    return Repository(
        ref=node.ref,
        signals=runs.signals(node),
        newest_commit_at=read.moment(head.attrs, "committed_at") if head else None,
    )


def _version(node: NodeRow, rows: Rows, runs: Runs) -> ModelVersion:
    made_by = _run_of(node, rows)
    run = runs.run(made_by) if made_by and not made_by.promised else None
    signature = read.mapping(node.attrs, "signature")
    models = rows.effects(node, EdgeKind.VERSION_OF, of=NodeKind.MODEL)
    return ModelVersion(
        ref=node.ref,
        model=read.text(node.attrs, "name"),
        version=read.text(node.attrs, "version"),
        state=node.state,
        created_at=node.started_at,
        tags=read.mapping(node.attrs, "tags"),
        model_tags=read.mapping(models[0].attrs, "tags") if models else {},
        signature=read.text(node.attrs, "signature_state") or "absent",
        inputs=read.fields(signature, "inputs"),
        outputs=read.fields(signature, "outputs"),
        requirements=_requirements(node),
        claims=tuple(
            read.text(claim, "by")
            for claim in read.entries(node.attrs, "claims")
            if read.text(claim, "environment") == PRODUCTION
        ),
        run=run,
        run_blind=_why_no_run(node, made_by),
        commit=_commit(node, run, rows, runs),
        evaluations=_evaluations(node, rows, runs),
    )


def _requirements(node: NodeRow) -> tuple[str, ...] | None:
    return (
        read.texts(node.attrs, "requirements") if isinstance(node.attrs.get("requirements"), list) else None
    )


def _run_of(node: NodeRow, rows: Rows) -> NodeRow | None:
    """The run that wrote the version, else the run of the logged model it was registered from."""
    direct = rows.causes(node, EdgeKind.WROTE, of=NodeKind.RUN)
    if direct:
        return direct[0][0]
    for model, _ in rows.causes(node, EdgeKind.REGISTERED_AS, of=NodeKind.LOGGED_MODEL):
        for run, _ in rows.causes(model, EdgeKind.WROTE, of=NodeKind.RUN):
            return run
    return None


def _why_no_run(node: NodeRow, made_by: NodeRow | None) -> BlindReason | None:
    """Blindness: a run is named, but its server is not connected or no longer has it."""
    if made_by is not None and made_by.promised:
        return BlindReason.DELETED_UPSTREAM if made_by.gone_at else BlindReason.SOURCE_NOT_CONNECTED
    if made_by is None and (read.text(node.attrs, "run_id") or read.text(node.attrs, "model_id")):
        return BlindReason.SOURCE_NOT_CONNECTED
    return None


def _commit(node: NodeRow, run: Run | None, rows: Rows, runs: Runs) -> Commit | None:
    """The ladder: the run's tag, the version's tag, the pipeline version of the run, the serving image."""
    if run is not None and run.commit is not None:
        return run.commit
    steps = (node, *_pipeline_version(run, rows), *_images(node, rows))
    return next(filter(None, map(runs.commit_of, steps)), None)


def _pipeline_version(run: Run | None, rows: Rows) -> tuple[NodeRow, ...]:
    """The pipeline version that the run's pipeline run names, or that its tag names where that is gone."""
    if run is None:
        return ()
    uid = run.pipeline_run.version_uid if run.pipeline_run else ""
    tagged = str(run.tags.get(VERSION_TAG) or "")
    return tuple(
        found
        for found in rows.of(NodeKind.PIPELINE_VERSION)
        if found.uid == uid or (tagged and read.text(found.attrs, "pipeline_version_id") == tagged)
    )[:1]


def _images(node: NodeRow, rows: Rows) -> list[NodeRow]:
    """The images that the version's deployments run in."""
    deployments = rows.effects(node, EdgeKind.DEPLOYED_AS, of=NodeKind.DEPLOYMENT)
    return [
        image for d in deployments for image, _ in rows.causes(d, EdgeKind.DEPLOYED_AS, of=NodeKind.IMAGE)
    ]


def _evaluations(node: NodeRow, rows: Rows, runs: Runs) -> tuple[Run, ...]:
    models = [model for model, _ in rows.causes(node, EdgeKind.REGISTERED_AS, of=NodeKind.LOGGED_MODEL)]
    judged = [
        run for each in (node, *models) for run in rows.effects(each, EdgeKind.EVALUATED_BY, of=NodeKind.RUN)
    ]
    return tuple(runs.run(run) for run in {run.id: run for run in judged}.values() if not run.promised)


def _schedule(node: NodeRow) -> Schedule:
    seconds = read.number(node.attrs, "period_seconds")
    period = timedelta(seconds=seconds) if seconds else period_of(read.text(node.attrs, "cron"))
    return Schedule(
        ref=node.ref,
        enabled=node.state.upper() == "ENABLED",
        period=period,
        run_id=read.text(node.attrs, "recurring_run_id"),
    )


def _deployment(node: NodeRow, rows: Rows, versions: tuple[ModelVersion, ...]) -> Deployment:
    linked = rows.causes(node, EdgeKind.DEPLOYED_AS, of=NodeKind.MODEL_VERSION)
    return Deployment(
        ref=node.ref,
        environment=read.text(node.attrs, "environment"),
        target=read.text(node.attrs, "target"),
        state=node.state or read.text(node.attrs, "status"),
        observed=read.text(node.attrs, "how") == "reported",
        traffic_percent=read.number(node.attrs, "traffic_percent"),
        at=node.started_at,
        ended_at=node.ended_at,
        version_uid=linked[0][0].uid if linked else _named_version(node, versions),
        image=read.text(node.attrs, "image"),
    )


def _named_version(node: NodeRow, versions: tuple[ModelVersion, ...]) -> str:
    """The version that the report names, where no edge leads to it."""
    model = read.mapping(node.attrs, "model")
    wanted = read.text(model, "name"), read.text(model, "version")
    return next((v.ref.uid for v in versions if (v.model, v.version) == wanted), "")
