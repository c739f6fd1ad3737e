"""CircleCI: jobs that a workflow runs, with commands and orbs."""

from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, mappings, word
from evidence.signals.jobs import ON_CHANGE, Job, Step, Trigger, is_never, step_at
from evidence.signals.repository import Repository

FILE = r"^\.circleci/(config|continue[-_]config)\.ya?ml$"
MOST_NESTING = 4


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE):
        for document in repo.yaml(path)[:1]:
            for name, triggers in _scheduled(document):
                body = at(document, "jobs", name)
                steps = tuple(_steps(repo, path, document, at(body, "steps"), nesting=0))
                orb = () if body else (step_at(repo, path, uses=name),)
                yield Job(path=path, name=name, triggers=triggers, steps=steps or orb)


def _scheduled(document: object) -> Iterator[tuple[str, frozenset[Trigger]]]:
    """Names of the jobs that workflows run; without workflows only the job `build` runs."""
    workflows = {k: v for k, v in mapping(at(document, "workflows")).items() if isinstance(v, dict)}
    if not workflows and "build" in mapping(at(document, "jobs")):
        yield "build", ON_CHANGE
    for flow in workflows.values():
        if is_never(flow.get("when")):
            continue
        cron = any("cron" in each for each in mappings(flow.get("triggers")))
        waits = False
        for entry in items(flow.get("jobs")):
            name = word(entry) or next((word(key) for key in mapping(entry)), "")
            waits = waits or word(at(entry, name, "type")) == "approval"
            automatic = frozenset({Trigger.SCHEDULE}) if cron else ON_CHANGE
            yield name, frozenset({Trigger.MANUAL}) if waits and at(entry, name, "requires") else automatic


def _steps(repo: Repository, path: str, document: object, steps: object, *, nesting: int) -> Iterator[Step]:
    for entry in items(steps):
        name = word(entry) or next((word(key) for key in mapping(entry)), "")
        body = at(entry, name)
        if name in {"when", "unless"}:
            if not is_never(at(body, "condition")):
                yield from _steps(repo, path, document, at(body, "steps"), nesting=nesting + 1)
        elif name == "run":
            yield step_at(
                repo, path, run=word(body) or word(at(body, "command")), folder=at(body, "working_directory")
            )
        elif at(document, "commands", name) and nesting < MOST_NESTING:
            inner = at(document, "commands", name, "steps")
            yield from _steps(repo, path, document, inner, nesting=nesting + 1)
        elif name:
            yield step_at(repo, path, uses=name, settings=body)
