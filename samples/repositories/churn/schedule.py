"""Uploads `pipeline.yaml` as a new version and trains every model weekly with it.

    python -m churn.pipeline && python schedule.py https://kubeflow.example.invalid $(git rev-parse HEAD)

CUSTOMERS_URI, OFFERS_URI and MLFLOW_TRACKING_URI say on what to train and where to log.
"""

import os
import sys

import kfp

NAME = "churn-training"
UPLIFT = {"model_name": "churn-uplift", "features": ["feature_a", "feature_b"], "label": "kept"}


def main(host: str, commit: str) -> None:
    client = kfp.Client(host=host)
    if client.get_pipeline_id(NAME) is None:
        client.upload_pipeline("pipeline.yaml", NAME, description="Training of the churn models")
    version = client.upload_pipeline_version("pipeline.yaml", commit[:12], pipeline_name=NAME)
    experiment = client.create_experiment("churn")
    for name, cron, uri, parameters in [
        ("churn-weekly", "0 0 5 * * 1", os.environ["CUSTOMERS_URI"], {}),
        ("churn-uplift-weekly", "0 0 6 * * 1", os.environ["OFFERS_URI"], UPLIFT),
    ]:
        common = {"mlflow_uri": os.environ["MLFLOW_TRACKING_URI"], "git_commit": commit, "snapshot_uri": uri}
        client.create_recurring_run(
            experiment_id=experiment.experiment_id,
            job_name=name,
            cron_expression=cron,
            pipeline_id=version.pipeline_id,
            version_id=version.pipeline_version_id,
            params=common | parameters,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
