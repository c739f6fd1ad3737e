"""Does what the CI workflows of the sample repositories say, as far as this machine can.

The tests of every pull request are run at its last commit; a job that needs a container builder, a
cluster's tools or the like is told as skipped. The stand-in for GitHub shows what is written here.
"""

import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from django.utils.text import slugify

from samples import programs
from samples.github_standin.repository import Repository
from samples.histories import BRANCH, git
from samples.workspace import SYSTEMS, Workspace

WORKFLOWS = ".github/workflows"
NEEDS_MORE = {"test_contract.py": "it needs pandera, which is not installed here"}
"""Tests of fraud-score that cannot run here, and why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended; `conclusion` in GitHub's words."""

    conclusion: str
    began: datetime
    ended: datetime
    log: str


def publish(workspace: Workspace) -> None:
    """Let the stand-in for GitHub show the repositories."""
    for system in SYSTEMS:
        folder = _folder(workspace, system.slug)
        (folder / "runs").mkdir(parents=True, exist_ok=True)
        settings = {"owner": slugify(system.team), "protected": system.protected}
        (folder / "settings.json").write_text(json.dumps(settings))


def test_changes(workspace: Workspace) -> None:
    """Run the tests at the last commit of every pull request."""
    changes = {
        _copy(workspace, repository, pull.head): (repository.name, pull)
        for repository in (Repository(workspace.folder, system.slug) for system in SYSTEMS)
        for pull in repository.pulls()
        if not _file(workspace, repository.name, "ci.yml", pull.head).exists()
    }
    for folder, outcome in _tested(workspace, list(changes)).items():
        name, pull = changes[folder]
        branch, done = f"pull/{pull.number}/head", {"test": outcome}
        record(workspace, name, "ci.yml", head=pull.head, branch=branch, event="pull_request", done=done)


def _copy(workspace: Workspace, repository: Repository, commit: str) -> Path:
    """A copy of the repository's files at a commit."""
    at = workspace.folder / "ci" / f"{repository.name}-{commit[:12]}"
    at.mkdir(parents=True, exist_ok=True)
    archive = at.with_suffix(".tar")
    git("archive", f"--output={archive}", commit, at=repository.path)
    with tarfile.open(archive) as packed:
        packed.extractall(at, filter="data")
    archive.unlink()
    return at


def _tested(workspace: Workspace, folders: list[Path]) -> dict[Path, Outcome]:
    """How the tests of each folder ended."""
    if not folders:
        return {}
    without = [f"--without={name}" for name in NEEDS_MORE]
    said = programs.said(workspace, "-m", "samples.unit_tests", *without, *map(str, folders))
    return {Path(found["folder"]): _outcome(found) for found in map(json.loads, said.splitlines())}


def _outcome(found: Mapping[str, Any]) -> Outcome:
    tests = Path(found["folder"]) / "tests"
    left = [f"not run: tests/{name}, {why}" for name, why in NEEDS_MORE.items() if (tests / name).exists()]
    return Outcome(
        "success" if found["succeeded"] else "failure",
        datetime.fromisoformat(found["began"]),
        datetime.fromisoformat(found["ended"]),
        "\n".join(["$ python -m unittest discover -s tests", found["log"].strip(), *left]),
    )


def record(
    workspace: Workspace,
    name: str,
    workflow: str,
    *,
    head: str,
    branch: str = BRANCH,
    event: str = "push",
    done: Mapping[str, Outcome],
) -> None:
    """Write down a run of a workflow: the jobs of its file at the commit, skipped where not `done`."""
    path = f"{WORKFLOWS}/{workflow}"
    declared = yaml.safe_load(git("show", f"{head}:{path}", at=workspace.repository(name)))
    began = min(outcome.began for outcome in done.values())
    skipped = Outcome("skipped", began, began, "This machine cannot do it.")
    outcomes = {job: done.get(job, skipped) for job in declared["jobs"]}
    well = all(outcome.conclusion in {"success", "skipped"} for outcome in outcomes.values())
    run = {
        "name": declared["name"],
        "path": path,
        "event": event,
        "head": head,
        "branch": branch,
        "conclusion": "success" if well else "failure",
        "started_at": _stamp(began),
        "ended_at": _stamp(max(outcome.ended for outcome in outcomes.values())),
        "jobs": [_job(job, outcome) for job, outcome in outcomes.items()],
    }
    file = _file(workspace, name, workflow, head)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(run, indent=1))
    unfinished.rename(file)


def _job(name: str, outcome: Outcome) -> dict[str, str]:
    fields = asdict(outcome)
    began, ended = _stamp(fields.pop("began")), _stamp(fields.pop("ended"))
    return {"name": name, "started_at": began, "ended_at": ended, **fields}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _folder(workspace: Workspace, name: str) -> Path:
    return workspace.folder / "github" / name


def _file(workspace: Workspace, name: str, workflow: str, head: str) -> Path:
    return _folder(workspace, name) / "runs" / f"{head}-{workflow}.json"
