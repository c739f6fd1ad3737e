"""Measures the champion on settled payments: python -m fraud_score.evaluate settled.parquet"""

import sys

import mlflow
import mlflow.data
import mlflow.sklearn
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from fraud_score.features import FEATURES, LABEL

CHAMPION = "models:/fraud-score@champion"


def main(source: str) -> None:
    mlflow.set_experiment("fraud-score-production")
    payments = pd.read_parquet(source)
    model_id = mlflow.models.get_model_info(CHAMPION).model_id
    with mlflow.start_run(run_name="settled-payments"):
        data = mlflow.data.from_pandas(payments, source=source, name="settled", targets=LABEL)
        mlflow.log_input(data, context="evaluation")
        mlflow.log_param("rows", len(payments))
        scores = mlflow.sklearn.load_model(CHAMPION).predict_proba(payments[FEATURES])[:, 1]
        values = {
            "auc": float(roc_auc_score(payments[LABEL], scores)),
            "average_precision": float(average_precision_score(payments[LABEL], scores)),
        }
        mlflow.log_metrics(values, model_id=model_id)
    print(values)


if __name__ == "__main__":
    main(*sys.argv[1:])
