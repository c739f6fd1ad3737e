"""How a model version is made again: exact commands, and what is missing for them. Pure.

Everything a source said is quoted for a POSIX shell before it becomes part of a command.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lineage.origin import Origin, Thing


class Part(StrEnum):
    """What is needed to make a model again, in the order in which it is needed."""

    CODE = "code"
    DATA = "data"
    ENVIRONMENT = "environment"
    TRAINING = "training"


class Lack(StrEnum):
    """Why a part cannot be repeated exactly."""

    COMMIT = "commit"  # no commit is known
    REPOSITORY = "repository"  # the commit is known, but no connected repository holds it
    DIRTY = "dirty"  # uncommitted changes were there, and nobody kept them
    DATASET = "dataset"  # no dataset is known
    DATA_VERSION = "data_version"  # an address and a digest, but no version that can be read again
    DATA_ADDRESS = "data_address"  # a name and a digest only
    REQUIREMENTS = "requirements"  # no list of packages was read
    LOOSE = "loose"  # packages without an exact version
    ENTRY = "entry"  # neither a pipeline nor a program is known
    RUN = "run"  # no run is known


@dataclass(frozen=True, slots=True)
class Step:
    """One part: commands line by line, and what they cannot promise."""

    part: Part
    commands: tuple[str, ...]
    lacks: tuple[Lack, ...] = ()
    subject: str = ""


def reproduction(origin: Origin) -> tuple[Step, ...]:
    """The steps that make the version again; a part without commands is not known at all."""
    return (_code(origin), *_data(origin), _environment(origin), _training(origin))


def is_exact(steps: tuple[Step, ...]) -> bool:
    """True when nothing is missing."""
    return not any(step.lacks for step in steps)


def _code(origin: Origin) -> Step:
    commit, repository = origin.commit, origin.repository
    if commit is None:
        return Step(Part.CODE, (), (Lack.COMMIT,))
    sha = str(commit.attrs.get("sha") or commit.label)
    url = str(repository.attrs.get("url") or repository.url) if repository else ""
    lacks = [Lack.REPOSITORY] * (not url)
    lacks += [Lack.DIRTY] * bool(origin.run and origin.run.attrs.get("git_dirty"))
    clone = [f"git clone -- {shlex.quote(url)} code", "cd code"] if url else []
    return Step(Part.CODE, (*clone, f"git checkout --detach {shlex.quote(sha)}"), tuple(lacks))


def _data(origin: Origin) -> Iterator[Step]:
    if not origin.datasets:
        yield Step(Part.DATA, (), (Lack.DATASET,))
    for dataset in origin.datasets:
        yield _dataset(dataset)


def _dataset(dataset: Thing) -> Step:
    address, digest = str(dataset.attrs.get("source") or ""), str(dataset.attrs.get("digest") or "")
    kind, _, version = str(dataset.attrs.get("version") or "").partition(":")
    note = f"# {dataset.attrs.get('name') or dataset.label}: digest {digest}" if digest else ""
    commands, lacks = _fetch(address, kind=kind, version=version)
    return Step(
        Part.DATA, tuple(line for line in (_one_line(note), *commands) if line), lacks, subject=dataset.label
    )


def _fetch(address: str, *, kind: str, version: str) -> tuple[tuple[str, ...], tuple[Lack, ...]]:
    """The command that reads exactly this version, or the address and what is missing."""
    if not address:
        return (), (Lack.DATA_ADDRESS,)
    if kind == "delta" and version:
        code = f"from deltalake import DeltaTable; DeltaTable({address!r}, version={version}).to_pandas()"
        return (f"python -c {shlex.quote(code)}",), ()
    if kind == "revision" and version:
        return (
            f"hf download {shlex.quote(address)} --repo-type dataset --revision {shlex.quote(version)}",
        ), ()
    if kind == "object" and version and address.startswith("s3://"):
        bucket, _, key = address.removeprefix("s3://").partition("?")[0].partition("/")
        where = f"--bucket {shlex.quote(bucket)} --key {shlex.quote(key)}"
        name = shlex.quote(key.rsplit("/", 1)[-1] or "data")
        return (f"aws s3api get-object {where} --version-id {shlex.quote(version)} {name}",), ()
    if kind == "lakefs" and version:
        return (f"lakectl fs download {shlex.quote(address)} .",), ()
    return (f"# {_one_line(address)}",), (Lack.DATA_VERSION,)


def _environment(origin: Origin) -> Step:
    lines = origin.version.attrs.get("requirements")
    if not isinstance(lines, list) or not lines:
        return Step(Part.ENVIRONMENT, (), (Lack.REQUIREMENTS,))
    quoted = " ".join(shlex.quote(str(line)) for line in lines)
    loose = any("==" not in str(line) and "@" not in str(line) for line in lines)
    commands = ("python -m venv .venv && . .venv/bin/activate", f"pip install {quoted}")
    return Step(Part.ENVIRONMENT, commands, (Lack.LOOSE,) if loose else ())


def _training(origin: Origin) -> Step:
    pipeline = _pipeline(origin)
    if pipeline:
        return Step(Part.TRAINING, (pipeline,))
    if origin.run is None:
        return Step(Part.TRAINING, (), (Lack.RUN,))
    params = origin.run.attrs.get("params")
    told = (
        [f"# {_one_line(f'{key} = {value}')}" for key, value in sorted(params.items())]
        if isinstance(params, dict)
        else []
    )
    source = str(origin.run.attrs.get("source_name") or "")
    if source.endswith(".py") and not source.startswith("/"):
        return Step(Part.TRAINING, (f"python {shlex.quote(source)}", *told))
    started = [f"# {_one_line(source)}"] if source else []
    return Step(Part.TRAINING, (*started, *told), (Lack.ENTRY,))


def _pipeline(origin: Origin) -> str:
    """The run of the same pipeline version with the same parameters, through the KFP command line."""
    run, version = origin.pipeline_run, origin.pipeline_version
    if run is None or version is None or not version.attrs.get("pipeline_version_id"):
        return ""
    parameters = run.attrs.get("parameters")
    given = (
        [f"{key}={value}" for key, value in sorted(parameters.items())]
        if isinstance(parameters, dict)
        else []
    )
    options = {
        "--experiment-name": str(run.attrs.get("experiment") or "Default"),
        "--run-name": f"again {run.label}",
        "--pipeline-id": str(version.attrs.get("pipeline_id") or ""),
        "--version": str(version.attrs["pipeline_version_id"]),
    }
    words = [f"{name} {shlex.quote(value)}" for name, value in options.items() if value]
    return " ".join(["kfp run create", *words, *map(shlex.quote, given)])


def _one_line(text: str) -> str:
    """A comment must not become a second line, which would be a command."""
    return " ".join(text.split())
