"""Test sessions that commands lead into: the environments of tox and the sessions of nox."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.signals.builds import Recipe, join
from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.python_code import Module, text_of
from evidence.signals.repository import Repository
from evidence.signals.shell import Argv


@dataclass(frozen=True, slots=True)
class Environment:
    """A tox environment (the base one has no name) with its commands."""

    name: str
    recipe: Recipe


def tox(repo: Repository, argv: Argv, *, folder: str) -> list[Recipe] | None:
    """The commands of the environments that `tox …` runs; None when tox is not configured."""
    known = list(_tox_environments(repo, folder))
    if not known:
        return None
    names = {environment.name for environment in known}
    asked = _asked(argv) or _env_list(repo, folder) or {""}
    wanted = {name if name in names else "" for name in asked}
    return [environment.recipe for environment in known if environment.name in wanted]


def _asked(argv: Argv) -> set[str]:
    """Environments named by `-e a,b`, `-ea` or the command `run -e a`."""
    found: set[str] = set()
    for index, word_ in enumerate(argv):
        if word_ in {"-e", "--env"} and index + 1 < len(argv):
            found.update(argv[index + 1].split(","))
        elif word_.startswith("-e") and len(word_) > 2:
            found.update(word_[2:].split(","))
    return found


TOX_SECTION = re.compile(r"(?ms)^\[testenv(?::([^\]]+))?\]\s*$(.*?)(?=^\[|\Z)")
TOX_COMMANDS = re.compile(r"(?m)^commands\s*=[ \t]*(.*(?:\n(?:[ \t]+.*|[ \t]*#.*|[ \t]*)$)*)")


def _tox_environments(repo: Repository, folder: str) -> Iterator[Environment]:
    for path, text in _tox_texts(repo, folder):
        for section in TOX_SECTION.finditer(text):
            commands = TOX_COMMANDS.search(section[2])
            if commands:
                script = re.sub(r"(?m)^\s*[\w{},-]+:\s(?=\S)", "", commands[1])
                line = text.count("\n", 0, section.start(2) + commands.start(1)) + 1
                script = re.sub(r"\{posargs:?([^}]*)\}", r"\1", script)
                yield Environment(name=(section[1] or "").strip(), recipe=(path, line, script))
    path = join(folder, "tox.toml")
    for source, table in ((path, repo.toml(path)), (join(folder, "pyproject.toml"), _toml_tox(repo, folder))):
        for name, body in [("", at(table, "env_run_base")), *mapping(at(table, "env")).items()]:
            text = "\n".join(" ".join(words(command)) for command in items(at(body, "commands")))
            if text:
                yield Environment(name=word(name), recipe=(source, repo.line_of(source, "commands"), text))


def _toml_tox(repo: Repository, folder: str) -> object:
    return at(repo.toml(join(folder, "pyproject.toml")), "tool", "tox")


def _tox_texts(repo: Repository, folder: str) -> Iterator[tuple[str, str]]:
    for name in ("tox.ini", "setup.cfg"):
        yield join(folder, name), re.sub(r"(?m)^\[tox:testenv", "[testenv", repo.text(join(folder, name)))
    legacy = word(at(_toml_tox(repo, folder), "legacy_tox_ini"))
    yield join(folder, "pyproject.toml"), legacy


def _env_list(repo: Repository, folder: str) -> set[str]:
    text = "\n".join(text for _, text in _tox_texts(repo, folder))
    found = re.search(r"(?m)^env_?list\s*=\s*((?:.*\n?)(?:[ \t]+.*\n?)*)", text)
    return {name for name in re.split(r"[\s,{}]+", found[1]) if name} if found else set()


NOX_SESSION = re.compile(r"nox\.session")


def nox(repo: Repository, argv: Argv, *, folder: str) -> list[Recipe] | None:
    """What the sessions of noxfile.py run; None when there is no noxfile."""
    path = join(folder, "noxfile.py")
    module = repo.module(path)
    if module is None:
        return None
    wanted = {
        argv[i + 1].split("(")[0] for i, w in enumerate(argv[:-1]) if w in {"-s", "--session", "--sessions"}
    }
    every = "VALUE" in wanted or not wanted  # a session named by a matrix may be any
    return [(path, line, text) for name, line, text in _sessions(module) if every or name in wanted]


def _sessions(module: Module) -> Iterator[tuple[str, int, str]]:
    sessions = {f.node.name for f in module.functions if f.marked(NOX_SESSION)}
    for call in module.calls:
        method = getattr(call.node.func, "attr", "")
        if call.owner in sessions and method in {"run", "run_always"}:
            yield call.owner, call.line, " ".join(text_of(arg) or "ARG" for arg in call.node.args)
