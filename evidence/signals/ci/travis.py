"""Travis CI."""

from collections.abc import Iterator

from evidence.signals.documents import at, items, mapping, words
from evidence.signals.jobs import ON_CHANGE, Job, step_at
from evidence.signals.repository import Repository

FILE = ".travis.yml"
PHASES = (
    "before_install",
    "install",
    "before_script",
    "script",
    "after_success",
    "before_deploy",
    "after_deploy",
)


def jobs(repo: Repository) -> Iterator[Job]:
    for document in repo.yaml(FILE)[:1]:
        included = [*items(at(document, "jobs", "include")), *items(at(document, "matrix", "include"))]
        for index, body in enumerate([document, *included]):
            runs = [run for phase in PHASES for run in words(mapping(body).get(phase))]
            if runs:
                steps = tuple(step_at(repo, FILE, run=run) for run in runs)
                yield Job(path=FILE, name=f"job {index}", triggers=ON_CHANGE, steps=steps)
