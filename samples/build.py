"""Builds the sample workspace, step by step.

A step that is done is not done again, and every step can be repeated: a build that was killed goes on
where it was, and a second build does nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.http import HttpError
from samples import ci, connections, data, histories, programs, rollout, servers, training, words
from samples.models import BuildStep, StepState
from samples.workspace import SYSTEMS, BuildError, Workspace


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called on the page, and its work, which returns a short sentence."""

    name: str
    label: "str | Promise"
    work: Callable[[Workspace], str]


def _write_data(workspace: Workspace) -> str:
    data.write_snapshots(workspace.data)
    return "7 tables"


def _make_repositories(workspace: Workspace) -> str:
    checksums = data.checksums(workspace.data)
    for name in histories.names():
        path = workspace.repository(name)
        histories.build(histories.read(name), path=path, now=workspace.began, values=checksums)
    ci.publish(workspace)
    return f"{len(SYSTEMS)} repositories"


def _start_servers(workspace: Workspace) -> str:
    """MLflow takes a while to start; pipelines are compiled and changes tested meanwhile."""
    programs.together(
        lambda: servers.wait_for(workspace.mlflow, "health", what="The sample MLflow server"),
        lambda: training.upload_churn(workspace),
        lambda: ci.test_changes(workspace),
    )
    return workspace.mlflow


STEPS = (
    Step("people", _("Teams and systems"), connections.people),
    Step("data", _("Training data"), _write_data),
    Step("repositories", _("Git repositories with their histories"), _make_repositories),
    Step("git-sources", _("Connecting the repositories"), connections.connect_git),
    Step("servers", _("Starting the sample MLflow server, testing every change"), _start_servers),
    Step(
        "sources",
        _("Connecting MLflow and the stand-ins for Kubeflow Pipelines and GitHub"),
        connections.connect_servers,
    ),
    Step("training", _("Training models by hand, by script and in pipelines"), training.train),
    Step("first-models", _("Approving and deploying the first models"), rollout.first_models),
    Step("next-models", _("Replacing two of them"), rollout.next_models),
    Step("serving", _("Replaying two weeks of requests"), training.replay),
    Step("monitors", _("Watching the live models"), rollout.monitors),
    Step("syncs", _("Reading all sources"), connections.sync_all),
    Step("words", _("A waiver, a word of somebody"), words.say),
    Step("verdicts", _("Judging the systems"), rollout.verdicts),
)


def build(*, folder: Path, web: str, mlflow: str, kfp: str, github: str, tell: Callable[[str], None]) -> bool:
    """Do what is left to do; False if a step failed (its row says why). `tell` prints a line."""
    began = _plan()
    for step in STEPS:
        row = BuildStep.objects.get(name=step.name)
        if row.state == StepState.DONE:
            continue
        say = partial(_note, row)
        workspace = Workspace(
            folder=folder, web=web, mlflow=mlflow, kfp=kfp, github=github, began=began, say=say
        )
        if not _take(step, row, workspace, tell=tell):
            return False
    return True


def _plan() -> datetime:
    """A row for every step; returns when the first of them began, now or in an earlier start."""
    for position, step in enumerate(STEPS):
        BuildStep.objects.update_or_create(name=step.name, defaults={"position": position})
    BuildStep.objects.filter(name=STEPS[0].name, started_at=None).update(started_at=timezone.now())
    began = BuildStep.objects.get(name=STEPS[0].name).started_at
    if began is None:
        raise BuildError("The first step of the build was taken away meanwhile.")
    return began


def _take(step: Step, row: BuildStep, workspace: Workspace, *, tell: Callable[[str], None]) -> bool:
    now = timezone.now()
    row.started_at, row.state, row.detail = row.started_at or now, StepState.RUNNING, ""
    row.save()
    try:
        row.detail = step.work(workspace)[:300]
        row.state = StepState.DONE
    except (BuildError, HttpError, histories.HistoryError) as error:
        row.detail, row.state = str(error)[:300], StepState.FAILED
    row.finished_at = timezone.now()
    row.save()
    tell(f"{step.label}: {row.detail} ({(row.finished_at - now).total_seconds():.1f} s)")
    return row.state == StepState.DONE


def _note(row: BuildStep, detail: str) -> None:
    BuildStep.objects.filter(pk=row.pk).exclude(detail=detail).update(detail=detail[:300])
