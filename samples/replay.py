"""Replays requests through the deployed models and writes their serving logs.

`python -m samples.replay --models NAME… --folder DIR --now MOMENT` is a program of its own, because it
loads the models with MLflow. One Parquet file a day: `<model>/dt=YYYY-MM-DD/requests.parquet`
with the moment `ts`, the id `request_id`, the features as they came and what the model answered.
"""

import argparse
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.data import DAYS_OF_LOG, Columns, moments, requests, write

ROWS_A_DAY = 2000
Scores = Callable[[Columns], Columns]


def main() -> None:
    parser = argparse.ArgumentParser(prog="samples.replay", description=__doc__)
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--now", type=datetime.fromisoformat, required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for model in arguments.models:
        replay(model, folder=arguments.folder / model, now=arguments.now)


def replay(model: str, *, folder: Path, now: datetime) -> None:
    """Write the log of one model, a file a day."""
    scores = champion(model)
    for day in range(DAYS_OF_LOG):
        asked = requests(model, day=day, rows=ROWS_A_DAY)
        when = moments(day=day, rows=ROWS_A_DAY, now=now)
        ids = np.array([f"{model}-{day:02d}-{number:05d}" for number in range(ROWS_A_DAY)])
        path = folder / f"dt={str(when[0])[:10]}" / "requests.parquet"
        write({"ts": when, "request_id": ids, **asked, **scores(asked)}, path)


def champion(model: str) -> Scores:
    """What the champion of a model answers: prediction and score.

    A request that breaks the model's signature is refused, as the server would, and has no answer.
    """
    import mlflow.pyfunc
    import mlflow.sklearn
    from mlflow.exceptions import MlflowException

    address = f"models:/{model}@champion"
    checked, plain = mlflow.pyfunc.load_model(address), mlflow.sklearn.load_model(address)

    def answers(asked: Columns) -> Columns:
        frame = pa.table(dict(asked)).to_pandas()
        try:
            predicted = np.asarray(checked.predict(frame))
        except MlflowException:
            return {}
        features = checked.metadata.get_input_schema().input_names()
        return {"prediction": predicted, "score": plain.predict_proba(frame[features])[:, 1]}

    return answers


if __name__ == "__main__":
    main()
