"""Uploads `pipeline.yaml` as a new version and trains weekly with it.

    python -m churn.pipeline && python schedule.py https://kubeflow.example.invalid $(git rev-parse HEAD)
"""

import sys

import kfp

NAME = "churn-training"
SNAPSHOT = "s3://growth-data/customers/latest/customers.parquet"
MLFLOW = "https://mlflow.example.invalid"


def main(host: str, commit: str) -> None:
    client = kfp.Client(host=host)
    version = client.upload_pipeline_version("pipeline.yaml", commit[:12], pipeline_name=NAME)
    experiment = client.create_experiment("churn")
    client.create_recurring_run(
        experiment_id=experiment.experiment_id,
        job_name="churn-weekly",
        cron_expression="0 0 5 * * 1",
        pipeline_id=version.pipeline_id,
        version_id=version.pipeline_version_id,
        params={"snapshot_uri": SNAPSHOT, "mlflow_uri": MLFLOW, "git_commit": commit},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
