"""Trains the sample models: by hand, by script, and by pipelines that the stand-in executes."""

import shutil
import time
from functools import partial
from pathlib import Path

from django.utils import timezone

from samples import ci, histories, programs, servers
from samples.workspace import SYSTEMS, BuildError, Workspace

RUNS = {"churn-weekly": 2, "fraud-score-weekly": 2, "churn-uplift-weekly": 1}
"""How often each schedule is fired."""
LONGEST_RUN_SECONDS = 420


def repository(workspace: Workspace, name: str) -> histories.Repository:
    """A sample repository that was built before."""
    return histories.opened(histories.read(name), path=workspace.repository(name))


def at_commit(workspace: Workspace, name: str, commit: str) -> Path:
    """The working copy of a repository at a named commit."""
    return histories.checkout(repository(workspace, name), commit, folder=workspace.checkout(name))


def train(workspace: Workspace) -> str:
    """Let the schedules fire while the runs outside of pipelines are trained."""
    programs.together(
        lambda: _by_hand(workspace),
        lambda: _fraud_score(workspace),
        lambda: _script(workspace, "churn", "second-model", workspace.data.customers_early),
        *(partial(_fire, workspace, name) for name in RUNS if name.startswith("churn")),
    )
    return f"{sum(RUNS.values()) + 1} pipeline runs, 3 scripts"


def _fraud_score(workspace: Workspace) -> None:
    """Its pipeline is tried in staging before the schedule of production exists."""
    _release_fraud_score(workspace)
    programs.together(
        lambda: _script(workspace, "fraud-score", "first-model", workspace.data.transactions_early),
        lambda: _fire(workspace, "fraud-score-weekly"),
    )


def _by_hand(workspace: Workspace) -> None:
    """Somebody's copy of a file, on a machine without git: its runs know no commit."""
    laptop = workspace.folder / "laptop"
    laptop.mkdir(parents=True, exist_ok=True)
    copy = at_commit(workspace, "demand-forecast", "head") / "forecast.py"
    shutil.copy(copy, laptop / "forecast_autumn_final2.py")
    command = ("forecast_autumn_final2.py", str(workspace.data.sales))
    programs.once(workspace, "forecast", *command, at=laptop, env={"PATH": str(laptop)})
    servers.set_alias(
        workspace, "demand-forecast", "champion", servers.newest_version(workspace, "demand-forecast")
    )
    servers.set_model_tag(workspace, "demand-forecast", "serving", "batch")


def _script(workspace: Workspace, name: str, commit: str, snapshot: Path) -> None:
    at = at_commit(workspace, name, commit)
    programs.once(workspace, f"train-{name}", "train.py", str(snapshot), at=at)


def upload_churn(workspace: Workspace) -> None:
    """Compile and upload the pipeline from a working copy, as its team does."""
    servers.wait_for(workspace.kfp, "apis/v2beta1/healthz", what="The stand-in for Kubeflow Pipelines")
    at = at_commit(workspace, "churn", "pipeline")
    sources = {"CUSTOMERS_URI": str(workspace.data.customers), "OFFERS_URI": str(workspace.data.offers)}
    sha = repository(workspace, "churn").shas["pipeline"]
    programs.once(workspace, "compile-churn", "-m", "churn.pipeline", at=at)
    programs.once(workspace, "upload-churn", "schedule.py", workspace.kfp, sha, at=at, env=sources)


def _release_fraud_score(workspace: Workspace) -> None:
    """What the job `pipeline` of `release.yml` does at the merged commit: compile, upload, try, schedule."""
    at = at_commit(workspace, "fraud-score", "pipeline")
    sources = {"SNAPSHOT_URI": str(workspace.data.transactions)}
    sha = repository(workspace, "fraud-score").shas["pipeline"]
    upload = ("-m", "fraud_score.upload", workspace.kfp, sha)
    began = timezone.now()
    programs.once(workspace, "compile-fraud-score", "-m", "fraud_score.pipeline", at=at)
    programs.once(workspace, "upload-fraud-score", *upload, at=at, env=sources)
    log = "$ python -m fraud_score.pipeline\n$ python " + " ".join(upload)
    done = {"pipeline": ci.Outcome("success", began, timezone.now(), log)}
    ci.record(workspace, "fraud-score", "release.yml", head=sha, done=done)


def _fire(workspace: Workspace, name: str) -> None:
    """Let a schedule fire, one run after the other, until as many of its runs as wanted have succeeded."""
    schedule, times = servers.schedules(workspace)[name], RUNS[name]
    end = time.monotonic() + LONGEST_RUN_SECONDS
    while True:
        runs = servers.runs_of(workspace, schedule)
        done = sum(run["state"] == "SUCCEEDED" for run in runs)
        if done >= times:
            return
        if sum(run["state"] == "FAILED" for run in runs) > times:
            raise BuildError(f"The runs of {runs[0]['display_name']} keep failing; see {workspace.kfp}/")
        if all(run["state"] in servers.ENDED for run in runs):
            servers.fire(workspace, schedule)
        if time.monotonic() > end:
            raise BuildError(f"A pipeline run did not end in time; see {workspace.kfp}/")
        workspace.say(f"{done} of {times} runs")
        time.sleep(1)


def replay(workspace: Workspace) -> str:
    """Ask the champions what was asked in the last two weeks, and measure one of them on what settled."""
    models = [model for system in SYSTEMS if system.pipeline for model in system.models]
    moment = workspace.began.isoformat()
    command = (
        "-m",
        "samples.replay",
        "--folder",
        str(workspace.folder / "serving"),
        "--now",
        moment,
        "--models",
    )
    settled = ("-m", "fraud_score.evaluate", str(workspace.data.settled))
    at = at_commit(workspace, "fraud-score", "head")
    programs.together(
        lambda: programs.once(workspace, "replay", *command, *models, at=programs.PROJECT),
        lambda: programs.once(workspace, "evaluate", *settled, at=at),
    )
    return f"14 days of requests to {len(models)} models"
