"""Experiments, runs and logged models: payload -> records."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from evidence.connectors._mlflow.datasets import as_attrs, dataset_inputs, dataset_records
from evidence.connectors._mlflow.payload import Payload, moment, number, pairs, part, plain, rows, text
from evidence.connectors._mlflow.server import Server
from evidence.identity import artifact_alias, commit_uid, is_sha, kfp_run_alias, mlflow_run_alias
from evidence.records import (
    Confidence,
    EdgeKind,
    EdgeRecord,
    EventRecord,
    Json,
    NodeKind,
    NodeRecord,
    Record,
    Scope,
)

AUTOMATIC_COMMIT = "mlflow.source.git.commit"
DECLARED_COMMITS = ("git_commit", "git_sha")
KEPT = ("mlflow.source.", "mlflow.parentRunId", "mlflow.user")
"""Tags of MLflow's own that say something about where a run came from."""
DROPPED = "mlflow.source.git.diff"
"""The text of uncommitted changes: large, and it may hold secrets."""


def experiment_id(payload: Payload) -> str:
    return text(payload, "experiment_id")


def experiment_record(payload: Payload, *, server: Server) -> NodeRecord:
    identifier, name = experiment_id(payload), text(payload, "name")
    stage = text(payload, "lifecycle_stage")
    return NodeRecord(
        NodeKind.EXPERIMENT,
        server.experiment(identifier),
        name or identifier,
        url=server.experiment_link(identifier),
        started_at=moment(payload, "creation_time"),
        attrs={"name": name, "experiment_id": identifier, "lifecycle_stage": stage},
        scopes=(Scope("experiment", name),),
        gone=stage == "deleted",
    )


def run_id(payload: Payload) -> str:
    info = part(payload, "info")
    return text(info, "run_id") or text(info, "run_uuid")


def is_deleted(payload: Payload) -> bool:
    return text(part(payload, "info"), "lifecycle_stage") == "deleted"


def parent_run_id(payload: Payload) -> str:
    return pairs(rows(part(payload, "data"), "tags")).get("mlflow.parentRunId", "")


def run_records(payload: Payload, *, server: Server, experiments: Mapping[str, str]) -> Iterator[Record]:
    """A run with everything that led to it and came out of it.

    `experiments` are the names by id. Nodes of other pages are promised by stubs, so that edges hold.
    """
    info, identifier = part(payload, "info"), run_id(payload)
    tags = pairs(rows(part(payload, "data"), "tags"))
    experiment = experiment_id(info)
    name = experiments.get(experiment, "")
    uid, scopes = server.run(identifier), (Scope("experiment", name),) if name else ()
    datasets = list(dataset_inputs(payload))
    yield NodeRecord(
        NodeKind.RUN,
        uid,
        text(info, "run_name") or tags.get("mlflow.runName") or identifier[:8],
        url=server.run_link(experiment, identifier),
        state=text(info, "status"),
        started_at=moment(info, "start_time"),
        ended_at=moment(info, "end_time"),
        attrs={
            **_run_attrs(payload, tags=tags, experiment_name=name),
            "datasets": [as_attrs(each, server=server, experiment_id=experiment) for each in datasets],
        },
        aliases=(mlflow_run_alias(identifier),),
        scopes=scopes,
        gone=is_deleted(payload),
    )
    yield EdgeRecord(uid, EdgeKind.CHILD_OF, server.experiment(experiment), method="run experiment_id")
    for item in datasets:
        yield from dataset_records(item, server=server, experiment_id=experiment, run=uid, scopes=scopes)
    yield from _parents(tags, server=server, run=uid)
    yield from commit_records(tags, effect=uid, on="run tag")
    yield from _models(payload, server=server, run=uid)


def _run_attrs(payload: Payload, *, tags: Mapping[str, str], experiment_name: str) -> dict[str, Json]:
    info, data = part(payload, "info"), part(payload, "data")
    metrics: dict[str, Json] = {text(m, "key"): number(m.get("value")) for m in rows(data, "metrics")}
    return {
        "run_id": run_id(payload),
        "experiment_id": experiment_id(info),
        "experiment_name": experiment_name,
        "run_name": text(info, "run_name"),
        "user": tags.get("mlflow.user") or text(info, "user_id"),
        "source_name": tags.get("mlflow.source.name", ""),
        "source_type": tags.get("mlflow.source.type", ""),
        "params": plain(pairs(rows(data, "params"))),
        "metrics": metrics,
        "tags": kept_tags(tags),
        "artifact_uri": text(info, "artifact_uri"),
        "lifecycle_stage": text(info, "lifecycle_stage"),
        "git_commit": next((sha for sha, _, _ in commits(tags)), None),
        "git_branch": tags.get("mlflow.source.git.branch"),
        "git_repo": without_credentials(tags.get("mlflow.source.git.repoURL", "")) or None,
        "git_dirty": {"true": True, "false": False}.get(tags.get("mlflow.source.git.dirty", "").lower()),
        "kfp_run_id": tags.get("kfp.pipeline_run_id"),
    }


def kept_tags(tags: Mapping[str, str]) -> dict[str, Json]:
    """People's tags, and of MLflow's own those that tell an origin; addresses lose their credentials."""
    return {
        key: without_credentials(value)
        for key, value in tags.items()
        if (key.startswith(KEPT) or not key.startswith("mlflow.")) and not key.startswith(DROPPED)
    }


def without_credentials(value: str) -> str:
    """`https://user:token@host/x` without the part before the `@`; other text as it is."""
    if "://" not in value or "@" not in value:
        return value
    try:
        parts = urlsplit(value)
        return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]))
    except ValueError:
        return ""


def commits(tags: Mapping[str, str]) -> Iterator[tuple[str, str, Confidence]]:
    """(full SHA, tag, confidence), best rung of the commit ladder first. A short SHA proves nothing."""
    for tag in (AUTOMATIC_COMMIT, *DECLARED_COMMITS):
        sha = tags.get(tag, "").strip().lower()
        if is_sha(sha):
            automatic = tag == AUTOMATIC_COMMIT
            yield sha, tag, Confidence.OBSERVED if automatic else Confidence.DECLARED


def commit_records(tags: Mapping[str, str], *, effect: str, on: str) -> Iterator[Record]:
    """The commit that `effect` was made from: the first rung that answers, named in the method."""
    for sha, tag, confidence in commits(tags):
        uid = commit_uid(sha)
        yield NodeRecord(NodeKind.COMMIT, uid, sha[:12], attrs={"sha": sha}, stub=True)
        yield EdgeRecord(uid, EdgeKind.CODE_OF, effect, method=f"{on} {tag}", confidence=confidence)
        return


def _parents(tags: Mapping[str, str], *, server: Server, run: str) -> Iterator[Record]:
    parent = tags.get("mlflow.parentRunId")
    if parent:
        yield run_stub(parent, server=server)
        yield EdgeRecord(run, EdgeKind.CHILD_OF, server.run(parent), method="run tag mlflow.parentRunId")
    pipeline_run = tags.get("kfp.pipeline_run_id")
    if pipeline_run:
        yield EdgeRecord(
            run,
            EdgeKind.CHILD_OF,
            kfp_run_alias(pipeline_run),
            method="run tag kfp.pipeline_run_id",
            confidence=Confidence.DECLARED,
        )


def _models(payload: Payload, *, server: Server, run: str) -> Iterator[Record]:
    """Models that the run wrote, and models that it read in order to judge them."""
    for output in rows(part(payload, "outputs"), "model_outputs"):
        model = text(output, "model_id")
        if model:
            yield logged_model_stub(model, server=server)
            yield EdgeRecord(run, EdgeKind.WROTE, server.logged_model(model), method="run model output")
    for read in rows(part(payload, "inputs"), "model_inputs"):
        model = text(read, "model_id")
        if model:
            yield logged_model_stub(model, server=server)
            # MLflow stores this link from run to model; the model is the cause.
            yield EdgeRecord(server.logged_model(model), EdgeKind.EVALUATED_BY, run, method="run model input")


def run_stub(identifier: str, *, server: Server, gone: bool = False) -> NodeRecord:
    return NodeRecord(NodeKind.RUN, server.run(identifier), identifier[:8], stub=True, gone=gone)


def logged_model_stub(model: str, *, server: Server) -> NodeRecord:
    return NodeRecord(NodeKind.LOGGED_MODEL, server.logged_model(model), model, stub=True)


def logged_model_records(
    payload: Payload, *, server: Server, experiments: Mapping[str, str]
) -> Iterator[Record]:
    """A logged model (MLflow 3) and the run it came from."""
    info, data = part(payload, "info"), part(payload, "data")
    model, experiment, source = text(info, "model_id"), experiment_id(info), text(info, "source_run_id")
    if not model:
        return
    name = experiments.get(experiment, "")
    artifact = text(info, "artifact_uri")
    yield NodeRecord(
        NodeKind.LOGGED_MODEL,
        server.logged_model(model),
        text(info, "name") or model,
        url=server.logged_model_link(experiment, model),
        state=text(info, "status"),
        started_at=moment(info, "creation_timestamp_ms"),
        attrs={
            "model_id": model,
            "name": text(info, "name"),
            "source_run_id": source,
            "artifact_uri": artifact,
            "params": plain(pairs(rows(data, "params"))),
            "tags": kept_tags(pairs(rows(info, "tags"))),
        },
        aliases=(artifact_alias(artifact),) if artifact else (),
        scopes=(Scope("experiment", name),) if name else (),
    )
    if source:
        yield run_stub(source, server=server)
        method = "logged model source_run_id"
        yield EdgeRecord(server.run(source), EdgeKind.WROTE, server.logged_model(model), method=method)
    judges = {text(metric, "run_id") for metric in rows(data, "metrics")} - {source, ""}
    for judge in sorted(judges):
        # Listings of runs leave their model inputs out; the model's metrics name who measured it.
        yield run_stub(judge, server=server)
        method = "logged model metric run_id"
        yield EdgeRecord(server.logged_model(model), EdgeKind.EVALUATED_BY, server.run(judge), method=method)


def run_deleted(identifier: str, *, server: Server, noticed_at: datetime, after: Json) -> EventRecord:
    """MLflow tells no moment of a deletion: it was noticed then, and happened after the last pull began
    (`after` is None: nobody knows when)."""
    uid = server.run(identifier)
    attrs: dict[str, Json] = {"run_id": identifier, "after": after}
    return EventRecord("run_deleted", uid, noticed_at, dedupe=f"run_deleted:{uid}", attrs=attrs)
