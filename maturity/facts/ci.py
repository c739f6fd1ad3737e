"""What the code host and its CI show: merged changes, checks, jobs, built images, protected branches."""

from dataclasses import dataclass
from datetime import datetime

from evidence.records import BlindReason
from maturity.facts.sources import Ref


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One check at the head of a change. `conclusion` is the host's word (success, failure, skipped…).

    `workflow` and `path` name the workflow and its file where the host says them. A commit status of
    another CI system is a check too; its name is the status' context.
    """

    name: str
    conclusion: str
    workflow: str = ""
    path: str = ""
    url: str = ""

    @property
    def succeeded(self) -> bool:
        return self.conclusion == "success"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A merged change. `repository` is the canonical name of its repository.

    `approved_by` are people other than the author whose last word before the merge was yes. None
    for `approved_by`, `checks` or `paths` means that it could not be read; `blind` says why.
    `paths_cut`, `checks_cut`: there are more of them than could be read.
    """

    ref: Ref
    repository: str
    number: int
    author: str
    merged_at: datetime | None
    head: str
    merge_commit: str = ""
    paths: tuple[str, ...] | None = ()
    paths_cut: bool = False
    approved_by: tuple[str, ...] | None = ()
    checks: tuple[CheckRun, ...] | None = ()
    checks_cut: bool = False
    blind: BlindReason = BlindReason.COLLECTOR_FAILED


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow run."""

    name: str
    conclusion: str
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def succeeded(self) -> bool:
        return self.conclusion == "success"


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run of a workflow that no pull request started. `jobs` is None where they were not read."""

    ref: Ref
    repository: str
    name: str
    path: str
    event: str
    head: str
    conclusion: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    jobs: tuple[Job, ...] | None = ()

    @property
    def succeeded(self) -> bool:
        return self.conclusion == "success"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """A container image in a registry; `revisions` are the full commits its tags or labels name."""

    ref: Ref
    revisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """The default branch of a repository. None means that the token may not see it.

    `history_from`: CI runs and merged changes that are older were not read.
    """

    ref: Ref
    repository: str
    protected: bool | None = None
    approvals_required: int | None = None
    history_from: datetime | None = None
