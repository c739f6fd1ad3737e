"""Reading CI: which changes touch what, and which checks and jobs do which work.

What a check or job does is known, strongest first, by the repository's own file (its signals say
that the workflow's file runs tests, and the whole workflow succeeded), by a team's mapping, or by
its name. Pure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from maturity.facts import CheckRun, Job, PullRequest, Repository, SystemFacts, WorkflowRun
from maturity.finding import Strength

PASSING = frozenset({"success", "neutral", "skipped"})
OTHER_SYSTEMS = {
    "jenkinsfile": "jenkins",
    ".circleci/": "circleci",
    ".travis.yml": "travis",
    "azure-pipelines": "azure",
    ".gitlab-ci": "gitlab",
    ".buildkite/": "buildkite",
    "cloudbuild": "cloud build",
    "bitbucket-pipelines": "bitbucket",
    ".drone.yml": "drone",
}
"""Files that steer another CI system, and the word by which its commit statuses name it."""


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work in CI: the signal that names the files doing it, and the words of its names."""

    signal: str
    words: re.Pattern[str]


def _words(*stems: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])({'|'.join(stems)})(?![a-z])", re.IGNORECASE)


TESTING = Work(
    "ci_runs_tests", _words("(unit|integration|py)?-?tests?", "unit", "e2e", "unittests?", "tox", "nox")
)
BUILDING = Work("ci_builds_images", _words("build(s|ing)?", "images?", "docker", "containers?", "kaniko"))
DELIVERING = Work(
    "ci_compiles_or_deploys_pipeline",
    _words("upload(s|ing)?", "publish", "deploy(s|ment)?", "release", "compile", "register", "submit", "kfp"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A check or job that does the work, and how strongly that is known."""

    name: str
    strength: Strength
    ended_well: bool


def merged(facts: SystemFacts, window: timedelta) -> list[PullRequest]:
    """Changes merged in the window."""
    return [change for change in facts.pull_requests if facts.within(change.merged_at, window)]


def repository_of(facts: SystemFacts, uid: str) -> Repository | None:
    """The repository of that canonical name, if Git shows it."""
    return next((each for each in facts.repositories if each.ref.uid == uid), None)


def files_of(repository: Repository | None, signals: Iterable[str]) -> frozenset[str]:
    """The files that prove these signals at the repository's head."""
    found = (repository.signals or {}) if repository else {}
    return frozenset(path for name in signals if name in found for path in found[name].paths)


def touches(
    change: PullRequest, files: frozenset[str], *, also: re.Pattern[str] | None = None
) -> bool | None:
    """Does the change touch one of the files, or another file of their folders, or one named like `also`?

    Files at the top of a repository stand for themselves alone. None: its paths are not all known.
    """
    folders = tuple(f"{path.rpartition('/')[0]}/" for path in files if "/" in path)
    for path in change.paths or ():
        if path in files or path.startswith(folders) or (also is not None and also.search(path)):
            return True
    return None if change.paths is None or change.paths_cut else False


def checks_for(work: Work, change: PullRequest, facts: SystemFacts, *, probe: str) -> list[Known]:
    """The checks of a change that did the work; a workflow counts when all its checks ended well."""
    files = files_of(repository_of(facts, change.repository), [work.signal])
    found = []
    for check in change.checks or ():
        if _is_filed(check, files) and _whole_workflow(check, change.checks or ()):
            found.append(Known(check.name, Strength.VERIFIED, check.succeeded))
        elif _is_named(work, check.name, facts, probe=probe):
            found.append(Known(check.name, Strength.OBSERVED, check.succeeded))
    return found


def jobs_for(work: Work, run: WorkflowRun, facts: SystemFacts, *, probe: str) -> list[Job]:
    """The jobs of a run that did the work; all of them where only its file is known to do it."""
    jobs = run.jobs or ()
    named = [job for job in jobs if _is_named(work, job.name, facts, probe=probe)]
    files = files_of(repository_of(facts, run.repository), [work.signal])
    return named or (list(jobs) if run.path in files and run.succeeded else [])


def runs_at(facts: SystemFacts, commit: str) -> list[WorkflowRun]:
    """The workflow runs at a commit."""
    return [run for run in facts.workflow_runs if commit and run.head == commit]


def is_before_history(facts: SystemFacts, moment: datetime | None) -> bool:
    """True where CI's runs of that moment were not read: they are older than what is kept."""
    since = [branch.history_from for branch in facts.branches if branch.history_from]
    return not since or moment is None or moment < max(since)


def _is_filed(check: CheckRun, files: frozenset[str]) -> bool:
    if check.path:
        return check.path in files
    systems = {word for path in files for part, word in OTHER_SYSTEMS.items() if part in path.lower()}
    return any(word in check.name.lower() for word in systems)


def _whole_workflow(check: CheckRun, checks: Iterable[CheckRun]) -> bool:
    """Where a file holds several jobs, which of them tests is not known: all must have ended well."""
    return all(each.conclusion in PASSING for each in checks if check.path and each.path == check.path)


def _is_named(work: Work, name: str, facts: SystemFacts, *, probe: str) -> bool:
    mapped = (m for m in facts.means if m.probe == probe and m.kind in {"check", "job"})
    return bool(work.words.search(name)) or any(each.covers(name) for each in mapped)
