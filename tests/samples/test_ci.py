"""The tests of the samples' pull requests are really run, once, and told as they ended."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from samples import ci
from samples.github_standin.repository import Repository
from tests.samples.test_github_standin import PROJECT, made, outcome

GOOD = "import unittest\nclass T(unittest.TestCase):\n    def test_x(self):\n        print('here')\n"


def copy(folder: Path, **tests: str) -> Path:
    (folder / "tests").mkdir(parents=True)
    for name, text in tests.items():
        (folder / "tests" / f"{name}.py").write_text(text)
    return folder


def test_unit_tests_tells_each_folder_apart(tmp_path: Path) -> None:
    broken = GOOD.replace("print('here')", "self.fail('on purpose')")
    folders = [
        copy(tmp_path / "good", test_a=GOOD, test_out=broken),
        copy(tmp_path / "bad", test_a=broken),
        copy(tmp_path / "unreadable", test_a="import no_such_package"),
        copy(tmp_path / "empty"),
    ]
    command = [sys.executable, "-m", "samples.unit_tests", "--without=test_out.py", *map(str, folders)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=120)
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [each["succeeded"] for each in found] == [True, False, False, False]
    assert "here" in found[0]["log"]
    assert "on purpose" in found[1]["log"]


@pytest.mark.slow
def test_test_changes_runs_every_pull_request_once(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    ci.test_changes(workspace)
    runs = Repository(tmp_path, "fraud-score").runs()
    pulls = Repository(tmp_path, "fraud-score").pulls()
    assert {run["head"] for run in runs} == {pull.head for pull in pulls}
    jobs = {(job["name"], job["conclusion"]) for run in runs for job in run["jobs"]}
    assert jobs == {("test", "success"), ("manifests", "skipped")}
    newest = next(run for run in runs if run["head"] == pulls[-1].head)
    assert "not run: tests/test_contract.py" in newest["jobs"][0]["log"]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("github/*/runs/*")}
    ci.test_changes(workspace)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("github/*/runs/*")} == before


def test_record_tells_a_failed_job(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    head = Repository(tmp_path, "churn").pulls()[0].head
    ci.record(workspace, "churn", "ci.yml", head=head, done={"test": outcome("failure")})
    [run] = Repository(tmp_path, "churn").runs()
    assert run["conclusion"] == "failure"
