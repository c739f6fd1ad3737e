"""Trains the churn model: python train.py customers.parquet"""

import argparse

import mlflow
import mlflow.data
import mlflow.sklearn
import pandas as pd
import sklearn
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from churn.features import FEATURES, LABEL, split, table

STRENGTHS = [0.01, 1.0]


def train(frame: pd.DataFrame, source: str, c: float) -> tuple[float, str]:
    """One run; returns the area under the ROC curve on held-out customers and the model's URI."""
    training, holdout = split(frame)
    with mlflow.start_run(run_name=f"logistic-c{c}"):
        mlflow.log_input(mlflow.data.from_pandas(training, source=source, name="customers"), context="training")
        mlflow.log_params({"c": c, "features": len(FEATURES)})
        model = make_pipeline(StandardScaler(), LogisticRegression(C=c))
        model.fit(training[FEATURES], training[LABEL])
        scores = model.predict_proba(holdout[FEATURES])[:, 1]
        auc = float(roc_auc_score(holdout[LABEL], scores))
        mlflow.log_metrics({"auc": auc, "rows": len(training)})
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(training[FEATURES], model.predict(training[FEATURES])),
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
    return auc, logged.model_uri


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="Parquet file of customers with the label")
    source = parser.parse_args().customers
    mlflow.set_experiment("churn")
    frame = table(pd.read_parquet(source))
    auc, uri = max(train(frame, source, c) for c in STRENGTHS)
    print(f"best: {uri}, auc {auc:.3f}")


if __name__ == "__main__":
    main()
