"""Dockerfiles read as instructions, by stage."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from evidence.signals.builds import join
from evidence.signals.repository import Repository
from evidence.signals.shell import Argv

DOCKERFILE = r"(^|/)(([^/]+[._-])?(dockerfile|containerfile)|(dockerfile|containerfile)[._-][^/]+)$"


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    value: str
    line: int
    stage: str


def instructions(text: str) -> tuple[Instruction, ...]:
    """Instructions in order, continuation lines joined, comments and here-documents left out."""
    found: list[Instruction] = []
    stage, lines, index = "", text.replace("\r", "").split("\n"), 0
    while index < len(lines):
        start, line = index, lines[index].strip()
        while line.endswith("\\") and index + 1 < len(lines):
            index += 1
            following = lines[index].strip()
            line = line if following.startswith("#") else f"{line[:-1].rstrip()} {following}"
        index += 1
        match = re.match(r"^([A-Za-z]+)\s+(.*)$", line)
        if not match or line.startswith("#"):
            continue
        name, value = match[1].upper(), match[2].strip()
        heredoc = re.search(r"<<-?['\"]?(\w+)['\"]?", value) if name in {"RUN", "COPY"} else None
        if heredoc:
            body, index = _until(lines, index, heredoc[1])
            value = body if name == "RUN" else value
        if name == "FROM":
            alias = re.search(r"\s+as\s+(\S+)$", value, re.IGNORECASE)
            stage = alias[1] if alias else value
        found.append(Instruction(name=name, value=value, line=start + 1, stage=stage))
    return tuple(found)


def _until(lines: list[str], index: int, end: str) -> tuple[str, int]:
    body = []
    while index < len(lines) and lines[index].strip() != end:
        body.append(lines[index])
        index += 1
    return "\n".join(body), index + 1


def dockerfiles(repo: Repository) -> Iterator[tuple[str, tuple[Instruction, ...]]]:
    """The system's own Dockerfiles; one for a development container is not of the system."""
    for path in repo.paths(DOCKERFILE):
        if ".devcontainer/" not in path and not path.endswith(
            (".dockerignore", ".md", ".py", ".sh", ".yml", ".yaml")
        ):
            yield path, instructions(repo.text(path))


def built_by(repo: Repository, argv: Argv, *, folder: str) -> tuple[str, tuple[Instruction, ...]]:
    """The Dockerfile of a `docker build` and the instructions of the stage it makes."""
    rest = argv[argv.index("build") + 1 :] if "build" in argv else ()
    options = dict(pairwise(rest))
    options |= dict(word.split("=", 1) for word in rest if word.startswith("--") and "=" in word)
    context = next((word for word in reversed(rest) if not word.startswith("-")), "")
    named = options.get("-f") or options.get("--file")
    candidates = [named] if named else [f"{context}/Dockerfile", f"{context}/Containerfile"]
    path = next((p for name in candidates if (p := join(folder, name)) in repo.texts), "")
    found = instructions(repo.text(path))
    stage = options.get("--target") or (found[-1].stage if found else "")
    return path, tuple(each for each in found if each.stage == stage)
