"""How models are made: pipelines, their versions, schedules and runs, and the data they read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evidence.records import Json
from maturity.facts.code import Commit
from maturity.facts.sources import Ref


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
    """One execution of a pipeline. `state` is the orchestrator's own word (SUCCEEDED, FAILED…).

    `runtime_config` tells whether the parameters it ran with are kept. `experiment` and `namespace` tell
    its environment; `spec` is the SHA-256 of an inline specification.
    """

    ref: Ref
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version_uid: str = ""
    schedule_id: str = ""
    inline_spec: bool = False
    runtime_config: bool | None = None
    tasks: tuple[Task, ...] = ()
    triggered_by_us: bool = False
    experiment: str = ""
    namespace: str = ""
    spec: str = ""

    @property
    def succeeded(self) -> bool:
        return self.state == "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run. `dirty` is None when nothing tells whether the tree was clean.

    `nested` counts its own child runs, or of a child run all the children of its parent.
    """

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
    nested: int = 0


@dataclass(frozen=True, slots=True)
class Component:
    """A step's container: its image and the packages it installs when it starts.

    `typed_share` of its `ports` (inputs and outputs) have a type; None where it has no port.
    """

    name: str
    image: str
    image_pinned: bool
    pip_installs: tuple[str, ...] = ()
    typed_share: float | None = None
    ports: int = 0


@dataclass(frozen=True, slots=True)
class PipelineTask:
    name: str
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """A compiled pipeline. `components` is None when its specification could not be read.

    `gates` are the branches that run only when an evaluation allows it. `spec` is the SHA-256 of the
    compiled specification, the same wherever it was uploaded; `compiled_file` is its path where it is
    kept in a repository.
    """

    ref: Ref
    created_at: datetime | None = None
    commit: Commit | None = None
    components: tuple[Component, ...] | None = None
    tasks: tuple[PipelineTask, ...] = ()
    validation_tasks: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    spec: str = ""
    compiled_file: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring trigger. `period` is its length where the source gives it."""

    ref: Ref
    enabled: bool
    period: timedelta | None = None
    run_id: str = ""
