"""The system's own container image."""

from collections.abc import Iterator

from evidence.signals.containers import Instruction, dockerfiles
from evidence.signals.documents import at, mapping, word
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

DOING = frozenset({"COPY", "ADD", "RUN", "CMD", "ENTRYPOINT"})
"""Without one of these an image is only another name for its base."""
COMPOSE = r"(^|/)(docker-)?compose([._-][\w.-]+)?\.ya?ml$"


def container_image(repo: Repository) -> Iterator[Proof]:
    """A Dockerfile with a base and something put on it, or an equal description of an image.

    Refused: an empty file, a bare FROM, a development container, a Dockerfile of an example or test.
    """
    for path, found in dockerfiles(repo):
        base = next((each for each in found if each.name == "FROM"), None)
        doing = next((each for each in found if each.name in DOING), None)
        if base and doing:
            yield Proof(path=path, line=base.line, why=f"builds on {_base(base)}")
    for path in repo.paths(COMPOSE):
        for document in repo.yaml(path)[:1]:
            for service in mapping(at(document, "services")).values():
                if "FROM" in word(at(service, "build", "dockerfile_inline")):
                    yield Proof(
                        path=path, line=repo.line_of(path, "dockerfile_inline"), why="builds an inline image"
                    )
    for path in repo.paths(r"(^|/)cog\.ya?ml$"):
        if any(at(document, "build") and at(document, "predict") for document in repo.yaml(path)):
            yield Proof(path=path, line=repo.line_of(path, "^build"), why="Cog builds an image from this")
    for path in repo.paths(r"\.def$|(^|/)(singularity|apptainer)[^/]*$"):
        line = repo.line_of(path, r"(?i)^bootstrap:\s*\S+")
        if "%post" in repo.text(path) and "ootstrap" in repo.text(path):
            yield Proof(path=path, line=line, why="Apptainer builds an image from this")


def _base(instruction: Instruction) -> str:
    return instruction.value.split()[-1 if instruction.value.startswith("--") else 0]


DETECTORS = {SignalName.CONTAINER_IMAGE: container_image}
