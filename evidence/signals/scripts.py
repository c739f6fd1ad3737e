"""Commands of the system's own shell scripts, Makefiles and Dockerfiles, whoever starts them."""

import re
from collections.abc import Iterator

from evidence.signals.builds import all_recipes
from evidence.signals.commands import Command, commands_in, dvc_recipes
from evidence.signals.containers import dockerfiles
from evidence.signals.documents import at, mapping, word, words
from evidence.signals.integration import job_commands
from evidence.signals.repository import Repository

CONTAINER_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT"})


def all_commands(repo: Repository) -> Iterator[Command]:
    """Commands of continuous integration and of scripts."""
    for _, found in job_commands(repo):
        yield from found
    yield from script_commands(repo)


def script_commands(repo: Repository) -> tuple[Command, ...]:
    """Every command, parsed once."""
    return repo.remember("script commands", lambda: tuple(_commands(repo)))


def _commands(repo: Repository) -> Iterator[Command]:
    for path in repo.paths(r"\.(sh|bash)$"):
        yield from commands_in(repo, repo.text(path), path=path)
    for path in repo.paths(r"(^|/)(GNUm|m)akefile$"):
        for file, line, text in all_recipes(repo, path):
            yield from commands_in(repo, text, path=file, line=line, folder=path.rpartition("/")[0])
    for path in repo.paths(r"(^|/)dvc\.yaml$"):
        for file, line, text in dvc_recipes(repo, folder=path.rpartition("/")[0]):
            yield from commands_in(repo, text, path=file, line=line, folder=path.rpartition("/")[0])
    for path, found in dockerfiles(repo):
        for each in found:
            if each.name in CONTAINER_COMMANDS:
                yield from commands_in(repo, command_text(each.value), path=path, line=each.line)
    yield from _compose_commands(repo)


def command_text(value: str) -> str:
    """A container's command as shell text, from the list form too."""
    text = re.sub(r"^(--\S+\s+)+", "", value)
    listed = re.findall(r'"((?:[^"\\]|\\.)*)"', text) if text.startswith("[") else []
    return " ".join(part if " " not in part else f"'{part}'" for part in listed) or text


def _compose_commands(repo: Repository) -> Iterator[Command]:
    for path in repo.paths(r"(^|/)(docker-)?compose([._-][\w.-]+)?\.ya?ml$"):
        for document in repo.yaml(path)[:1]:
            for service in mapping(at(document, "services")).values():
                command = at(service, "command")
                text = " ".join(words(command)) if isinstance(command, list) else word(command)
                if text:
                    line = repo.line_of(path, re.escape(text.split()[0]))
                    yield from commands_in(repo, text, path=path, line=line)
