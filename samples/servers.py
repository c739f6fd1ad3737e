"""Calls to the sample servers: MLflow, the stand-in for Kubeflow Pipelines, and Rashinban's own API."""

import time
from collections.abc import Mapping
from typing import Any

from core.http import AddressPolicy, Client, HttpError, Limits
from samples.workspace import BuildError, Workspace

LOCAL = AddressPolicy(private_hosts=frozenset({"127.0.0.1"}))
ENDED = {"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"}
MLFLOW = "api/2.0/mlflow"
KFP = "apis/v2beta1"


def client(url: str, *, token: str = "", headers: Mapping[str, str] | None = None) -> Client:
    """A client of one of our own servers on this machine."""
    known = {"Authorization": f"Bearer {token}"} if token else {}
    return Client(
        url, headers={**known, **(headers or {})}, policy=LOCAL, limits=Limits(read_seconds=60, tries=1)
    )


def wait_for(url: str, path: str, *, what: str, seconds: float = 150) -> None:
    """Wait until a server answers; BuildError if it does not in time."""
    end = time.monotonic() + seconds
    with client(url) as server:
        while True:
            try:
                server.get(path)
                return
            except HttpError as error:
                if time.monotonic() > end:
                    raise BuildError(f"{what} does not answer: {error}") from None
                time.sleep(0.5)


def alias_of(workspace: Workspace, model: str, alias: str) -> str:
    """The version an alias of a registered model points to; empty if there is none."""
    with client(workspace.mlflow) as server:
        try:
            answer = server.get(f"{MLFLOW}/registered-models/get", params={"name": model}).json()
        except HttpError as error:
            if error.status == 404:
                return ""
            raise
    aliases = answer["registered_model"].get("aliases", [])
    return next((entry["version"] for entry in aliases if entry["alias"] == alias), "")


def newest_version(workspace: Workspace, model: str) -> str:
    """The number of the newest version of a registered model."""
    query: Mapping[str, str | int] = {
        "filter": f"name='{model}'",
        "order_by": "version_number DESC",
        "max_results": 1,
    }
    with client(workspace.mlflow) as server:
        found = server.get(f"{MLFLOW}/model-versions/search", params=query).json().get("model_versions", [])
    if not found:
        raise BuildError(f"The model {model} has no version in MLflow.")
    return str(found[0]["version"])


def set_alias(workspace: Workspace, model: str, alias: str, version: str) -> None:
    """Point an alias at a version, as somebody does in MLflow who approves it."""
    body = {"name": model, "alias": alias, "version": version}
    with client(workspace.mlflow) as server:
        server.post(f"{MLFLOW}/registered-models/alias", body=body)


def set_model_tag(workspace: Workspace, model: str, tag: str, value: str) -> None:
    """Note something on a registered model, as somebody does in MLflow."""
    with client(workspace.mlflow) as server:
        server.post(f"{MLFLOW}/registered-models/set-tag", body={"name": model, "key": tag, "value": value})


def schedules(workspace: Workspace) -> dict[str, str]:
    """Name to id of the recurring runs."""
    with client(workspace.kfp) as server:
        found = server.get(f"{KFP}/recurringruns", params={"page_size": 200}).json()
    return {entry["display_name"]: entry["recurring_run_id"] for entry in found.get("recurringRuns", [])}


def fire(workspace: Workspace, schedule: str) -> None:
    """Let a recurring run start a run now; the stand-in watches no clock."""
    with client(workspace.kfp) as server:
        server.post(f"standin/recurringruns/{schedule}:fire", body={})


def runs_of(workspace: Workspace, schedule: str) -> list[Mapping[str, Any]]:
    """The runs that a recurring run started."""
    with client(workspace.kfp) as server:
        found = server.get(f"{KFP}/runs", params={"page_size": 200}).json().get("runs", [])
    return [run for run in found if run.get("recurring_run_id") == schedule]
