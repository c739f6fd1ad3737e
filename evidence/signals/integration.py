"""All jobs of a repository's continuous integration, with the commands they run."""

from collections.abc import Callable, Iterator
from types import ModuleType

from core.registry import scan
from evidence.signals import ci
from evidence.signals.commands import Command, commands_of, python_target
from evidence.signals.jobs import Job
from evidence.signals.python_code import Call, CodeError, Module
from evidence.signals.reach import reachable_calls
from evidence.signals.repository import Repository

Jobs = Callable[[Repository], Iterator[Job]]


def jobs(repo: Repository) -> tuple[Job, ...]:
    """The jobs of every system, those that nothing starts left out."""

    def find() -> tuple[Job, ...]:
        systems = scan(ci, _jobs_of_module).values()
        return tuple(job for system in systems for job in system(repo) if job.triggers)

    return repo.remember("jobs", find)


def job_commands(repo: Repository) -> tuple[tuple[Job, tuple[Command, ...]], ...]:
    """Every job with its commands, followed into scripts and build files."""
    return repo.remember(
        "commands", lambda: tuple((job, tuple(commands_of(repo, job))) for job in jobs(repo))
    )


def python_calls(repo: Repository, command: Command) -> Iterator[tuple[Module, Call]]:
    """Calls that a Python command may reach: a file, a module, or code given by `-c`."""
    target = python_target(repo, command.argv, folder=command.folder)
    module = repo.module(target) if target else _inline(command)
    if module:
        yield from reachable_calls(repo, module)


def _inline(command: Command) -> Module | None:
    if not command.name.startswith("python") or "-c" not in command.argv[:-1]:
        return None
    try:
        return Module(command.path, command.argv[command.argv.index("-c") + 1])
    except CodeError:
        return None


def _jobs_of_module(module: ModuleType) -> Jobs | None:
    found: Jobs | None = getattr(module, "jobs", None)
    return found
