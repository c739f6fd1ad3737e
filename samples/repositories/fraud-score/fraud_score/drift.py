"""Compares yesterday's payments with the training snapshot; starts a training run if they drifted.

    python -m fraud_score.drift data/transactions.parquet s3://payments-ml-logs/fraud-score/dt=2026-11-21/
"""

import os
import sys

import kfp
import pandas as pd
from evidently import Dataset, Report
from evidently.metrics import DriftedColumnsCount

from fraud_score.features import FEATURES

DRIFTED_SHARE = 0.3


def drifted_share(reference: pd.DataFrame, current: pd.DataFrame) -> float:
    """The share of features whose distribution moved."""
    report = Report([DriftedColumnsCount(columns=FEATURES)])
    snapshot = report.run(Dataset.from_pandas(current), Dataset.from_pandas(reference)).dict()
    return float(snapshot["metrics"][0]["value"]["share"])


def main(reference: str, current: str) -> None:
    share = drifted_share(pd.read_parquet(reference), pd.read_parquet(current))
    print(f"{share:.0%} of the features drifted")
    if share >= DRIFTED_SHARE:
        client = kfp.Client(host=os.environ["KFP_HOST"])
        client.run_pipeline(
            experiment_id=client.create_experiment("fraud-score").experiment_id,
            job_name=f"drift-{os.environ['DRIFT_DATE']}",
            pipeline_id=client.get_pipeline_id("fraud-score-training"),
            params={"snapshot_uri": current, "mlflow_uri": os.environ["MLFLOW_TRACKING_URI"]},
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
