"""Two Parquet files compared, exactly and by profile, on good and on odd columns."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from monitoring.drift import DriftReport, Mode, compare_files
from monitoring.parquet import ParquetError
from monitoring.policy import State

Columns = Mapping[str, Any]
MODES = [pytest.param(5_000_000, id="exact"), pytest.param(0, id="profile")]
RANDOM = np.random.default_rng(5)


def compared(folder: Path, before: Columns, after: Columns, *, exact_rows: int) -> DriftReport:
    paths = folder / "reference.parquet", folder / "current.parquet"
    for path, columns in zip(paths, (before, after), strict=True):
        pq.write_table(pa.table(columns), path, row_group_size=400)
    report = compare_files(*paths, exact_rows=exact_rows)
    json.dumps(report.to_json(), allow_nan=False)
    assert report.mode is (Mode.EXACT if exact_rows else Mode.PROFILE)
    return report


def state_of(folder: Path, before: object, after: object, *, exact_rows: int) -> State:
    report = compared(folder, {"x": before}, {"x": after}, exact_rows=exact_rows)
    return report.columns["x"].verdict.state


def test_compare_files_equals_scipy_on_one_shifted_column(tmp_path: Path) -> None:
    before = {"x": RANDOM.normal(size=2000), "y": RANDOM.normal(size=2000)}
    after = {"x": RANDOM.normal(0.5, 1, 1500), "y": RANDOM.normal(size=1500)}
    report = compared(tmp_path, before, after, exact_rows=5_000_000)
    figures = report.columns["x"].statistics

    assert figures["wasserstein"] == pytest.approx(
        stats.wasserstein_distance(before["x"], after["x"]), rel=1e-12
    )
    assert figures["ks"] == pytest.approx(stats.ks_2samp(before["x"], after["x"]).statistic, rel=1e-12)
    assert figures["chi2"] is None
    assert report.drifted_share == 0.5
    assert [column.is_drifted for column in report.columns.values()] == [True, False]


def test_to_json_has_the_published_form(tmp_path: Path) -> None:
    report = compared(tmp_path, {"x": [1.0, 2.0]}, {"x": [1.0]}, exact_rows=5_000_000).to_json()
    column = report["columns"]["x"]  # type: ignore[index]

    assert {"mode", "columns", "schema", "drifted_share"} <= report.keys()
    assert {"kind", "n", "statistics", "drifted", "reason"} <= column.keys()
    assert column["n"] == [2, 1]
    assert set(column["statistics"]) == {
        "wasserstein", "wasserstein_normalised", "ks", "kl", "js", "psi", "chi2", "cramers_v",
    }  # fmt: skip
    assert report["schema"] == {"missing": [], "extra": [], "dtype": []}


@pytest.mark.parametrize("exact_rows", MODES)
@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        pytest.param(np.full(900, 5.0), np.full(900, 5.0), State.OK, id="equal constants"),
        pytest.param(np.full(900, 5.0), np.full(900, 7.0), State.BREACH, id="other constant"),
        pytest.param(np.full(900, 5), RANDOM.normal(size=900), State.BREACH, id="constant to continuous"),
        pytest.param(pa.nulls(900, pa.float64()), pa.nulls(900, pa.float64()), State.NO_DATA, id="all null"),
        pytest.param(RANDOM.normal(size=900), pa.nulls(900), State.BREACH, id="numbers to null type"),
        pytest.param(pa.nulls(900), pa.nulls(900), State.NO_DATA, id="null type"),
        pytest.param(["a", "b"] * 450, pa.nulls(900, pa.string()), State.BREACH, id="text to null"),
        pytest.param(RANDOM.normal(size=900), np.full(900, np.inf), State.BREACH, id="infinite"),
        pytest.param(np.full(900, np.nan), np.full(900, np.inf), State.BREACH, id="no finite value"),
        pytest.param(np.full(900, np.inf), np.full(900, np.inf), State.NO_DATA, id="both infinite"),
        pytest.param(np.geomspace(1, 1e308, 900), np.geomspace(1, 1e308, 900), State.ERROR, id="huge"),
        pytest.param(RANDOM.normal(size=900), np.ones(1), State.INSUFFICIENT, id="one row"),
        pytest.param(["a", "b"] * 450, ["c", "d"] * 450, State.BREACH, id="unseen only"),
        pytest.param(["a", "b"] * 450, ["a", "b"] * 450, State.OK, id="equal categories"),
        pytest.param([True, False] * 450, [True, True, False] * 300, State.BREACH, id="boolean"),
        pytest.param([True, False] * 450, [True, False] * 450, State.OK, id="equal boolean"),
        pytest.param(np.arange(900), ["a"] * 900, State.ERROR, id="number to text"),
        pytest.param(np.arange(2000), np.arange(2000.0), State.OK, id="integer to float"),
        pytest.param([[1]] * 900, [[2]] * 900, State.OK, id="lists"),
        pytest.param([[1]] * 900, [None] * 900, State.BREACH, id="lists to null"),
        pytest.param(pa.array(range(900), pa.timestamp("s")), pa.nulls(900, pa.timestamp("s")), State.BREACH,
                     id="dates to null"),
    ],
)  # fmt: skip
def test_compare_files_gives_odd_columns_a_state(
    tmp_path: Path, before: object, after: object, state: State, exact_rows: int
) -> None:
    assert state_of(tmp_path, before, after, exact_rows=exact_rows) is state


@pytest.mark.parametrize("exact_rows", MODES)
def test_compare_files_refuses_identifiers_as_categories(
    tmp_path: Path, exact_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.profiler.MAX_CATEGORIES", 100)
    names = [f"user {number}" for number in range(900)]
    report = compared(
        tmp_path, {"id": names, "x": [1] * 900}, {"id": names, "x": [1] * 900}, exact_rows=exact_rows
    )

    assert report.columns["id"].verdict.state is State.ERROR
    assert "identifier" in report.columns["id"].verdict.reason
    assert report.columns["x"].verdict.state is State.OK


def test_compare_files_tells_renamed_and_retyped_columns(tmp_path: Path) -> None:
    before = {"old": [1], "kept": pa.array([1], pa.int32())}
    after = {"new": [1], "kept": pa.array([1], pa.int64())}
    report = compared(tmp_path, before, after, exact_rows=5_000_000)

    assert list(report.columns) == ["kept"]
    assert report.schema.to_json() == {
        "missing": ["old"],
        "extra": ["new"],
        "dtype": [
            {"column": "kept", "expected": "int32", "received": "int64", "lossy": True, "risk": "breaking"}
        ],
    }


def test_compare_files_by_profile_reads_a_long_reference_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = RANDOM.normal(size=3000)
    whole = compared(tmp_path, {"x": values}, {"x": values}, exact_rows=0)
    monkeypatch.setattr("monitoring.profiler.HELD_ROWS", 1000)
    sampled = compared(tmp_path, {"x": values}, {"x": values}, exact_rows=0)

    assert whole.columns["x"].statistics["ks"] == sampled.columns["x"].statistics["ks"] == 0
    assert sampled.columns["x"].verdict.state is State.OK


def test_compare_files_without_a_common_column(tmp_path: Path) -> None:
    report = compared(tmp_path, {"a": [1]}, {"b": [1]}, exact_rows=5_000_000)
    assert (report.drifted_share, report.verdict.state) == (0.0, State.NO_DATA)


@pytest.mark.parametrize("names", [("y",), ("x", "y")])
def test_compare_files_refuses_an_unknown_name(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(ParquetError, match="Neither file has a column y"):
        compare_files(path, path, names=names)


def test_a_column_named_with_a_dot_is_read_by_its_name(tmp_path: Path) -> None:
    columns = {"a.b": [1.0, 2.0], "a": [5.0, 6.0]}
    report = compared(tmp_path, columns, columns, exact_rows=5_000_000)
    assert list(report.columns) == ["a.b", "a"]
