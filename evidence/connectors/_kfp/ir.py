"""Reads a compiled pipeline (the intermediate representation of the KFP SDK, schema 2.x) without running it.

Pure: text or JSON in, plain JSON out. One compiled file says how a pipeline is built: its steps and
their order, typed inputs and outputs, images, what is installed at run time, conditions, caching,
retries. `describe` gives these facts as the `ir` attribute of a pipeline version.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import yaml

from evidence.connectors._kfp.components import Component, component_of
from evidence.connectors._kfp.steps import evaluates_model, validates_data
from evidence.connectors._reading import integer_at, mapping, text_at, texts_at
from evidence.records import Json

MAX_CHARACTERS = 4 * 1024 * 1024
MAX_VALUES = 300_000
MAX_TASKS = 5_000
MAX_DEPTH = 60
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, ten times as fast
Spec = dict[str, Json]


class IrError(ValueError):
    """A text that is no compiled pipeline; the message is a whole sentence for a person."""


def load(text: str) -> Spec:
    """The pipeline spec in a compiled YAML (or JSON) file; a second document (platform spec) is left out.

    Raises IrError when the text is too large, no YAML, or no compiled pipeline.
    """
    if len(text) > MAX_CHARACTERS:
        raise IrError(
            f"The file has more than {MAX_CHARACTERS:,} characters, which no compiled pipeline has."
        )
    try:
        _check_depth(text)
        documents = [each for each in yaml.load_all(text, Loader=_LOADER) if each is not None]
    except (yaml.YAMLError, ValueError) as error:
        raise IrError(f"The file is no valid YAML: {_first_line(error)}.") from None
    if not documents:
        raise IrError("The file is empty; a compiled pipeline was expected.")
    return spec_of(_Copier().copy(documents[0]))


def spec_of(value: Json) -> Spec:
    """The pipeline spec in what a server or a file holds, bare or beside a platform spec.

    Raises IrError when it is none.
    """
    spec = _Copier().copy(value)
    if isinstance(spec, dict) and isinstance(spec.get("pipeline_spec"), dict):
        spec = spec["pipeline_spec"]
    if not isinstance(spec, dict):
        raise IrError("This is no compiled pipeline: a mapping was expected.")
    if spec.get("kind") == "Workflow":
        raise IrError(
            "This is an Argo workflow of the KFP v1 SDK; only pipelines compiled by the v2 SDK are read."
        )
    if "pipelineInfo" not in spec or not mapping(spec, "root", "dag", "tasks"):
        raise IrError("This is no compiled pipeline: pipelineInfo or root.dag.tasks is missing.")
    return spec


def name_of(spec: Spec) -> str:
    """The name the pipeline was compiled under; empty when it has none."""
    return text_at(mapping(spec, "pipelineInfo"), "name")


def digest(spec: Spec) -> str:
    """SHA-256 (hex) of the spec as canonical JSON: the same for the YAML file and the server's answer."""
    canonical = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


def describe(spec: Spec) -> dict[str, Json]:
    """What the pipeline is made of: the `ir` attribute of a pipeline version.

    Shares are null where there is nothing to count; `ports` and `images` are their sample sizes.
    """
    components = _components(spec)
    tasks = list(_tasks(spec, components))
    ports = sum(each.ports for each in components.values())
    typed = sum(each.typed_ports for each in components.values())
    images = [each.image for each in components.values() if each.image]
    pinned = sum(each.image_pinned for each in components.values() if each.image)
    reasons = {task.name: why for task in tasks if (why := task.validates_data)}
    return {
        "pipeline_name": name_of(spec),
        "schema_version": text_at(spec, "schemaVersion"),
        "sdk_version": text_at(spec, "sdkVersion"),
        "components": [each.as_json() for each in components.values()],
        "tasks": [task.as_json() for task in tasks],
        "conditions": sum(bool(task.own_condition) for task in tasks),
        "loops": sum(task.loop for task in tasks),
        "ports": ports,
        "typed_share": typed / ports if ports else None,
        "images": len(images),
        "images_pinned_share": pinned / len(images) if images else None,
        "validation_tasks": list(reasons),
        "validation_why": dict(reasons),
        "evaluation_gates": [_gate(task, tasks) for task in tasks if _is_gate(task, tasks)],
    }


@dataclass(frozen=True, slots=True)
class _Task:
    """One task of the graph; `condition` is its own or that of the nearest branch around it."""

    name: str
    display_name: str
    component: str
    parent: str
    depends_on: tuple[str, ...]
    own_condition: str
    condition: str
    condition_from: tuple[str, ...]
    caching: bool
    retries: int
    loop: bool
    group: bool
    validates_data: str
    evaluates_model: bool

    def as_json(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "display_name": self.display_name,
            "component": self.component,
            "parent": self.parent,
            "depends_on": list(self.depends_on),
            "condition": self.condition or None,
            "caching": self.caching,
            "retries": self.retries,
            "loop": self.loop,
            "group": self.group,
        }


def _components(spec: Spec) -> dict[str, Component]:
    """The components that run something, by name; groups (conditions, loops, nested pipelines) do not."""
    executors = mapping(spec, "deploymentSpec", "executors")
    return {
        name.removeprefix("comp-"): component_of(name, body=body, executor=mapping(executors, label))
        for name, body in mapping(spec, "components").items()
        if isinstance(body, dict) and (label := text_at(body, "executorLabel"))
    }


def _tasks(spec: Spec, components: Mapping[str, Component]) -> Iterator[_Task]:
    """All tasks, those of groups after their group. A group that contains itself is read once."""
    pending: list[tuple[dict[str, Json], str, str, frozenset[str]]] = [
        (mapping(spec, "root", "dag", "tasks"), "", "", frozenset())
    ]
    seen = 0
    while pending:
        tasks, parent, condition, path = pending.pop(0)
        for name, body in tasks.items():
            if not isinstance(body, dict):
                continue
            seen += 1
            if seen > MAX_TASKS:
                raise IrError(
                    f"The pipeline's groups expand to more than {MAX_TASKS:,} tasks, which is not read."
                )
            task = _task(name, body, parent=parent, condition=condition, components=components)
            inside = mapping(_component(spec, body), "dag", "tasks")
            reference = text_at(mapping(body, "componentRef"), "name")
            if inside and reference not in path:
                pending.append((inside, name, task.condition, path | {reference}))
            yield task


def _component(spec: Spec, task: Json) -> dict[str, Json]:
    return mapping(spec, "components", text_at(mapping(task, "componentRef"), "name"))


def _task(
    name: str, body: dict[str, Json], *, parent: str, condition: str, components: Mapping[str, Component]
) -> _Task:
    component = text_at(mapping(body, "componentRef"), "name").removeprefix("comp-")
    built = components.get(component)
    own = text_at(mapping(body, "triggerPolicy"), "condition")
    return _Task(
        name=name,
        display_name=text_at(mapping(body, "taskInfo"), "name") or name,
        component=component,
        parent=parent,
        depends_on=_upstream(body),
        own_condition=own,
        condition=own or condition,
        condition_from=_producers_in(own, body=body),
        caching=mapping(body, "cachingOptions").get("enableCache") is True,
        retries=integer_at(mapping(body, "retryPolicy"), "maxRetryCount") or 0,
        loop="parameterIterator" in body or "artifactIterator" in body,
        group=built is None,
        validates_data=validates_data(name, component=built),
        evaluates_model=evaluates_model(name, component=built),
    )


def _upstream(body: dict[str, Json]) -> tuple[str, ...]:
    """Names of the tasks this one waits for: those listed, and those whose output it reads."""
    names = texts_at(body, "dependentTasks") + [producer for _, producer in _bindings(body)]
    return tuple(dict.fromkeys(names))


def _bindings(body: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """(input name, producing task) of the inputs that come from another task."""
    sources = {"parameters": "taskOutputParameter", "artifacts": "taskOutputArtifact"}
    for kind, source in sources.items():
        for name, value in mapping(body, "inputs", kind).items():
            if producer := text_at(mapping(value, source), "producerTask"):
                yield name, producer


def _producers_in(condition: str, *, body: dict[str, Json]) -> tuple[str, ...]:
    """The tasks whose outputs a condition looks at."""
    return tuple(dict.fromkeys(producer for name, producer in _bindings(body) if f"'{name}'" in condition))


def _is_gate(task: _Task, tasks: list[_Task]) -> bool:
    """A branch that is taken only when an evaluation's result allows it."""
    by_name = {each.name: each for each in tasks}
    return any(by_name[name].evaluates_model for name in task.condition_from if name in by_name)


def _gate(task: _Task, tasks: list[_Task]) -> Json:
    guarded = [each.name for each in tasks if each.parent == task.name] if task.group else [task.name]
    return {
        "task": task.name,
        "condition": task.own_condition,
        "on": list(task.condition_from),
        "guards": list(guarded),
    }


@dataclass
class _Copier:
    """Copies parsed YAML into plain JSON within a budget, so that aliases cannot blow up."""

    left: int = field(default=MAX_VALUES)

    def copy(self, value: object, *, depth: int = 0) -> Json:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise IrError("The file is nested or repeated beyond what a compiled pipeline can be.")
        if isinstance(value, dict):
            return {str(key): self.copy(item, depth=depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, depth=depth + 1) for item in value]
        return _scalar(value)


def _scalar(value: object) -> Json:
    if isinstance(value, float):
        # A server's JSON writes 50 where the compiled YAML has 50.0.
        return int(value) if value.is_integer() else (value if math.isfinite(value) else str(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    raise IrError(f"The file holds a value of type {type(value).__name__}, which no compiled pipeline has.")


def _check_depth(text: str) -> None:
    """A pass over the parser's events: they come flat, while building the values recurses."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise IrError(f"The file nests deeper than {MAX_DEPTH} levels, which no compiled pipeline does.")


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
