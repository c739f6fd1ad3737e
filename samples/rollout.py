"""Delivers the sample models: approvals in MLflow, reports to our deployment hook, monitors."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.http import HttpError
from core.models import System
from samples import servers
from samples.connections import sync_all, write_token
from samples.training import repository
from samples.workspace import Workspace

CHURN_IMAGE = "registry.example.invalid/growth/churn:1.6"
FRAUD_IMAGE = (
    "registry.example.invalid/payments/fraud-score"
    "@sha256:9b1c5d0a7e43f6b28c19d7e05fa4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6"
)


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
    for target in (CHURN, FRAUD):
        servers.set_alias(workspace, target.model, "champion", "2")
        servers.set_alias(workspace, target.model, "previous", "1")
    sync_all(workspace, "sample-mlflow")
    deploy(workspace, CHURN, version="2", stages=AT_ONCE)
    deploy(workspace, FRAUD, version="2", stages=(*DRILL, *CANARY))
    return "2 models replaced"


def deploy(workspace: Workspace, target: Target, *, version: str, stages: tuple[Stage, ...]) -> None:
    """Report a roll-out, stage by stage, as the repository's delivery job does."""
    system = System.objects.select_related("team").get(slug=target.system)
    commit = repository(workspace, target.system).shas["head"]
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
