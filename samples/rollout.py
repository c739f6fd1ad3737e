"""Delivers the sample models: approvals in MLflow, reports to our deployment hook, monitors."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from core.http import HttpError
from core.models import System
from samples import servers, words
from samples.connections import sync_all, write_token
from samples.training import repository
from samples.workspace import SYSTEMS, BuildError, Workspace

CHURN_IMAGE = "registry.example.invalid/growth/churn:1.6"
FRAUD_IMAGE = (
    "registry.example.invalid/payments/fraud-score"
    "@sha256:9b1c5d0a7e43f6b28c19d7e05fa4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6"
)
APPROVER = "Sample Reviewer"
LONGEST_WAIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Stage:
    """One report of a roll-out: its status and its share of the traffic in percent."""

    status: str
    traffic: int
    reason: str = ""


AT_ONCE = (Stage("succeeded", 100),)
CANARY = (Stage("succeeded", 10), Stage("succeeded", 50), Stage("succeeded", 100))
DRILL = (Stage("succeeded", 10), Stage("rolled_back", 0, reason="rollback drill"))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a model serves, and the image it serves in."""

    system: str
    model: str
    image: str


CHURN = Target("churn", "churn", CHURN_IMAGE)
UPLIFT = Target("churn", "churn-uplift", CHURN_IMAGE)
FRAUD = Target("fraud-score", "fraud-score", FRAUD_IMAGE)


def first_models(workspace: Workspace) -> str:
    """Approve and deploy the first version of every model that a pipeline trained."""
    for target in (CHURN, UPLIFT, FRAUD):
        if not servers.alias_of(workspace, target.model, "champion"):
            servers.set_alias(workspace, target.model, "champion", "1")
    sync_all(workspace, "sample-mlflow")
    deploy(workspace, CHURN, version="1", stages=AT_ONCE)
    deploy(workspace, UPLIFT, version="1", stages=AT_ONCE)
    deploy(workspace, FRAUD, version="1", stages=CANARY)
    return "3 models live"


def next_models(workspace: Workspace) -> str:
    """Approve and deploy the second version of two of them, one through a canary that is tried twice."""
    versions = {t: servers.alias_of(workspace, t.model, "challenger") for t in (CHURN, FRAUD)}
    for target, version in versions.items():
        servers.set_alias(workspace, target.model, "champion", version)
        servers.set_alias(workspace, target.model, "previous", "1")
    sync_all(workspace, "sample-mlflow")
    deploy(workspace, CHURN, version=versions[CHURN], stages=AT_ONCE)
    words.start_drill(
        workspace, system=FRAUD.system, kind="rollback", notes="The canary is taken back on purpose."
    )
    deploy(workspace, FRAUD, version=versions[FRAUD], stages=(*DRILL, *CANARY))
    return "2 models replaced"


def monitors(workspace: Workspace) -> str:
    """Create a monitor for every live model, and wait until the drift and the broken schema are found."""
    data = workspace.data
    for target, baseline in ((CHURN, data.customers), (UPLIFT, data.offers), (FRAUD, data.transactions)):
        system = System.objects.select_related("team").get(slug=target.system)
        body = {
            "system": target.system,
            "slug": f"sample-{target.model}",
            "name": f"{target.model} (sample)",
            "model": {"name": target.model},
            "log_location": str(workspace.log_of(target.model)),
            "baseline_location": str(baseline),
            "window": "day",
            "time_column": "ts",
            "other_columns": ["request_id", "prediction", "score"],
        }
        with write_token(system) as token:
            _report(workspace, "monitors", body, token=token, key=str(body["slug"]))
    began = time.monotonic()
    for slug in (UPLIFT.system, FRAUD.system):
        _wait_for(
            workspace, slug, "alerts/?state=firing", lambda answer: bool(answer["results"]), what="alert"
        )
    return f"drift and broken schema found after {time.monotonic() - began:.0f} s"


def verdicts(workspace: Workspace) -> str:
    """Wait until every system is assessed."""
    for sample in SYSTEMS:
        path = f"systems/{sample.slug}/"
        _wait_for(workspace, sample.slug, path, lambda answer: bool(answer["maturity"]), what="assessment")
    seconds = (timezone.now() - workspace.began).total_seconds()
    return f"{len(SYSTEMS)} systems assessed, {seconds:.0f} s after the build began"


def _wait_for(workspace: Workspace, slug: str, path: str, there: Callable[[Any], bool], *, what: str) -> None:
    """Ask our API until the answer about a system is there."""
    system = System.objects.select_related("team").get(slug=slug)
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    with write_token(system) as token, servers.client(workspace.web, token=token) as server:
        while not there(server.get(f"api/v1/{path}").json()):
            if time.monotonic() > end:
                raise BuildError(
                    f"There was no {what} of {slug} in {LONGEST_WAIT_SECONDS} s; does the worker run?"
                )
            workspace.say(f"{slug}: waiting for the {what}")
            time.sleep(1)


def deploy(workspace: Workspace, target: Target, *, version: str, stages: tuple[Stage, ...]) -> None:
    """Report a roll-out, stage by stage, as the repository's delivery job does."""
    system = System.objects.select_related("team").get(slug=target.system)
    commit = repository(workspace, target.system).shas["head"]
    started = timezone.now().isoformat()
    with write_token(system) as token:
        for number, stage in enumerate(stages):
            body = {
                "system": target.system,
                "environment": "production",
                "target": target.model,
                "model": {"name": target.model, "version": version},
                "git_commit": commit,
                "image": target.image,
                "status": stage.status,
                "traffic_percent": stage.traffic,
                "reason": stage.reason,
                "started_at": started,
                "finished_at": timezone.now().isoformat(),
                "approval": {
                    "by": APPROVER,
                    "at": started,
                    "reason": f"evaluated better than its predecessor; change {commit[:10]} reviewed",
                },
            }
            key = f"sample-{target.model}-{version}-{number}"
            _report(workspace, "deployments", body, token=token, key=key)


def _report(workspace: Workspace, what: str, body: Mapping[str, object], *, token: str, key: str) -> None:
    with servers.client(workspace.web, token=token) as server:
        try:
            server.post(f"api/v1/{what}/", body=body, headers={"Idempotency-Key": key})
        except HttpError as error:
            if error.status != 409:  # it was reported before the build was cut off
                raise
