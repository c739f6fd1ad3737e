"""Google Cloud Build: every step is an image with arguments."""

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.jobs import ON_CHANGE, Job, Step, step_at
from evidence.signals.repository import Repository

FILE = r"(^|/)[^/]*cloudbuild[^/]*\.(ya?ml|json)$"


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE):
        documents = repo.documents(path)[:1]
        for document in documents:
            steps = tuple(
                _step(repo, path, body) for body in items(at(document, "steps")) if at(body, "name")
            )
            if steps:
                # The trigger lives outside the file; a build configuration is written to be triggered.
                yield Job(path=path, name=PurePosixPath(path).stem, triggers=ON_CHANGE, steps=steps)


def _step(repo: Repository, path: str, body: object) -> Step:
    image = word(at(body, "name"))
    args = words(at(body, "args"))
    entry = word(at(body, "entrypoint")) or image.split("@")[0].split(":")[0].rsplit("/", 1)[-1]
    script = word(at(body, "script"))
    run = script or shlex.join([entry, *args])
    first = next((arg for arg in args if len(arg) > 4), image)
    found = step_at(repo, path, run=first, folder=at(body, "dir"))
    return Step(path=path, line=found.line, run=run, uses=image, settings=_plain(body), folder=found.folder)


def _plain(body: object) -> dict[str, str]:
    return {word(key): word(value) for key, value in mapping(body).items() if word(value)}
