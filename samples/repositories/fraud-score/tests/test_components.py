"""Runs the components' own functions, without a cluster."""

from types import SimpleNamespace

import pandas as pd
import pytest

from fraud_score.features import CHANNELS, FEATURES, LABEL
from fraud_score.pipeline import compare_with_champion, read_snapshot, validate_data


@pytest.fixture
def payments() -> pd.DataFrame:
    rows = 200
    return pd.DataFrame(
        {
            "amount": [12.5] * rows,
            "hour": [i % 24 for i in range(rows)],
            "card_age_days": range(rows),
            "payments_last_hour": [0] * rows,
            "distance_km": [3.0] * rows,
            "foreign": [0] * rows,
            "channel": [CHANNELS[i % 3] for i in range(rows)],
            LABEL: [int(i % 20 == 0) for i in range(rows)],
        }
    )


def artifact(path) -> SimpleNamespace:
    return SimpleNamespace(path=str(path), metadata={})


def validated(payments, tmp_path) -> int:
    payments.to_parquet(tmp_path / "snapshot")
    return validate_data.python_func(artifact(tmp_path / "snapshot"), LABEL, CHANNELS, 100)


def test_read_snapshot_drops_payments_without_outcome(payments, tmp_path):
    payments[LABEL] = payments[LABEL].astype(float)
    payments.loc[:9, LABEL] = None
    payments.to_parquet(tmp_path / "in.parquet")
    snapshot = artifact(tmp_path / "out.parquet")
    read_snapshot.python_func(str(tmp_path / "in.parquet"), [*FEATURES, LABEL], snapshot)
    assert snapshot.metadata["rows"] == 190


def test_validate_data_returns_rows(payments, tmp_path):
    assert validated(payments, tmp_path) == 200


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [("amount", -1.0, "negative"), ("hour", 24, "outside"), ("channel", "fax", "unknown"), (LABEL, 1, "plausible")],
)
def test_validate_data_refuses(payments, tmp_path, column, value, problem):
    payments[column] = value
    with pytest.raises(ValueError, match=problem):
        validated(payments, tmp_path)


def test_compare_with_champion_is_negative_for_a_worse_model():
    assert compare_with_champion.python_func(0.8, 0.9) < 0
