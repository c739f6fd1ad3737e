"""Answers requests for churn scores with the champion, and keeps what it was asked and answered."""

import os
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import mlflow.sklearn
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

MODEL = os.environ.get("MODEL_URI", "models:/churn@champion")
LOG = Path(os.environ.get("PREDICTION_LOG", "/var/log/churn"))
app = FastAPI(title="churn")


class Customer(BaseModel):
    tenure_months: int
    monthly_charge: float
    support_calls: int
    late_payments: int
    contract_months: int


@cache
def model():
    return mlflow.sklearn.load_model(MODEL)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"model": MODEL}


@app.post("/scores")
def scores(customers: list[Customer]) -> list[float]:
    """The probability that each customer leaves within three months."""
    frame = pd.DataFrame([customer.model_dump() for customer in customers])
    frame["score"] = model().predict_proba(frame)[:, 1]
    keep(frame)
    return frame["score"].tolist()


def keep(frame: pd.DataFrame) -> None:
    """One Parquet file a request, in a folder a day."""
    now = datetime.now(UTC)
    folder = LOG / f"dt={now:%Y-%m-%d}"
    folder.mkdir(parents=True, exist_ok=True)
    frame.assign(ts=now, prediction=(frame["score"] >= 0.5).astype(int)).to_parquet(
        folder / f"{uuid.uuid4()}.parquet"
    )
