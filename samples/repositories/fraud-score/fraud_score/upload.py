"""Uploads `pipeline.yaml` as the version of a commit; then tries it once, or trains weekly with it.

    python -m fraud_score.upload https://kubeflow.example.invalid COMMIT [--weekly]

SNAPSHOT_URI and MLFLOW_TRACKING_URI say on what to train and where to log.
"""

import argparse
import json
import os
import sys
import time

import requests

NAME = "fraud-score-training"
CRON = "0 0 4 * * 2"


class Kubeflow:
    """The few calls that are needed; the SDK's client knows no tags of a version."""

    def __init__(self, host: str) -> None:
        self.prefix = f"{host.rstrip('/')}/apis/v2beta1"

    def call(self, method: str, path: str, **kwargs: object) -> dict:
        answer = requests.request(method, f"{self.prefix}/{path}", timeout=60, **kwargs)
        answer.raise_for_status()
        return answer.json()

    def experiment(self, name: str) -> str:
        known = self.call("GET", "experiments", params={"page_size": 200}).get("experiments", [])
        found = [entry for entry in known if entry["display_name"] == name]
        return (found or [self.call("POST", "experiments", json={"display_name": name})])[0]["experiment_id"]

    def upload(self, commit: str) -> dict[str, str]:
        """The ids of the new version, tagged with its commit."""
        known = self.call("GET", "pipelines", params={"page_size": 200}).get("pipelines", [])
        ids = [entry["pipeline_id"] for entry in known if entry["display_name"] == NAME]
        if not ids:
            ids = [self.call("POST", "pipelines", json={"name": NAME, "display_name": NAME})["pipeline_id"]]
        query = {"pipelineid": ids[0], "name": commit[:12], "tags": json.dumps({"git_commit": commit})}
        with open("pipeline.yaml", "rb") as file:
            version = self.call("POST", "pipelines/upload_version", params=query, files={"uploadfile": file})
        return {"pipeline_id": ids[0], "pipeline_version_id": version["pipeline_version_id"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("commit")
    parser.add_argument("--weekly", action="store_true", help="train weekly with it from now on")
    arguments = parser.parse_args()
    kubeflow = Kubeflow(arguments.host)
    parameters = {
        "snapshot_uri": os.environ["SNAPSHOT_URI"],
        "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"],
        "git_commit": arguments.commit,
    }
    body = {
        "display_name": f"fraud-score-{arguments.commit[:12]}",
        "experiment_id": kubeflow.experiment("fraud-score"),
        "pipeline_version_reference": kubeflow.upload(arguments.commit),
        "runtime_config": {"parameters": parameters},
    }
    if arguments.weekly:
        trigger = {"cron_schedule": {"cron": CRON}}
        weekly = {**body, "display_name": "fraud-score-weekly", "trigger": trigger, "mode": "ENABLE"}
        kubeflow.call("POST", "recurringruns", json={**weekly, "max_concurrency": "1"})
        return
    run = kubeflow.call("POST", "runs", json=body)
    while (run := kubeflow.call("GET", f"runs/{run['run_id']}"))["state"] in {"PENDING", "RUNNING"}:
        time.sleep(15)
    sys.exit(run["state"] != "SUCCEEDED")


if __name__ == "__main__":
    main()
