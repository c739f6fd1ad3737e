"""The training pipeline: read, validate, train, compare, and register what is not worse than the champion.

`python -m churn.pipeline` writes `pipeline.yaml`.
"""

from typing import NamedTuple

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Metrics, Output

from churn.features import FEATURES, LABEL

IMAGE = "registry.example.invalid/growth/churn:1.6"


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def read_snapshot(snapshot_uri: str, features: list, label: str, snapshot: Output[Dataset]):
    """The columns that are used, of the rows whose label is known."""
    import pandas as pd

    frame = pd.read_parquet(snapshot_uri, columns=[*features, label]).dropna(subset=[label])
    frame.to_parquet(snapshot.path)
    snapshot.metadata["rows"] = len(frame)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate_data(snapshot: Input[Dataset], features: list, label: str, min_rows: int) -> int:
    """Stops the run if the snapshot is too small or not usable; returns its rows."""
    import pandas as pd

    frame = pd.read_parquet(snapshot.path)
    problems = [f"{name} is empty in {share:.0%}" for name, share in frame.isna().mean().items() if share > 0.05]
    problems += [f"{name} is not numeric" for name in features if not pd.api.types.is_numeric_dtype(frame[name])]
    if len(frame) < min_rows:
        problems.append(f"{len(frame)} rows, {min_rows} are needed")
    if not frame[label].isin([0, 1]).all():
        problems.append(f"{label} is neither 0 nor 1")
    if problems:
        raise ValueError("the snapshot is refused: " + "; ".join(problems))
    return len(frame)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train_model(
    snapshot: Input[Dataset],
    snapshot_uri: str,
    features: list,
    label: str,
    rows: int,
    c: float,
    model_name: str,
    git_commit: str,
    pipeline_run_id: str,
    mlflow_uri: str,
    metrics: Output[Metrics],
) -> NamedTuple("Trained", [("model_uri", str), ("auc", float), ("incumbent_auc", float)]):
    """Trains on three quarters, measures model and champion on the rest; logs the run to MLflow."""
    import os
    from collections import namedtuple

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

    def auc_of(some_model):
        return float(roc_auc_score(holdout[label], some_model.predict_proba(holdout[features])[:, 1]))

    mlflow.set_tracking_uri(mlflow_uri)
    mlflow.set_experiment(model_name)
    frame = pd.read_parquet(snapshot.path).fillna(0).sample(frac=1.0, random_state=7)
    holdout, training = frame.iloc[: rows // 4], frame.iloc[rows // 4 :]
    tags = {"kfp.pipeline_run_id": pipeline_run_id, "mlflow.source.git.commit": git_commit}
    with mlflow.start_run(run_name=f"pipeline-{pipeline_run_id[:8]}", tags=tags):
        name = os.path.basename(snapshot_uri).split(".")[0]
        data = mlflow.data.from_pandas(training, source=snapshot_uri, name=name, targets=label)
        mlflow.log_input(data, context="training")
        mlflow.log_params({"c": c, "features": len(features)})
        model = make_pipeline(StandardScaler(), LogisticRegression(C=c)).fit(training[features], training[label])
        auc = auc_of(model)
        try:
            incumbent = auc_of(mlflow.sklearn.load_model(f"models:/{model_name}@champion"))
        except mlflow.MlflowException:
            incumbent = 0.5  # there is no champion yet: better than guessing is enough
        mlflow.log_metrics({"auc": auc, "incumbent_auc": incumbent, "rows": len(training)})
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(training[features], model.predict(training[features])),
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
    metrics.log_metric("auc", auc)
    metrics.log_metric("incumbent_auc", incumbent)
    return namedtuple("Trained", ["model_uri", "auc", "incumbent_auc"])(logged.model_uri, auc, incumbent)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def compare_with_champion(auc: float, incumbent_auc: float) -> float:
    """By how much the new model is better; negative if it is worse."""
    return auc - incumbent_auc


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register_model(model_uri: str, model_name: str, mlflow_uri: str) -> str:
    """Registers the model as challenger; returns its version."""
    import mlflow

    mlflow.set_tracking_uri(mlflow_uri)
    version = mlflow.register_model(model_uri, model_name)
    client = mlflow.MlflowClient()
    client.set_registered_model_alias(model_name, "challenger", version.version)
    client.set_registered_model_tag(model_name, "owner", "growth")
    client.set_registered_model_tag(model_name, "max_age_days", "30")
    client.set_registered_model_tag(model_name, "label_delay_days", "92")  # who left is known after a quarter
    return str(version.version)


@dsl.pipeline(name="churn-training", description="Weekly training of the churn models")
def churn_training(
    snapshot_uri: str,
    mlflow_uri: str,
    git_commit: str,
    model_name: str = "churn",
    features: list = FEATURES,
    label: str = LABEL,
    c: float = 0.1,
):
    snapshot = read_snapshot(snapshot_uri=snapshot_uri, features=features, label=label)
    checked = validate_data(
        snapshot=snapshot.outputs["snapshot"], features=features, label=label, min_rows=1000
    )
    trained = train_model(
        snapshot=snapshot.outputs["snapshot"],
        snapshot_uri=snapshot_uri,
        features=features,
        label=label,
        rows=checked.output,
        c=c,
        model_name=model_name,
        git_commit=git_commit,
        pipeline_run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER,
        mlflow_uri=mlflow_uri,
    )
    gain = compare_with_champion(auc=trained.outputs["auc"], incumbent_auc=trained.outputs["incumbent_auc"])
    with dsl.If(gain.output >= 0.0, name="not-worse"):
        register_model(model_uri=trained.outputs["model_uri"], model_name=model_name, mlflow_uri=mlflow_uri)


if __name__ == "__main__":
    compiler.Compiler().compile(churn_training, "pipeline.yaml")
