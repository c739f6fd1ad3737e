"""The pure rooms beside the check: places, windows, replayed episodes, drawings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from monitoring.episode import DRIFT_PATIENCE, Outcome, Phase, Standing, replay
from monitoring.heatmap import Check, heat_map, window_label
from monitoring.histogram import histogram
from monitoring.locations import LocationError, allowed_path, partition_of
from monitoring.log_reading import Span, window_start
from monitoring.parquet import Categories, ColumnKind, Numbers
from monitoring.policy import State
from monitoring.profile import (
    NumericProfile,
    Profile,
    edges_of,
    profile_categories,
    profile_numbers,
    profile_reference_categories,
)
from monitoring.windows import sum_of


@pytest.mark.parametrize("location", ["relative", "/etc/passwd", "/data/../etc", "/data\0"])
def test_location_outside_is_refused(location: str) -> None:
    with pytest.raises(LocationError):
        allowed_path(location, allowed=(Path("/data"),))


def test_link_out_of_the_allowed_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "out").symlink_to(tmp_path)
    with pytest.raises(LocationError, match="ALLOWED_LOCAL_PATHS"):
        allowed_path(str(tmp_path / "allowed" / "out"), allowed=((tmp_path / "allowed").resolve(),))


@pytest.mark.parametrize(
    ("name", "start", "hours"),
    [
        ("dt=2026-11-20/a.parquet", (20, 0), 24),
        ("x/dt=2026-11-20/hour=07/a.parquet", (20, 7), 1),
        ("date=2026-11-20/hh=7/a.parquet", (20, 7), 1),
    ],
)
def test_folders_tell_the_time(name: str, start: tuple[int, int], hours: int) -> None:
    found = partition_of(name)
    assert found
    assert found.start == datetime(2026, 11, *start, tzinfo=UTC)
    assert found.length == timedelta(hours=hours)


@pytest.mark.parametrize(
    "name", ["a.parquet", "dt=2026-13-40/a.parquet", "dt=today/a", "dt=2026-11-20/hour=25/a"]
)
def test_folders_without_a_time(name: str) -> None:
    assert partition_of(name) is None


def test_windows_begin_at_full_hours_and_days() -> None:
    moment = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)
    assert window_start(moment, Span.HOUR) == moment.replace(minute=0, second=0)
    assert window_start(moment, Span.DAY) == moment.replace(hour=0, minute=0, second=0)


BREACH, OK, FEW = Outcome(state=State.BREACH), Outcome(state=State.OK), Outcome(state=State.INSUFFICIENT)


@pytest.mark.parametrize(
    ("history", "phase", "since"),
    [
        ([], Phase.INACTIVE, None),
        ([OK, BREACH], Phase.PENDING, 1),
        ([OK, BREACH, OK, BREACH], Phase.FIRING, 1),
        ([BREACH, BREACH, OK], Phase.RECOVERING, 0),
        ([BREACH, BREACH, FEW, OK, FEW, OK], Phase.RESOLVED, None),
        ([BREACH, BREACH, OK, OK, OK, BREACH, BREACH], Phase.FIRING, 5),
    ],
)
def test_replay_finds_where_an_alert_stands(history: list[Outcome], phase: Phase, since: int | None) -> None:
    assert replay(history, patience=DRIFT_PATIENCE) == Standing(phase, since)


def numbers(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> NumericProfile:
    return profile_numbers(
        Numbers(values=values, missing=0, nonfinite=0),
        edges=edges_of(np.sort(BASE)),
        kind=ColumnKind.NUMERIC,
        dtype="float64",
    )


BASE = np.random.default_rng(0).normal(size=4000)


def test_histogram_holds_every_value() -> None:
    drawn = histogram(numbers(BASE), numbers(BASE[:900] + 0.5))
    assert drawn
    assert len(drawn.edges) == len(drawn.baseline) + 1 == len(drawn.window) + 1
    assert sum(drawn.baseline) == pytest.approx(1)
    assert sum(drawn.window) == pytest.approx(1)
    assert not drawn.is_logarithmic


def test_histogram_of_names_shows_unseen_ones() -> None:
    before = profile_reference_categories(Categories(counts={"chip": 6, "web": 4}, missing=0), dtype="string")
    after = profile_categories(
        Categories(counts={"web": 3, "fax": 1}, missing=0), reference=before, dtype="string"
    )
    drawn = histogram(before, after)
    assert drawn
    assert drawn.labels == ("chip", "web", "other")
    assert (drawn.baseline, drawn.window) == ((0.6, 0.4, 0.0), (0.0, 0.75, 0.25))


def test_histogram_of_an_empty_side_is_none() -> None:
    assert histogram(numbers(BASE), numbers(BASE[:0])) is None


def test_sum_of_parts_keeps_columns_that_one_lacks() -> None:
    whole = numbers(BASE)
    parts = [Profile(4000, {"a": whole, "b": whole}, {}), Profile(4000, {"a": whole}, {})]
    added = sum_of(parts)
    assert added.rows == 8000
    sizes = {
        name: column.size for name, column in added.columns.items() if isinstance(column, NumericProfile)
    }
    assert sizes == {"a": 8000, "b": 4000}


def made_check(window: int, column: str, value: float) -> Check:
    figures = {
        "psi": {"value": value, "threshold": 0.1, "floor": 0.02},
        "ks": {"value": value, "floor": 0.02},
    }
    return Check(window=window, column=column, state="ok", reason="", score=value / 0.1, figures=figures)


def test_heat_map_puts_the_worst_first_and_leaves_holes() -> None:
    checks = [made_check(1, "calm", 0.01), made_check(2, "calm", 0.01), made_check(2, "hot", 0.3)]
    drawn = heat_map(checks, windows=[1, 2], statistic="psi", selected=("hot", 2), whole=False)
    assert [row.column for row in drawn.rows] == ["hot", "calm"]
    assert [(cell.band, cell.text) for cell in drawn.rows[0].cells] == [("", "–"), ("4", ".300")]
    assert drawn.rows[0].cells[1].is_selected


def test_statistic_that_never_decides_is_held_against_chance() -> None:
    drawn = heat_map([made_check(1, "a", 0.05)], windows=[1], statistic="ks", selected=("", 0), whole=True)
    assert (drawn.has_bar, drawn.rows[0].cells[0].band) == (False, "1")


def test_heads_name_the_month_once() -> None:
    first = datetime(2026, 11, 30, tzinfo=UTC)
    after = first + timedelta(days=1)
    assert window_label(first, is_hourly=False, before=None) == "30 Nov"
    assert window_label(after, is_hourly=False, before=first) == "1 Dec"
    assert window_label(after + timedelta(days=1), is_hourly=False, before=after) == "2"
