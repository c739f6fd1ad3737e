"""Drone and Woodpecker."""

from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.jobs import ON_CHANGE, Job, Step, Trigger, step_at
from evidence.signals.repository import Repository

FILE = r"^\.drone\.ya?ml$|^\.woodpecker(/[^/]+)?\.ya?ml$"


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE):
        for document in repo.yaml(path):
            steps = tuple(step for body in _bodies(document) for step in _steps(repo, path, body))
            if steps:
                yield Job(
                    path=path, name=word(at(document, "name")), triggers=_triggers(document), steps=steps
                )


def _bodies(document: object) -> list[object]:
    """Steps as a list, or (older files) as a mapping by name."""
    for key in ("steps", "pipeline"):
        found = at(document, key)
        if found:
            return list(mapping(found).values()) or items(found)
    return []


def _steps(repo: Repository, path: str, body: object) -> Iterator[Step]:
    commands = words(at(body, "commands"))
    image = word(at(body, "image"))
    for command in commands:
        yield step_at(repo, path, run=command)
    if not commands and image:
        yield step_at(repo, path, uses=image, settings=at(body, "settings"))


def _triggers(document: object) -> frozenset[Trigger]:
    events = set(words(at(document, "trigger", "event")) + words(at(document, "when", "event")))
    if not events:
        return ON_CHANGE
    named = {"cron": Trigger.SCHEDULE, "custom": Trigger.MANUAL, "manual": Trigger.MANUAL}
    return frozenset(named.get(event, Trigger.PUSH) for event in events)
