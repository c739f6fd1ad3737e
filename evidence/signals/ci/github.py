"""GitHub Actions: workflows, reusable workflows and composite actions of the repository."""

import re
from collections.abc import Iterator, Mapping

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.jobs import Job, Step, Trigger, clean_folder, is_never, push_trigger, step_at
from evidence.signals.repository import Repository

WORKFLOW = re.compile(r"^\.(github|gitea|forgejo)/workflows/[^/]+\.ya?ml$")
MOST_NESTING = 4
TRIGGERS: Mapping[str, Trigger] = {
    "pull_request": Trigger.PULL_REQUEST,
    "pull_request_target": Trigger.PULL_REQUEST,
    "merge_group": Trigger.PULL_REQUEST,
    "create": Trigger.PUSH,
    "release": Trigger.PUSH,
    "deployment": Trigger.PUSH,
    "registry_package": Trigger.PUSH,
    "workflow_run": Trigger.EVENT,
    "repository_dispatch": Trigger.EVENT,
    "workflow_dispatch": Trigger.MANUAL,
}
"""Events that have to do with code; issues, labels, stars and comments start no integration."""


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(WORKFLOW.pattern):
        for document in repo.yaml(path)[:1]:
            yield from _jobs_of(repo, path, document, triggers=_triggers(document), nesting=0)


def _jobs_of(
    repo: Repository, path: str, document: object, *, triggers: frozenset[Trigger], nesting: int
) -> Iterator[Job]:
    default = at(document, "defaults", "run", "working-directory")
    for name, body in mapping(at(document, "jobs")).items():
        condition = at(body, "if")
        if is_never(condition) or nesting > MOST_NESTING:
            continue
        narrowed = _narrow(triggers, condition)
        called = word(at(body, "uses"))
        if called.startswith("./"):
            callee = called.removeprefix("./")
            for inner in repo.yaml(callee)[:1]:
                yield from _jobs_of(repo, callee, inner, triggers=narrowed, nesting=nesting + 1)
        elif called:  # a workflow of another repository: its steps cannot be seen
            yield Job(
                path=path, name=word(name), triggers=narrowed, steps=(step_at(repo, path, uses=called),)
            )
        else:
            folder = at(body, "defaults", "run", "working-directory") or default
            steps = tuple(_steps(repo, path, at(body, "steps"), folder=folder, nesting=nesting))
            yield Job(path=path, name=word(name), triggers=narrowed, steps=steps)


def _steps(repo: Repository, path: str, steps: object, *, folder: object, nesting: int) -> Iterator[Step]:
    for body in items(steps):
        if is_never(at(body, "if")):
            continue
        run, uses = word(at(body, "run")), word(at(body, "uses"))
        place = at(body, "working-directory") or folder
        if uses.startswith("./") and nesting <= MOST_NESTING:
            yield from _composite(repo, uses.removeprefix("./").rstrip("/"), nesting=nesting + 1)
        elif run and not word(at(body, "shell")).startswith("python"):
            yield step_at(repo, path, run=run, folder=clean_folder(place))
        elif uses:
            yield step_at(repo, path, uses=uses, settings=mapping(at(body, "with")))


def _composite(repo: Repository, folder: str, *, nesting: int) -> Iterator[Step]:
    for name in ("action.yml", "action.yaml"):
        path = f"{folder}/{name}"
        for document in repo.yaml(path)[:1]:
            yield from _steps(repo, path, at(document, "runs", "steps"), folder="", nesting=nesting)


def _triggers(document: object) -> frozenset[Trigger]:
    """What the key `on` says; YAML 1.1 reads that key as True."""
    on = mapping(document).get("on", mapping(document).get(True))
    events = mapping(on) or dict.fromkeys(words(on))
    found = {TRIGGERS[name] for event in events if (name := word(event)) in TRIGGERS}
    if "push" in events:
        found.add(push_trigger(words(at(events["push"], "paths"))))
    if any(at(entry, "cron") for entry in items(events.get("schedule"))):
        found.add(Trigger.SCHEDULE)
    return frozenset(found)


def _narrow(triggers: frozenset[Trigger], condition: object) -> frozenset[Trigger]:
    """A job that asks for one event only runs on that event."""
    text = word(condition)
    asked = re.findall(r"github\.event_name\s*(==|!=)\s*['\"](\w+)['\"]", text)
    if len(asked) != 1 or "||" in text:
        return triggers
    event = {"push": {Trigger.PUSH, Trigger.DATA}, "schedule": {Trigger.SCHEDULE}}.get(
        asked[0][1], {TRIGGERS[asked[0][1]]} if asked[0][1] in TRIGGERS else set()
    )
    return triggers & event if asked[0][0] == "==" else triggers - event
