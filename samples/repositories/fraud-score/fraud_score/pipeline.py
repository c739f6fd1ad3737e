"""The training pipeline: read, validate, train, compare with the champion, register.

`python -m fraud_score.pipeline IMAGE` compiles it against one image, named by its digest.
"""

import sys
from typing import NamedTuple

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Metrics, Output

from fraud_score.features import CHANNELS, FEATURES, LABEL, NUMBERS

IMAGE = (
    "registry.example.invalid/payments/fraud-score"
    "@sha256:9b1c5d0a7e43f6b28c19d7e05fa4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6"
)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def read_snapshot(snapshot_uri: str, columns: list, snapshot: Output[Dataset]):
    """The columns that the model uses, of payments whose outcome is known."""
    import pandas as pd

    frame = pd.read_parquet(snapshot_uri, columns=columns).dropna()
    frame.to_parquet(snapshot.path)
    snapshot.metadata["rows"] = len(frame)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate_data(snapshot: Input[Dataset], label: str, channels: list, min_rows: int) -> int:
    """Stops the run unless the snapshot is plausible; returns its rows."""
    import pandas as pd

    frame = pd.read_parquet(snapshot.path)
    share = frame[label].mean()
    problems = {
        f"{len(frame)} rows, {min_rows} are needed": len(frame) < min_rows,
        f"{share:.2%} fraud, between 0.2% and 20% is plausible": not 0.002 <= share <= 0.2,
        "negative amounts": (frame["amount"] < 0).any(),
        "hours outside of a day": not frame["hour"].between(0, 23).all(),
        "unknown channels": not frame["channel"].isin(channels).all(),
    }
    found = [problem for problem, is_there in problems.items() if is_there]
    if found:
        raise ValueError("the snapshot is refused: " + "; ".join(found))
    return len(frame)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train_model(
    snapshot: Input[Dataset],
    snapshot_uri: str,
    numbers: list,
    label: str,
    rows: int,
    trees: int,
    learning_rate: float,
    model_name: str,
    git_commit: str,
    pipeline_run_id: str,
    mlflow_uri: str,
    metrics: Output[Metrics],
) -> NamedTuple("Trained", [("model_uri", str), ("auc", float), ("incumbent_auc", float)]):
    """Trains on three quarters, measures model and champion on the rest; logs the run to MLflow."""
    from collections import namedtuple

    import mlflow
    import mlflow.data
    import mlflow.sklearn
    import pandas as pd
    import sklearn
    from mlflow.models import infer_signature
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import average_precision_score, roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    mlflow.set_tracking_uri(mlflow_uri)
    mlflow.set_experiment(model_name)
    features = [*numbers, "channel"]
    frame = pd.read_parquet(snapshot.path).sample(frac=1.0, random_state=11)
    holdout, training = frame.iloc[: rows // 4], frame.iloc[rows // 4 :]
    tags = {"kfp.pipeline_run_id": pipeline_run_id, "mlflow.source.git.commit": git_commit}
    with mlflow.start_run(run_name=f"pipeline-{pipeline_run_id[:8]}", tags=tags):
        data = mlflow.data.from_pandas(training, source=snapshot_uri, name="transactions", targets=label)
        mlflow.log_input(data, context="training")
        mlflow.log_params({"trees": trees, "learning_rate": learning_rate, "features": len(features)})
        encode = make_column_transformer((OneHotEncoder(), ["channel"]), remainder="passthrough")
        boosting = HistGradientBoostingClassifier(
            max_iter=trees, learning_rate=learning_rate, class_weight="balanced", random_state=11
        )
        model = make_pipeline(encode, boosting).fit(training[features], training[label])
        scores = model.predict_proba(holdout[features])[:, 1]
        auc = float(roc_auc_score(holdout[label], scores))
        try:
            champion = mlflow.sklearn.load_model(f"models:/{model_name}@champion")
            incumbent = float(roc_auc_score(holdout[label], champion.predict_proba(holdout[features])[:, 1]))
        except mlflow.MlflowException:
            incumbent = 0.5  # there is no champion yet: better than guessing is enough
        precision = float(average_precision_score(holdout[label], scores))
        values = {"auc": auc, "incumbent_auc": incumbent, "average_precision": precision, "rows": len(training)}
        mlflow.log_metrics(values)
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(training[features], model.predict(training[features])),
            serialization_format="cloudpickle",
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
    for name, value in values.items():
        metrics.log_metric(name, value)
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
    client.set_registered_model_tag(model_name, "owner", "payments")
    client.set_registered_model_tag(model_name, "max_age_days", "14")
    return str(version.version)


@dsl.pipeline(name="fraud-score-training", description="Weekly training of the fraud score, and on drift")
def fraud_score_training(
    snapshot_uri: str,
    mlflow_uri: str,
    git_commit: str,
    model_name: str = "fraud-score",
    trees: int = 80,
    learning_rate: float = 0.1,
):
    snapshot = read_snapshot(snapshot_uri=snapshot_uri, columns=[*FEATURES, LABEL])
    snapshot.set_retry(num_retries=2)
    checked = validate_data(
        snapshot=snapshot.outputs["snapshot"], label=LABEL, channels=CHANNELS, min_rows=5000
    )
    trained = train_model(
        snapshot=snapshot.outputs["snapshot"],
        snapshot_uri=snapshot_uri,
        numbers=NUMBERS,
        label=LABEL,
        rows=checked.output,
        trees=trees,
        learning_rate=learning_rate,
        model_name=model_name,
        git_commit=git_commit,
        pipeline_run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER,
        mlflow_uri=mlflow_uri,
    )
    trained.set_caching_options(False)
    gain = compare_with_champion(auc=trained.outputs["auc"], incumbent_auc=trained.outputs["incumbent_auc"])
    with dsl.If(gain.output >= -0.002, name="not-worse"):
        register_model(model_uri=trained.outputs["model_uri"], model_name=model_name, mlflow_uri=mlflow_uri)


def compile_to(path: str, image: str = IMAGE) -> None:
    """Write the pipeline's IR, every step in `image`."""
    if "@sha256:" not in image:
        raise ValueError(f"{image} is not named by its digest")
    compiler.Compiler().compile(fraud_score_training, path)
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace(IMAGE, image))


if __name__ == "__main__":
    compile_to("pipeline.yaml", *sys.argv[1:2])
