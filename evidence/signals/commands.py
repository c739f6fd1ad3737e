"""The commands that a job really runs, followed through build files and scripts of the repository."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from evidence.signals import builds, sessions
from evidence.signals.builds import Recipe, join
from evidence.signals.documents import at, mapping, word, words
from evidence.signals.jobs import Job, Step
from evidence.signals.python_code import Module, text_of
from evidence.signals.repository import Repository
from evidence.signals.results import Proof
from evidence.signals.shell import SHELLS, Argv, commands

MOST_NESTING = 6
PYTHON = re.compile(r"(\$?\{?python\w*\}?|python[\d.]*|pypy[\d.]*|py|\$\(PYTHON\)|VALUE)$", re.IGNORECASE)
SCRIPT_SETTINGS = ("command", "run", "script", "runCmd", "cmd", "commands")
"""Settings by which ready-made actions (retry, xvfb, development containers) take shell text."""
SUBPROCESS = re.compile(
    r"(subprocess\.(run|call|check_call|check_output|Popen)|os\.system|sh\.\w+|invoke\..*)"
)


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command; `path` and `line` say where it stands, `origin` and `origin_line` which line
    of the job's file led to it."""

    argv: Argv
    path: str
    line: int
    folder: str
    origin: str
    origin_line: int

    @property
    def name(self) -> str:
        """The program without its folder."""
        return self.argv[0].rsplit("/", 1)[-1]

    def proofs(self, why: str) -> Iterator[Proof]:
        """The line itself and, where it stands in a script, the line of the job that leads there."""
        yield Proof(path=self.path, line=self.line, why=why)
        if self.path != self.origin:
            yield Proof(path=self.origin, line=self.origin_line, why=f"leads to {self.path}: {why}")

    @property
    def text(self) -> str:
        return " ".join(self.argv)


def commands_of(repo: Repository, job: Job) -> Iterator[Command]:
    """Every command of the job's steps and of what they call, in order."""
    follower = Follower(repo, origin=job.path)
    folder = ""
    for step in job.steps:
        yield from follower.step(step, folder=step.folder or folder)


def commands_in(
    repo: Repository, text: str, *, path: str, line: int = 1, folder: str = ""
) -> Iterator[Command]:
    """The commands of a piece of shell text that stands in `path` from `line` on."""
    return Follower(repo, origin=path).script(text, path=path, line=line, folder=folder, nesting=0)


class Follower:
    """Follows commands of one origin; no text is read twice, so loops end."""

    def __init__(self, repo: Repository, *, origin: str) -> None:
        self.repo = repo
        self.origin = origin
        self.origin_line = 1
        self.seen: set[tuple[str, int, str]] = set()

    def step(self, step: Step, *, folder: str) -> Iterator[Command]:
        given = "\n".join(
            step.settings[key] for key in SCRIPT_SETTINGS if step.uses and step.settings.get(key)
        )
        if given and not step.run:
            yield from self.script(given, path=step.path, line=step.line, folder=folder, nesting=0)
        if step.run:
            offset = 0 if step.run.strip().count("\n") == 0 else _blank_lines(step.run)
            yield from self.script(
                step.run, path=step.path, line=step.line - offset, folder=folder, nesting=0
            )

    def script(self, text: str, *, path: str, line: int, folder: str, nesting: int) -> Iterator[Command]:
        if nesting > MOST_NESTING or (path, line, text) in self.seen:
            return
        self.seen.add((path, line, text))
        for found in commands(text):
            if found.argv[0] in {"cd", "pushd"} and len(found.argv) > 1:
                folder = _moved(folder, found.argv[1])
                continue
            number = max(1, line + found.line - 1)
            if nesting == 0:
                self.origin_line = number
            command = Command(
                argv=found.argv,
                path=path,
                line=number,
                folder=folder,
                origin=self.origin,
                origin_line=self.origin_line,
            )
            yield command
            yield from self.follow(command, nesting=nesting + 1)

    def follow(self, command: Command, *, nesting: int) -> Iterator[Command]:
        for path, line, text in self._recipes(command):
            folder = command.folder if path.endswith((".sh", ".bash")) else path.rpartition("/")[0]
            yield from self.script(text, path=path, line=line, folder=folder, nesting=nesting)

    def _recipes(self, command: Command) -> list[Recipe]:
        repo, argv, folder = self.repo, command.argv, command.folder
        name = command.name
        tool = {
            "make": partial(builds.make, repo, argv, folder=folder),
            "gmake": partial(builds.make, repo, argv, folder=folder),
            "just": partial(builds.just, repo, argv, folder=folder),
            "task": partial(builds.taskfile, repo, argv, folder=folder),
            "go-task": partial(builds.taskfile, repo, argv, folder=folder),
        }.get(name)
        found = list(tool()) if tool else []
        if found:
            return found
        if name in {"tox", "nox"} or is_python_module(argv, "tox", "nox"):
            session = sessions.nox if "nox" in (name, *argv[2:3]) else sessions.tox
            return session(repo, argv, folder=folder) or []
        if name in {"invoke", "inv"}:
            return _tasks(repo.module(join(folder, "tasks.py")), argv)
        if name in {"npm", "yarn", "pnpm", "bun"}:
            script = next(
                (w for w in argv[1:] if w not in {"run", "run-script"} and not w.startswith("-")), ""
            )
            return list(builds.package_script(repo, script, folder=folder))
        if name in {"docker", "docker-compose", "podman"}:
            return list(_compose(repo, argv, folder=folder))
        return self._script_recipes(command)

    def _script_recipes(self, command: Command) -> list[Recipe]:
        repo, argv, folder = self.repo, command.argv, command.folder
        shell = shell_target(repo, argv, folder=folder)
        if shell:
            return [(shell, 1, repo.text(shell))]
        if command.name in {"hatch", "pdm", "poe", "pixi", "rye", "task", "taskipy"}:
            rest = [w for w in argv[1:] if w != "run" and not w.startswith("-")]
            found = list(builds.scripts(repo, rest[0], folder=folder)) if rest else []
            return found or ([(command.path, command.line, " ".join(rest))] if "run" in argv[1:3] else [])
        if command.name == "dvc" and argv[1:2] in {("repro",), ("exp",)}:
            return list(dvc_recipes(repo, folder=folder, asked=argv[2:]))
        target = python_target(repo, argv, folder=folder)
        return _subprocesses(repo.module(target)) if target else []


def _blank_lines(text: str) -> int:
    """Empty lines before the first line of a step's text: its line was looked up by that first line."""
    return len(text) - len(text.lstrip("\n"))


def _moved(folder: str, to: str) -> str:
    if to.startswith(("/", "~")) or "$" in to or to == "VALUE":
        return ""
    return "" if to == "-" else join(folder, to)


def is_python_module(argv: Argv, *names: str) -> bool:
    """`python -m NAME …`"""
    return (
        len(argv) > 2
        and bool(PYTHON.match(argv[0].rsplit("/", 1)[-1]))
        and argv[1] == "-m"
        and argv[2] in names
    )


def python_target(repo: Repository, argv: Argv, *, folder: str) -> str | None:
    """The file of the repository that `python x.py`, `python -m a.b` or `./x.py` runs."""
    if argv[0].endswith(".py"):
        return _existing(repo, argv[0], folder)
    if not PYTHON.match(argv[0].rsplit("/", 1)[-1]):
        entry = repo.find_module(repo.entry_points.get(argv[0], ""))
        return entry[0] if entry else None
    if argv[1:2] == ("-m",) and len(argv) > 2:
        found = repo.find_module(argv[2])
        package = repo.find_module(f"{argv[2]}.__main__")
        return package[0] if package and not package[1] else found[0] if found and not found[1] else None
    script = next((w for w in argv[1:] if not w.startswith("-")), "")
    return _existing(repo, script, folder) if script.endswith(".py") else None


def _existing(repo: Repository, name: str, folder: str) -> str | None:
    """`name` below the working folder; below the repository's root if the folder is a guess."""
    return next((path for path in (join(folder, name), join("", name)) if path in repo.texts), None)


def shell_target(repo: Repository, argv: Argv, *, folder: str) -> str | None:
    """The shell script of the repository that a command runs."""
    if argv[0] in {".", "source"} or argv[0].rsplit("/", 1)[-1] in SHELLS:
        name = next((w for w in argv[1:] if not w.startswith("-") and w != "pipefail"), "")
    else:
        name = argv[0] if "/" in argv[0] or argv[0].endswith(".sh") else ""
    if not name or name.endswith(".py"):
        return None
    return _existing(repo, re.sub(r"^\$\{?\w+\}?/", "", name), folder)


def _compose(repo: Repository, argv: Argv, *, folder: str) -> Iterator[Recipe]:
    """`docker compose run SERVICE …` runs the words after the service, or else the service's command."""
    rest = [w for w in argv[1:] if w != "compose"]
    if ("run" not in rest and "up" not in rest) or argv[0] == "podman":
        return
    verb = "run" if "run" in rest else "up"
    after = [w for w in rest[rest.index(verb) + 1 :] if not w.startswith("-") and "=" not in w]
    named = next((rest[i + 1] for i, w in enumerate(rest[:-1]) if w in {"-f", "--file"}), "")
    names = [named] if named else ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"]
    for path in (join(folder, name) for name in names):
        services = mapping(at(next(iter(repo.yaml(path)), None), "services"))
        if verb == "run" and len(after) > 1:
            yield path, 1, " ".join(after[1:])
            return
        chosen = after[:1] if verb == "run" else after or [word(name) for name in services]
        for service in chosen:
            command = at(services.get(service), "command")
            text = " ".join(words(command)) if isinstance(command, list) else word(command)
            if text:
                yield path, repo.line_of(path, re.escape(text[:40])), text


def dvc_recipes(repo: Repository, *, folder: str, asked: Argv = ()) -> Iterator[Recipe]:
    """The commands of the stages in dvc.yaml, all or the asked ones."""
    path = join(folder, "dvc.yaml")
    stages = mapping(at(next(iter(repo.yaml(path)), None), "stages"))
    named = [name for name in asked if name in stages]
    for name, stage in stages.items():
        if not named or name in named:
            for text in words(at(stage, "cmd") or at(stage, "do", "cmd")):
                yield path, repo.line_of(path, re.escape(text.strip().splitlines()[0])), text


def _tasks(module: Module | None, argv: Argv) -> list[Recipe]:
    """Commands that the named tasks of Invoke run."""
    asked = {word_.replace("-", "_") for word_ in argv[1:]}
    calls = [call for call in module.calls if call.owner in asked] if module else []
    texts = [
        (call, text_of(call.argument("command", 0)))
        for call in calls
        if getattr(call.node.func, "attr", "") == "run"
    ]
    return [(module.path, call.line, text) for call, text in texts if text and module]


def _subprocesses(module: Module | None) -> list[Recipe]:
    """Commands that a Python script starts with literal words."""
    found: list[Recipe] = []
    for call in module.calls_to(SUBPROCESS) if module else ():
        first = call.node.args[0] if call.node.args else None
        parts = [text_of(part) or "VALUE" for part in getattr(first, "elts", [])]
        text = " ".join(parts) if parts else text_of(first)
        if text and module:
            found.append((module.path, call.line, text.replace("VALUE -m", "python -m")))
    return found
