"""Pipeline runs, schedules and experiments as records. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.connectors._kfp.server import Server
from evidence.connectors._kfp.versions import display_name, spec_attrs
from evidence.connectors._reading import integer_at, mapping, mappings_at, moment_at, text_at
from evidence.identity import kfp_run_alias, mlflow_run_alias
from evidence.records import EdgeKind, EdgeRecord, Json, NodeKind, NodeRecord, Record, Scope

OPEN_STATES = frozenset({"", "RUNTIME_STATE_UNSPECIFIED", "PENDING", "RUNNING", "CANCELING", "PAUSED"})
MLFLOW_RUN_ID = re.compile(r"^[0-9a-f]{32}$")
MAX_TASKS = 500
MAX_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Experiment:
    """What a run's experiment tells of its environment."""

    name: str
    namespace: str = ""


def is_open(payload: Json) -> bool:
    """True while the run may still change its state."""
    return text_at(payload, "state") in OPEN_STATES


def experiment_record(payload: Json, *, server: Server) -> NodeRecord:
    """An experiment: KFP's folder of runs."""
    identifier, name = text_at(payload, "experiment_id"), display_name(payload)
    return NodeRecord(
        kind=NodeKind.EXPERIMENT,
        uid=server.experiment(identifier),
        label=name,
        url=server.experiment_link(identifier),
        state=text_at(payload, "storage_state"),
        started_at=moment_at(payload, "created_at"),
        attrs={
            "experiment_id": identifier,
            "name": name,
            "namespace": text_at(payload, "namespace"),
            "lifecycle_stage": text_at(payload, "storage_state"),
        },
        scopes=(Scope("experiment", name),),
    )


def run_records(
    payload: Json, *, server: Server, pipelines: Mapping[str, str], experiments: Mapping[str, Experiment]
) -> tuple[Record, ...]:
    """A run, and what caused it: its pipeline version, its schedule; and the MLflow run it opened.

    `pipelines`: display names by id; `experiments`: by id.
    """
    identifier = text_at(payload, "run_id")
    experiment = experiments.get(text_at(payload, "experiment_id"), Experiment(""))
    node = NodeRecord(
        kind=NodeKind.PIPELINE_RUN,
        uid=server.run(identifier),
        label=display_name(payload) or identifier,
        url=server.run_link(identifier),
        state=text_at(payload, "state"),
        started_at=moment_at(payload, "scheduled_at") or moment_at(payload, "created_at"),
        ended_at=None if is_open(payload) else moment_at(payload, "finished_at"),
        attrs={
            **_run_attrs(payload),
            "experiment": experiment.name,
            "namespace": experiment.namespace,
        },
        aliases=(kfp_run_alias(identifier),),
        scopes=tuple(_scopes(payload, pipelines=pipelines, experiment=experiment.name)),
    )
    return node, *_causes(payload, run=node.uid, server=server), *_mlflow_edge(payload, run=node.uid)


def gone_run(run_id: str, *, server: Server) -> NodeRecord:
    """A run that was there and no longer is."""
    return NodeRecord(kind=NodeKind.PIPELINE_RUN, uid=server.run(run_id), label=run_id, stub=True, gone=True)


def schedule_record(payload: Json, *, server: Server, pipelines: Mapping[str, str]) -> NodeRecord:
    """A recurring run: by a cron expression (six fields) or every so many seconds."""
    identifier = text_at(payload, "recurring_run_id")
    trigger = mapping(payload, "trigger")
    attrs: dict[str, Json] = {
        "recurring_run_id": identifier,
        "pipeline_id": text_at(mapping(payload, "pipeline_version_reference"), "pipeline_id"),
        "pipeline_version_id": _version_of(payload),
        "status": text_at(payload, "status"),
        "max_concurrency": integer_at(payload, "max_concurrency"),
    }
    if cron := text_at(mapping(trigger, "cron_schedule"), "cron"):
        attrs["cron"] = cron
    if period := integer_at(mapping(trigger, "periodic_schedule"), "interval_second"):
        attrs["period_seconds"] = period
    return NodeRecord(
        kind=NodeKind.SCHEDULE,
        uid=server.schedule(identifier),
        label=display_name(payload) or identifier,
        url=server.schedule_link(identifier),
        state=text_at(payload, "status"),
        started_at=moment_at(payload, "created_at"),
        attrs=attrs,
        scopes=tuple(_scopes(payload, pipelines=pipelines)),
    )


def _run_attrs(payload: Json) -> dict[str, Json]:
    reference = mapping(payload, "pipeline_version_reference")
    inline = bool(mapping(payload, "pipeline_spec"))
    return {
        "run_id": text_at(payload, "run_id"),
        "experiment_id": text_at(payload, "experiment_id"),
        "pipeline_id": text_at(reference, "pipeline_id"),
        "pipeline_version_id": _version_of(payload),
        "recurring_run_id": text_at(payload, "recurring_run_id"),
        "parameters": _bounded(mapping(payload, "runtime_config", "parameters")),
        "runtime_config": isinstance(mapping(payload).get("runtime_config"), dict),
        "tasks": list(_tasks(payload)),
        "inline_spec": inline,
        "mlflow_run_id": mlflow_run_of(payload),
        "storage_state": text_at(payload, "storage_state"),
        "error": text_at(mapping(payload, "error"), "message")[:MAX_TEXT],
        **(spec_attrs(mapping(payload, "pipeline_spec")) if inline else {}),
    }


def mlflow_run_of(payload: Json) -> str:
    """The MLflow run that KFP's MLflow plugin opened for this run; empty where there is none."""
    entries = mapping(payload, "plugins_output", "mlflow", "entries")
    found = text_at(mapping(entries, "root_run_id"), "value").lower()
    return found if MLFLOW_RUN_ID.match(found) else ""


def _tasks(payload: Json) -> Iterator[Json]:
    details = list(mappings_at(mapping(payload, "run_details"), "task_details"))
    for task in details[:MAX_TASKS]:
        started, ended = moment_at(task, "start_time"), moment_at(task, "end_time")
        yield {
            "name": display_name(task),
            "state": text_at(task, "state"),
            "started_at": started.isoformat() if started else None,
            "ended_at": ended.isoformat() if ended else None,
        }


def _scopes(payload: Json, *, pipelines: Mapping[str, str], experiment: str = "") -> Iterator[Scope]:
    pipeline = text_at(mapping(payload, "pipeline_version_reference"), "pipeline_id")
    inline = text_at(mapping(payload, "pipeline_spec", "pipelineInfo"), "name")
    if name := pipelines.get(pipeline, "") or inline:
        yield Scope("pipeline", name)
    if experiment:
        yield Scope("experiment", experiment)


def _causes(payload: Json, *, run: str, server: Server) -> Iterator[Record]:
    if version := _version_of(payload):
        node = server.version(version)
        yield NodeRecord(kind=NodeKind.PIPELINE_VERSION, uid=node, label=version, stub=True)
        yield EdgeRecord(node, EdgeKind.COMPILED_TO, run, "pipeline_version_reference of the run")
    if recurring := text_at(payload, "recurring_run_id"):
        node = server.schedule(recurring)
        yield NodeRecord(kind=NodeKind.SCHEDULE, uid=node, label=recurring, stub=True)
        yield EdgeRecord(node, EdgeKind.TRIGGERED, run, "recurring_run_id of the run")
    if experiment := text_at(payload, "experiment_id"):
        node = server.experiment(experiment)
        yield NodeRecord(kind=NodeKind.EXPERIMENT, uid=node, label=experiment, stub=True)
        yield EdgeRecord(run, EdgeKind.CHILD_OF, node, "experiment_id of the run")


def _mlflow_edge(payload: Json, *, run: str) -> Iterator[Record]:
    if found := mlflow_run_of(payload):
        yield EdgeRecord(
            mlflow_run_alias(found), EdgeKind.CHILD_OF, run, "root_run_id of KFP's MLflow plugin"
        )


def _version_of(payload: Json) -> str:
    """The version id; servers of early KFP 2 put it beside the reference."""
    reference = mapping(payload, "pipeline_version_reference")
    return text_at(reference, "pipeline_version_id") or text_at(payload, "pipeline_version_id")


def _bounded(parameters: dict[str, Json]) -> dict[str, Json]:
    """Parameters may be whole documents; text beyond MAX_TEXT characters is cut, structures too."""
    kept: dict[str, Json] = {}
    for name, value in parameters.items():
        if isinstance(value, str):
            kept[name] = value[:MAX_TEXT]
        elif isinstance(value, list | dict):
            kept[name] = str(value)[:MAX_TEXT]
        else:
            kept[name] = value
    return kept
