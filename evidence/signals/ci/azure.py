"""Azure Pipelines: stages, jobs, steps and templates, in whatever nesting the file uses."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.jobs import Job, Step, Trigger, is_never, push_trigger, step_at
from evidence.signals.repository import Repository

FILE = re.compile(
    r"(^|/)(azure[-_]pipelines?[^/]*\.ya?ml)$|^\.?(azure[-_]?pipelines|azuredevops|azdo|ado|vsts)/.*\.ya?ml$"
)
SHELL_KEYS = ("script", "bash", "pwsh", "powershell")
MOST_NESTING = 4


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE.pattern):
        for document in repo.yaml(path)[:1]:
            if any(key in mapping(document) for key in ("stages", "jobs", "steps", "extends")):
                steps = tuple(_steps(repo, path, document, nesting=0))
                if "parameters" in mapping(document) and "trigger" not in mapping(document):
                    continue  # a template: it runs only where it is used
                yield Job(path=path, name=PurePosixPath(path).stem, triggers=_triggers(document), steps=steps)


def _triggers(document: object) -> frozenset[Trigger]:
    trigger, merge = at(document, "trigger"), at(document, "pr")
    found = set()
    if word(trigger) != "none":
        found.add(push_trigger(words(at(trigger, "paths", "include"))))
    if merge is not None and word(merge) != "none":
        found.add(Trigger.PULL_REQUEST)
    if any(at(entry, "cron") for entry in items(at(document, "schedules"))):
        found.add(Trigger.SCHEDULE)
    if any(at(p, "trigger") for p in items(at(document, "resources", "pipelines"))):
        found.add(Trigger.EVENT)
    return frozenset(found or {Trigger.MANUAL})


def _steps(repo: Repository, path: str, value: object, *, nesting: int) -> Iterator[Step]:
    """Steps below `value`, in order, without disabled ones and what hangs below a condition `false`."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, list):
            stack.extend(reversed(current))
            continue
        body = mapping(current)
        if not body or is_never(body.get("condition", "on")) or is_never(body.get("enabled", "on")):
            continue
        yield from _step(repo, path, body, nesting=nesting)
        stack.extend(
            reversed([v for key, v in body.items() if key not in {"parameters", "variables", "inputs"}])
        )


def _step(repo: Repository, path: str, body: dict[object, object], *, nesting: int) -> Iterator[Step]:
    folder = body.get("workingDirectory")
    for key in SHELL_KEYS:
        if word(body.get(key)):
            yield step_at(repo, path, run=word(body[key]), folder=folder)
    task, inputs = word(body.get("task")), mapping(body.get("inputs"))
    if task:
        yield step_at(repo, path, uses=task, settings=inputs)
        script = word(inputs.get("script")) or word(inputs.get("inlineScript"))
        if script:
            yield step_at(repo, path, run=script, folder=inputs.get("workingDirectory"))
    template = word(body.get("template"))
    if template and "@" not in template and nesting < MOST_NESTING:
        for found in _template_paths(path, template):
            for document in repo.yaml(found)[:1]:
                yield from _steps(repo, found, document, nesting=nesting + 1)


def _template_paths(path: str, template: str) -> list[str]:
    if template.startswith("/"):
        return [template.lstrip("/")]
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / template).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return ["/".join(parts)]
