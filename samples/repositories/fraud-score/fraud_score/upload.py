"""Uploads `pipeline.yaml` and tries it once: python -m fraud_score.upload HOST COMMIT [--schedule]"""

import argparse
import os

import kfp

NAME = "fraud-score-training"
CRON = "0 0 4 * * 2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("commit")
    parser.add_argument("--schedule", action="store_true", help="train weekly with it from now on")
    arguments = parser.parse_args()
    client = kfp.Client(host=arguments.host)
    version = client.upload_pipeline_version("pipeline.yaml", arguments.commit[:12], pipeline_name=NAME)
    parameters = {
        "snapshot_uri": os.environ["SNAPSHOT_URI"],
        "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"],
        "git_commit": arguments.commit,
    }
    ids = {"pipeline_id": version.pipeline_id, "version_id": version.pipeline_version_id}
    experiment = client.create_experiment("fraud-score").experiment_id
    if arguments.schedule:
        client.create_recurring_run(
            experiment_id=experiment, job_name="weekly", cron_expression=CRON, params=parameters, **ids
        )
    else:
        run = client.run_pipeline(experiment_id=experiment, job_name="try", params=parameters, **ids)
        client.wait_for_run_completion(run.run_id, timeout=3600)


if __name__ == "__main__":
    main()
