"""Tekton: the steps of tasks, where a pipeline is declared that uses them."""

import shlex
from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.jobs import ON_CHANGE, Job, Step, step_at
from evidence.signals.repository import Manifest, Repository

PIPELINES = ("Pipeline", "PipelineRun")
TASKS = ("Task", "ClusterTask", "TaskRun")


def jobs(repo: Repository) -> Iterator[Job]:
    found = [m for m in repo.manifests if m.is_of("tekton.dev", *PIPELINES, *TASKS)]
    used = _used(found)
    for manifest in found:
        name = word(at(manifest.body, "metadata", "name"))
        if manifest.kind in PIPELINES or manifest.kind == "TaskRun" or name in used:
            yield Job(path=manifest.path, name=name, triggers=ON_CHANGE, steps=tuple(_steps(repo, manifest)))


def _used(manifests: list[Manifest]) -> set[str]:
    """Names of the tasks that pipelines refer to."""
    return {
        word(at(task, "taskRef", "name"))
        for manifest in manifests
        if manifest.kind in PIPELINES
        for task in _tasks(manifest)
    }


def _tasks(manifest: Manifest) -> list[object]:
    spec = at(manifest.body, "spec")
    return [*items(at(spec, "tasks")), *items(at(spec, "pipelineSpec", "tasks")), *items(at(spec, "finally"))]


def _steps(repo: Repository, manifest: Manifest) -> Iterator[Step]:
    spec = at(manifest.body, "spec")
    bodies = [*items(at(spec, "steps")), *items(at(spec, "taskSpec", "steps"))]
    for task in _tasks(manifest):
        bodies.extend(items(at(task, "taskSpec", "steps")))
        if at(task, "taskRef", "name"):
            yield step_at(repo, manifest.path, uses=word(at(task, "taskRef", "name")))
    for body in bodies:
        run = word(at(body, "script")) or shlex.join([*words(at(body, "command")), *words(at(body, "args"))])
        found = step_at(repo, manifest.path, run=run)
        image = word(mapping(body).get("image"))
        yield Step(path=manifest.path, line=found.line, run=run, uses=image)
