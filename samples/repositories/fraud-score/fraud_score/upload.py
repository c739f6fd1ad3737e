"""Uploads `pipeline.yaml` as the version of a commit, tries it in staging, then trains weekly with it.

    python -m fraud_score.upload https://kubeflow.example.invalid COMMIT

SNAPSHOT_URI and MLFLOW_TRACKING_URI say on what to train and where to log.
"""

import argparse
import json
import os
import sys

import kfp
import requests

NAME = "fraud-score-training"
MODEL = "fraud-score"
CRON = "0 0 4 * * 2"


def upload(client: kfp.Client, host: str, commit: str) -> dict[str, str]:
    """The ids of the commit's version, tagged with it; the SDK's client knows no tags, nor empty pipelines."""
    api = f"{host.rstrip('/')}/apis/v2beta1/pipelines"
    pipeline = client.get_pipeline_id(NAME)
    if pipeline is None:
        made = requests.post(api, json={"display_name": NAME, "description": "Trains the score"}, timeout=60)
        made.raise_for_status()
        pipeline = made.json()["pipeline_id"]
    for version in client.list_pipeline_versions(pipeline, page_size=100).pipeline_versions or []:
        if version.display_name == commit[:12]:
            return {"pipeline_id": pipeline, "version_id": version.pipeline_version_id}
    with open("pipeline.yaml", "rb") as file:
        answer = requests.post(
            f"{api}/upload_version",
            params={"pipelineid": pipeline, "name": commit[:12], "tags": json.dumps({"git_commit": commit})},
            files={"uploadfile": file},
            timeout=60,
        )
    answer.raise_for_status()
    return {"pipeline_id": pipeline, "version_id": answer.json()["pipeline_version_id"]}


def tried(client: kfp.Client, what: dict, commit: str) -> bool:
    """Did one run in the experiment of staging succeed? Its model is registered under a name of its own."""
    experiment = client.create_experiment(f"{MODEL}-staging").experiment_id
    what = {**what, "params": {**what["params"], "model_name": f"{MODEL}-staging"}}
    run = client.run_pipeline(experiment, f"try-{commit[:12]}", **what)
    return client.wait_for_run_completion(run.run_id, timeout=3600, sleep_duration=2).state == "SUCCEEDED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("commit")
    arguments = parser.parse_args()
    client = kfp.Client(host=arguments.host)
    params = {
        "snapshot_uri": os.environ["SNAPSHOT_URI"],
        "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"],
        "git_commit": arguments.commit,
    }
    what = {"params": params, **upload(client, arguments.host, arguments.commit)}
    if not tried(client, what, arguments.commit):
        sys.exit("the run in staging failed; production stays as it is")
    experiment = client.create_experiment(MODEL).experiment_id
    client.create_recurring_run(experiment, f"{MODEL}-weekly", cron_expression=CRON, **what)


if __name__ == "__main__":
    main()
