"""What a connector yields: plain, frozen records, before anything is stored.

A record names nodes by their canonical `uid` (see `evidence.identity`), so that a page of
records can be written in any order, and twice, without harm.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, Union

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
Attrs: TypeAlias = Mapping[str, Json]


class NodeKind(StrEnum):
    """Kinds of nodes that Rashinban itself knows; a stored kind may be any text."""

    REPOSITORY = "repository"
    BRANCH = "branch"
    COMMIT = "commit"
    PULL_REQUEST = "pull_request"
    WORKFLOW_RUN = "workflow_run"
    DATASET = "dataset"
    DATASET_VERSION = "dataset_version"
    FEATURE_VIEW = "feature_view"
    FEATURE_SERVICE = "feature_service"
    PIPELINE = "pipeline"
    PIPELINE_VERSION = "pipeline_version"
    PIPELINE_RUN = "pipeline_run"
    SCHEDULE = "schedule"
    EXPERIMENT = "experiment"
    RUN = "run"
    MODEL = "model"
    LOGGED_MODEL = "logged_model"
    MODEL_VERSION = "model_version"
    IMAGE = "image"
    ENDPOINT = "endpoint"
    DEPLOYMENT = "deployment"


class EdgeKind(StrEnum):
    """Kinds of edges; an edge always points from cause to effect."""

    CODE_OF = "code_of"  # commit -> run | image | pipeline_version | workflow_run
    MERGED_AS = "merged_as"  # pull_request -> commit
    READ_BY = "read_by"  # dataset_version -> run
    WROTE = "wrote"  # run -> dataset_version | logged_model | model_version
    REGISTERED_AS = "registered_as"  # logged_model -> model_version
    PROMOTED_TO = "promoted_to"  # model_version -> model_version (copied)
    PACKAGED_IN = "packaged_in"  # model_version -> image
    DEPLOYED_AS = "deployed_as"  # model_version | image -> deployment
    COMPILED_TO = "compiled_to"  # pipeline_version -> pipeline_run
    TRIGGERED = "triggered"  # schedule | pipeline_run -> pipeline_run
    CONTAINS = "contains"  # repository -> commit | branch
    VERSION_OF = "version_of"  # a version -> what it is a version of
    CHILD_OF = "child_of"  # run -> parent run | pipeline_run | experiment
    EVALUATED_BY = "evaluated_by"  # logged_model | model_version -> run
    SERVED_BY = "served_by"  # deployment -> endpoint


SIDE_EDGES = frozenset(
    {
        EdgeKind.VERSION_OF,
        EdgeKind.CHILD_OF,
        EdgeKind.EVALUATED_BY,
        EdgeKind.SERVED_BY,
        EdgeKind.CONTAINS,
    }
)
"""Drawn, but never followed by a closure: MLflow's log-then-evaluate makes two-cycles."""


class Confidence(StrEnum):
    """How a fact is known, strongest first (criteria: evidence strength)."""

    VERIFIED = "verified"  # two systems agree
    OBSERVED = "observed"  # a field in the source of record
    DECLARED = "declared"  # a tag or annotation somebody set
    HEURISTIC = "heuristic"  # matched by time or name


class BlindReason(StrEnum):
    """Why something could not be seen. Absence is evidence; these are not."""

    SOURCE_NOT_CONNECTED = "source_not_connected"
    PERMISSION_DENIED = "permission_denied"
    COLLECTOR_FAILED = "collector_failed"
    STALE = "stale"
    MAPPING_MISSING = "mapping_missing"
    DELETED_UPSTREAM = "deleted_upstream"
    NOT_SUPPORTED = "not_supported"
    NO_SAMPLE = "no_sample"


@dataclass(frozen=True, slots=True)
class Scope:
    """A thing of a source that a binding can give to a system.

    `kind` is one of experiment, model, pipeline, repository, endpoint; `name` is the name its
    users know it by (bindings match names with shell patterns).
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One thing, as one source saw it.

    `aliases` are further strong keys of the same thing (an artifact URI, a second id).
    A `stub` only promises that the node exists, because another record refers to it: it never
    overwrites what the node's own source said. A stub that is `gone` marks a known node as deleted.
    """

    kind: str
    uid: str
    label: str
    url: str = ""
    state: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attrs: Attrs = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    stub: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class EdgeRecord:
    """A cause and its effect; `method` says in a few words how the link is known."""

    src: str
    kind: str
    dst: str
    method: str
    confidence: Confidence = Confidence.OBSERVED
    attrs: Attrs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened to a node at a moment; `dedupe` makes it happen once."""

    kind: str
    node: str
    at: datetime
    dedupe: str
    actor: str = ""
    attrs: Attrs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blindness:
    """What a sync could not see: what, why, and what to do about it, in whole sentences."""

    what: str
    reason: BlindReason
    why: str
    remedy: str
    scope: str = ""  # stable key, e.g. "runs", "signature:churn/3", "signals"


Record: TypeAlias = NodeRecord | EdgeRecord | EventRecord


@dataclass(frozen=True, slots=True)
class Page:
    """A consistent piece of a pull: written in one transaction.

    `progress` is a short sentence for the person watching ("1,200 runs read").
    """

    records: tuple[Record, ...] = ()
    blind: tuple[Blindness, ...] = ()
    progress: str = ""


def one_each(records: Iterable[NodeRecord]) -> dict[str, NodeRecord]:
    """One record a uid: what describes beats a stub, the later beats the earlier; aliases add up."""
    chosen: dict[str, NodeRecord] = {}
    for record in records:
        before = chosen.get(record.uid)
        if before is None:
            chosen[record.uid] = record
            continue
        best = before if record.stub and not before.stub else record
        aliases = tuple(dict.fromkeys((*before.aliases, *record.aliases)))
        chosen[record.uid] = replace(best, aliases=aliases, scopes=best.scopes or before.scopes)
    return chosen


def digest(record: NodeRecord, *, attrs: str) -> str:
    """SHA-256 over what the record says of its node; equal digests mean nothing changed.

    `attrs` are those of the record as JSON, with sorted keys.
    """
    said = [record.label, record.url, record.state, record.gone, record.started_at, record.ended_at]
    text = json.dumps(said, default=str) + attrs
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def as_json(record: Record) -> dict[str, Json]:
    """A record as plain JSON; nodes keep their own kind, edges and events are marked by `record`."""
    plain = {key: _plain(value) for key, value in asdict(record).items()}
    name = {NodeRecord: "node", EdgeRecord: "edge", EventRecord: "event"}[type(record)]
    return {"record": name, **plain}


def _plain(value: object) -> Json:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"A record may hold JSON values only, not {type(value).__name__}.")
