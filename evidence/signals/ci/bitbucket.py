"""Bitbucket Pipelines."""

from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, mappings, word
from evidence.signals.jobs import Job, Step, Trigger, step_at
from evidence.signals.repository import Repository

FILE = "bitbucket-pipelines.yml"
TRIGGERS = {"pull-requests": Trigger.PULL_REQUEST, "custom": Trigger.MANUAL}


def jobs(repo: Repository) -> Iterator[Job]:
    for document in repo.yaml(FILE)[:1]:
        for section, body in mapping(at(document, "pipelines")).items():
            trigger = TRIGGERS.get(word(section), Trigger.PUSH)
            for index, found in enumerate(mappings(body)):
                step = mapping(found.get("step"))
                if step.get("script"):
                    by_hand = word(step.get("trigger")) == "manual"
                    triggers = frozenset({Trigger.MANUAL if by_hand else trigger})
                    name = word(step.get("name")) or f"{word(section)} {index}"
                    yield Job(
                        path=FILE, name=name, triggers=triggers, steps=tuple(_steps(repo, step["script"]))
                    )


def _steps(repo: Repository, script: object) -> Iterator[Step]:
    for entry in items(script):
        if word(entry):
            yield step_at(repo, FILE, run=word(entry))
        elif at(entry, "pipe"):
            yield step_at(repo, FILE, uses=word(at(entry, "pipe")), settings=at(entry, "variables"))
