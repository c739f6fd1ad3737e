"""The generated data: the same every time, learnable, and drifted where it shall be."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from samples import data

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_write_snapshots_gives_the_same_bytes_again(tmp_path: Path) -> None:
    places = [data.snapshots(tmp_path / name) for name in ("a", "b")]
    for each in places:
        data.write_snapshots(each)
    assert data.checksums(places[0]) == data.checksums(places[1])


def test_offers_are_single_precision_and_requests_of_them_are_not(tmp_path: Path) -> None:
    trained = data.offers(10, seed=1)
    asked = data.requests("churn-uplift", day=0, rows=10)
    assert {str(v.dtype) for n, v in trained.items() if n.startswith("feature")} == {"float32"}
    assert list(asked) == ["feature_a", "feature_b", "feature_c"]
    assert {str(values.dtype) for values in asked.values()} == {"float64"}


@pytest.mark.parametrize(("day", "drifted"), [(0, False), (9, False), (10, True), (13, True)])
def test_requests_of_the_fraud_score_drift_in_the_last_days(day: int, drifted: bool) -> None:
    trained = float(data.payments(4000, seed=5)["amount"].astype(float).mean())
    asked = float(data.requests("fraud-score", day=day, rows=4000)["amount"].astype(float).mean())
    assert (asked / trained > 1.25) == drifted


def test_requests_of_churn_look_like_its_training_data() -> None:
    trained = data.customers(4000, seed=2)
    asked = data.requests("churn", day=13, rows=4000)
    assert set(trained) - set(asked) == {"churned", "customer_id"}
    assert (
        abs(asked["tenure_months"].astype(float).mean() - trained["tenure_months"].astype(float).mean()) < 1.5
    )


def test_requests_refuses_an_unknown_model() -> None:
    with pytest.raises(ValueError, match="nobody"):
        data.requests("nobody", day=0, rows=1)


def test_moments_end_now_and_ascend() -> None:
    last = data.moments(day=data.DAYS_OF_LOG - 1, rows=50, now=NOW)
    first = data.moments(day=0, rows=50, now=NOW)
    assert last[-1] <= np.datetime64("2026-11-22T09:30")
    assert str(first[0])[:10] == "2026-11-09"
    assert (np.diff(last) >= np.timedelta64(0, "us")).all()


def test_write_leaves_nothing_half_written(tmp_path: Path) -> None:
    data.write(data.sales(weeks=3, articles=2, seed=1), tmp_path / "x" / "sales.parquet")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["sales.parquet"]
    assert pq.read_table(tmp_path / "x" / "sales.parquet").num_rows == 6
