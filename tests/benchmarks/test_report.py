"""Benchmarks: goals, forms of the report, measuring a process."""

import json

import pytest

from benchmarks import drift
from benchmarks.__main__ import names
from benchmarks.process import Call, CallError, measure
from benchmarks.report import Goal, Report


@pytest.mark.parametrize(("value", "met"), [(3.9, True), (4.0, True), (4.1, False)])
def test_report_is_met_when_every_goal_is(value: float, met: bool) -> None:
    report = Report(name="x", figures={"ratio": value}, goals=(Goal("ratio", "<=", 4),))

    assert report.met is met
    assert json.loads(report.as_json())["met"] is met
    assert ("All goals are met." in report.as_table()) is met


def test_report_misses_a_goal_that_was_not_measured() -> None:
    report = Report(name="x", figures={}, goals=(Goal("ratio", "<=", 4),))

    assert not report.met
    assert "ratio  not measured" in report.as_table()


def test_names_lists_the_benchmarks_only() -> None:
    assert "drift" in names()
    assert not {"report", "process", "__main__"} & set(names())


def test_measure_tells_cost_and_failure() -> None:
    cost = measure(Call("time", "strftime", ("%Y",)))
    assert cost.cpu_s > 0
    assert cost.peak_rss_mb > 1
    with pytest.raises(CallError, match=r"os\._exit"):
        measure(Call("os", "_exit", ("nan",)))


def test_drift_runs_on_a_small_table() -> None:
    report = drift.run(rows=2_000, runs=1)

    assert {goal.figure for goal in drift.GOALS} <= report.figures.keys()
    assert report.figures["ours_peak_rss_mb"] > 0
