"""Uploads `pipeline.yaml` as the version of a commit; then tries it once, or trains weekly with it.

    python -m fraud_score.upload https://kubeflow.example.invalid COMMIT [--weekly]

SNAPSHOT_URI and MLFLOW_TRACKING_URI say on what to train and where to log.
"""

import argparse
import json
import os
import sys

import kfp
import requests

NAME = "fraud-score-training"
CRON = "0 0 4 * * 2"


def upload(client: kfp.Client, host: str, commit: str) -> dict[str, str]:
    """The ids of the new version, tagged with its commit; the SDK's client knows no tags of a version."""
    pipeline = client.get_pipeline_id(NAME)
    if pipeline is None:
        pipeline = client.upload_pipeline("pipeline.yaml", NAME, description="Trains the score").pipeline_id
    with open("pipeline.yaml", "rb") as file:
        answer = requests.post(
            f"{host.rstrip('/')}/apis/v2beta1/pipelines/upload_version",
            params={"pipelineid": pipeline, "name": commit[:12], "tags": json.dumps({"git_commit": commit})},
            files={"uploadfile": file},
            timeout=60,
        )
    answer.raise_for_status()
    return {"pipeline_id": pipeline, "version_id": answer.json()["pipeline_version_id"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("commit")
    parser.add_argument("--weekly", action="store_true", help="train weekly with it from now on")
    arguments = parser.parse_args()
    client = kfp.Client(host=arguments.host)
    what = {
        "experiment_id": client.create_experiment("fraud-score").experiment_id,
        "params": {
            "snapshot_uri": os.environ["SNAPSHOT_URI"],
            "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"],
            "git_commit": arguments.commit,
        },
        **upload(client, arguments.host, arguments.commit),
    }
    if arguments.weekly:
        client.create_recurring_run(job_name="fraud-score-weekly", cron_expression=CRON, **what)
    else:
        run = client.run_pipeline(job_name=f"try-{arguments.commit[:12]}", **what)
        sys.exit(client.wait_for_run_completion(run.run_id, timeout=3600).state != "SUCCEEDED")


if __name__ == "__main__":
    main()
