"""AWS CodeBuild."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from evidence.signals.documents import at, mapping, words
from evidence.signals.jobs import ON_CHANGE, Job, step_at
from evidence.signals.repository import Repository

FILE = r"(^|/)[^/]*buildspec[^/]*\.ya?ml$"
PHASES = ("install", "pre_build", "build", "post_build")


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE):
        for document in repo.yaml(path)[:1]:
            phases = mapping(at(document, "phases"))
            runs = [run for phase in PHASES for run in words(at(phases, phase, "commands"))]
            if runs:
                steps = tuple(step_at(repo, path, run=run) for run in runs)
                yield Job(path=path, name=PurePosixPath(path).stem, triggers=ON_CHANGE, steps=steps)
