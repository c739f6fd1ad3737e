"""Uploads `pipeline.yaml` as a new version and trains weekly with it.

    python -m churn.pipeline
    python schedule.py https://kubeflow.example.invalid $(git rev-parse HEAD) 2026-10-01 [churn-uplift]

SNAPSHOT_URI and MLFLOW_TRACKING_URI say on what to train and where to log.
"""

import os
import sys

import kfp

NAME = "churn-training"
CRON = {"churn": "0 0 5 * * 1", "churn-uplift": "0 0 6 * * 1"}
UPLIFT = {"model_name": "churn-uplift", "features": ["feature_a", "feature_b"], "label": "kept"}


def main(host: str, commit: str, since: str, model: str = "churn") -> None:
    client = kfp.Client(host=host)
    if client.get_pipeline_id(NAME) is None:
        client.upload_pipeline("pipeline.yaml", NAME, description="Training of the churn models")
    version = client.upload_pipeline_version(
        "pipeline.yaml", f"{model}-{commit[:12]}", pipeline_name=NAME, description=f"compiled from commit {commit}"
    )
    client.create_recurring_run(
        experiment_id=client.create_experiment("churn").experiment_id,
        job_name=f"{model}-weekly",
        cron_expression=CRON[model],
        start_time=f"{since}T00:00:00Z",
        pipeline_id=version.pipeline_id,
        version_id=version.pipeline_version_id,
        params={
            "snapshot_uri": os.environ["SNAPSHOT_URI"],
            "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"],
            "git_commit": commit,
            **(UPLIFT if model == "churn-uplift" else {}),
        },
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
