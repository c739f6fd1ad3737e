"""Facts of a code host and its CI, made by hand: everything reviewed, tested, built and uploaded."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from maturity.facts import (
    Branch,
    BuiltImage,
    CheckRun,
    Job,
    PipelineRun,
    PullRequest,
    Repository,
    Signal,
    WorkflowRun,
)
from tests.maturity.basics import DAY, NOW, SHA, ref

REPOSITORY = ref("repository", "growth/churn")
TEST_FILE, RELEASE_FILE = ".github/workflows/test.yml", ".github/workflows/release.yml"
UPLOADED = NOW - 20 * DAY
NUMBERS = (41, 42, 43, 44)


def sha(number: int) -> str:
    """A commit of its own for each change."""
    return f"{number:02x}" * 20


def repository(**changes: Any) -> Repository:
    made = Repository(
        ref=REPOSITORY,
        signals={
            "orchestrator": Signal(["kfp"], ("pipelines/train.py",)),
            "typed_components": Signal(True, ("pipelines/train.py",)),
            "pipeline_tests": Signal(True, ("tests/test_train.py",)),
            "ci_runs_tests": Signal(True, (TEST_FILE,)),
        },
        newest_commit_at=NOW - DAY,
    )
    return replace(made, **changes)


def check(name: str = "unit", **changes: Any) -> CheckRun:
    return replace(CheckRun(name, "success", workflow="quality", path=TEST_FILE), **changes)


def change(number: int = 41, **changes: Any) -> PullRequest:
    made = PullRequest(
        ref=ref("pull_request", f"#{number}"),
        repository=REPOSITORY.uid,
        number=number,
        author="kenta",
        merged_at=NOW - (number - 38) * DAY,
        head=sha(number + 100),
        merge_commit=sha(number),
        paths=("pipelines/train.py", "README.md"),
        approved_by=("mei",),
        checks=(check(), check("style")),
    )
    return replace(made, **changes)


def job(name: str = "build-image", **changes: Any) -> Job:
    return replace(
        Job(name, "success", started_at=UPLOADED - timedelta(minutes=9), ended_at=UPLOADED), **changes
    )


def workflow_run(head: str = SHA, **changes: Any) -> WorkflowRun:
    made = WorkflowRun(
        ref=ref("workflow_run", f"release {head[:6]}"),
        repository=REPOSITORY.uid,
        name="release",
        path=RELEASE_FILE,
        event="push",
        head=head,
        conclusion="success",
        started_at=UPLOADED - timedelta(minutes=10),
        ended_at=UPLOADED,
        jobs=(job(), job("upload-pipeline")),
    )
    return replace(made, **changes)


def image(**changes: Any) -> BuiltImage:
    made = BuiltImage(ref("image", "churn-train"), revisions=tuple(sha(number) for number in NUMBERS))
    return replace(made, **changes)


def branch(**changes: Any) -> Branch:
    made = Branch(
        ref=ref("branch", "main"),
        repository=REPOSITORY.uid,
        protected=True,
        approvals_required=1,
        history_from=NOW - 120 * DAY,
    )
    return replace(made, **changes)


def rehearsal(version_uid: str, **changes: Any) -> PipelineRun:
    made = PipelineRun(
        ref=ref("pipeline_run", "rehearsal"),
        state="SUCCEEDED",
        started_at=UPLOADED + timedelta(hours=1),
        ended_at=UPLOADED + timedelta(hours=2),
        version_uid=version_uid,
        experiment="churn-staging",
        schedule_id="schedule-1",
    )
    return replace(made, **changes)
