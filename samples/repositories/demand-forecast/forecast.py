"""Weekly demand forecast. Run by hand: python forecast.py sales_weekly.parquet"""

import sys

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

LAGS = (1, 2, 3, 4, 52)
TEST_WEEKS = 12


def table(sales):
    frame = sales.sort_values(["article", "week"]).copy()
    for lag in LAGS:
        frame[f"lag_{lag}"] = frame.groupby("article")["units"].shift(lag)
    frame["season"] = np.sin(2 * np.pi * pd.to_datetime(frame["week"]).dt.dayofyear / 365.25)
    return frame.dropna()


def train(sales, model, **params):
    frame = table(sales)
    columns = [f"lag_{lag}" for lag in LAGS] + ["promotion", "season"]
    weeks = np.sort(frame["week"].unique())
    old, new = frame[frame["week"] < weeks[-TEST_WEEKS]], frame[frame["week"] >= weeks[-TEST_WEEKS]]
    with mlflow.start_run(run_name=type(model).__name__):
        mlflow.log_params(params)
        model.fit(old[columns], old["units"])
        guess = model.predict(new[columns])
        mlflow.log_metric("mae", float(np.abs(guess - new["units"]).mean()))
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(new[columns], guess),
            serialization_format="cloudpickle",
            pip_requirements=["scikit-learn", "pandas"],
            registered_model_name="demand-forecast",
        )


if __name__ == "__main__":
    sales = pd.read_parquet(sys.argv[1])
    mlflow.set_experiment("demand forecast")
    train(sales, Ridge(alpha=1.0), alpha=1.0)
    train(sales, RandomForestRegressor(n_estimators=60, max_depth=8, random_state=1), n_estimators=60, max_depth=8)
