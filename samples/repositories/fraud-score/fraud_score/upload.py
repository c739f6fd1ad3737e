"""Uploads `pipeline.yaml` as the version of a commit; then tries it once, or trains weekly with it.

    python -m fraud_score.upload https://kubeflow.example.invalid COMMIT [--weekly-since 2026-10-01]

SNAPSHOT_URI and MLFLOW_TRACKING_URI say on what to train and where to log.
"""

import argparse
import os
from datetime import date

import kfp

NAME = "fraud-score-training"
CRON = "0 0 4 * * 2"


def upload(client: kfp.Client, commit: str) -> dict[str, str]:
    """The ids of the new version."""
    if client.get_pipeline_id(NAME) is None:
        client.upload_pipeline("pipeline.yaml", NAME, description="Training of the fraud score")
    version = client.upload_pipeline_version(
        "pipeline.yaml", commit[:12], pipeline_name=NAME, description=f"compiled from commit {commit}"
    )
    return {"pipeline_id": version.pipeline_id, "version_id": version.pipeline_version_id}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("commit")
    parser.add_argument("--weekly-since", type=date.fromisoformat, help="catch up from this day")
    arguments = parser.parse_args()
    client = kfp.Client(host=arguments.host)
    experiment = client.create_experiment("fraud-score").experiment_id
    what = {
        "experiment_id": experiment,
        "params": {
            "snapshot_uri": os.environ["SNAPSHOT_URI"],
            "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"],
            "git_commit": arguments.commit,
        },
        **upload(client, arguments.commit),
    }
    if arguments.weekly_since:
        since = f"{arguments.weekly_since.isoformat()}T00:00:00Z"
        client.create_recurring_run(job_name="fraud-score-weekly", cron_expression=CRON, start_time=since, **what)
    else:
        run = client.run_pipeline(job_name=f"try-{arguments.commit[:12]}", **what)
        client.wait_for_run_completion(run.run_id, timeout=3600)


if __name__ == "__main__":
    main()
