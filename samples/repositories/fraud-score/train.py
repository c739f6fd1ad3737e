"""Trains the fraud score: python train.py transactions.parquet"""

import sys

import mlflow
import mlflow.data
import mlflow.sklearn
import pandas as pd
import sklearn
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from fraud_score.features import FEATURES, LABEL


def train(frame: pd.DataFrame, source: str, trees: int, rate: float) -> tuple[float, str]:
    """One run; returns the area under the ROC curve on held-out payments and the model's URI."""
    training, holdout = train_test_split(frame, test_size=0.25, random_state=11)
    with mlflow.start_run(run_name=f"trees-{trees}"):
        data = mlflow.data.from_pandas(training, source=source, name="transactions", targets=LABEL)
        mlflow.log_input(data, context="training")
        mlflow.log_params({"trees": trees, "learning_rate": rate, "features": len(FEATURES)})
        encode = make_column_transformer((OneHotEncoder(), ["channel"]), remainder="passthrough")
        model = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=trees, learning_rate=rate))
        model.fit(training[FEATURES], training[LABEL])
        auc = float(roc_auc_score(holdout[LABEL], model.predict_proba(holdout[FEATURES])[:, 1]))
        mlflow.log_metrics({"auc": auc, "rows": len(training)})
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(training[FEATURES], model.predict(training[FEATURES])),
            serialization_format="cloudpickle",
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
    return auc, logged.model_uri


if __name__ == "__main__":
    mlflow.set_experiment("fraud-score")
    payments = pd.read_parquet(sys.argv[1])
    auc, uri = max(train(payments, sys.argv[1], trees, 0.3) for trees in (5, 20))
    print(f"best: {uri}, auc {auc:.3f}")
