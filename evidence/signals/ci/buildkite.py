"""Buildkite."""

from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, mappings, word, words
from evidence.signals.jobs import ON_CHANGE, Job, Step, is_never, step_at
from evidence.signals.repository import Repository

FILE = r"^\.buildkite/[^/]*\.ya?ml$"


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE):
        for document in repo.yaml(path)[:1]:
            for index, body in enumerate(mappings(at(document, "steps"))):
                steps = tuple(_steps(repo, path, body))
                if steps and not is_never(body.get("if")):
                    yield Job(path=path, name=f"step {index}", triggers=ON_CHANGE, steps=steps)


def _steps(repo: Repository, path: str, body: dict[object, object]) -> Iterator[Step]:
    for run in [*words(body.get("command")), *words(body.get("commands"))]:
        yield step_at(repo, path, run=run)
    for plugin in items(body.get("plugins")):
        name = word(plugin) or next((word(key) for key in mapping(plugin)), "")
        if name:
            yield step_at(repo, path, uses=name, settings=at(plugin, name))
