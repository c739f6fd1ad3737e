"""`manage.py drift` as a person runs it: in a process of its own, without a database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

Files = tuple[str, str]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    random = np.random.default_rng(3)
    paths = (tmp_path / "reference.parquet", tmp_path / "current.parquet")
    for path, shift in zip(paths, (0.0, 1.0), strict=True):
        columns = {"moved": random.normal(shift, 1, 3000), "steady": random.normal(0, 1, 3000)}
        pq.write_table(pa.table(columns), path)
    return str(paths[0]), str(paths[1])


def drift(*arguments: str) -> subprocess.CompletedProcess[str]:
    nowhere = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "manage.py", "drift", *arguments]
    return subprocess.run(
        command, check=False, cwd=settings.BASE_DIR, env=nowhere, capture_output=True, text=True, timeout=120
    )


def test_drift_prints_json(files: Files) -> None:
    result = drift(*files, "--json")

    assert (result.returncode, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert report["mode"] == "exact"
    assert report["columns"]["moved"]["drifted"] is True
    assert report["columns"]["steady"]["drifted"] is False
    assert report["drifted_share"] == 0.5


def test_drift_prints_a_table(files: Files) -> None:
    result = drift(*files)

    assert result.returncode == 0
    assert "moved" in result.stdout
    assert "1 of 2 judged columns drifted (50%, bar 50%)" in result.stdout


def test_drift_can_fail_on_drift_of_chosen_columns(files: Files) -> None:
    assert drift(*files, "--fail-on-drift", "--columns", "steady").returncode == 0
    assert drift(*files, "--fail-on-drift", "--columns", "moved").returncode == 1


@pytest.mark.parametrize("option", ["reference", "current"])
def test_drift_refuses_what_is_no_parquet(files: Files, option: str, tmp_path: Path) -> None:
    text = tmp_path / "text.parquet"
    text.write_text("a,b\n1,2\n")
    pair = (str(text), files[1]) if option == "reference" else (files[0], str(text))
    result = drift(*pair, "--json")

    assert (result.returncode, result.stdout) == (2, "")
    assert "is not a readable Parquet file" in result.stderr
    assert "Traceback" not in result.stderr
