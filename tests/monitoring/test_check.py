"""A whole check on real Parquet files and a real database."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from evidence.models import Event, Node
from monitoring import intake
from monitoring.check import check_due, run_check
from monitoring.models import (
    Alert,
    AlertKind,
    AlertState,
    Baseline,
    CheckResult,
    ContractFinding,
    ContractState,
    FileState,
    LogFile,
    Monitor,
    Severity,
    Window,
    WindowPart,
)
from tests.conftest import World
from tests.monitoring.logs import (
    DAY,
    NOW,
    SEED_SENTENCE,
    Log,
    check,
    made_deployment,
    made_version,
    write,
)

pytestmark = pytest.mark.usefixtures("version")
EVERYTHING = (Baseline, LogFile, Window, WindowPart, CheckResult, ContractFinding, Alert, Event)


def rows() -> dict[str, object]:
    """How many rows of each table there are, and what the alerts and windows say."""
    counts: dict[str, object] = {model.__name__: model.objects.count() for model in EVERYTHING}
    alerts = Alert.objects.order_by("pk").values_list("kind", "column", "state", "message", "since", "seen")
    windows = Window.objects.order_by("start").values_list("start", "rows", "state", "reason", "profile")
    return {**counts, "alerts": list(alerts), "windows": list(windows)}


def test_calm_log_is_judged_and_told(log: Log, world: World, version: Node) -> None:
    for day in (2, 1):
        log.write_day(day)
    check(monitor := log.monitor(world.system, model_version="3"))
    assert monitor.problem == ""
    assert [w.state for w in Window.objects.all()] == ["ok", "ok"]
    assert not Alert.objects.exists()
    event = Event.objects.get(kind="drift_checked", attrs__window_start__startswith="2026-11-19")
    assert (event.node, event.system) == (version, world.system)
    assert (event.attrs["state"], event.attrs["rows"], event.attrs["columns"]) == ("ok", 2000, 2)
    assert event.attrs["baseline"].endswith("(5,000 rows)")
    assert event.at == NOW.replace(hour=0)


def test_time_column_is_no_input(log: Log, world: World) -> None:
    log.write_day(1)
    check(log.monitor(world.system, model_version="3"))
    assert LogFile.objects.get().contract_state == ContractState.KEPT


def test_one_drifted_window_is_watched(log: Log, world: World) -> None:
    log.write_day(2)
    log.write_day(1, shift=0.5)
    check(log.monitor(world.system, model_version="3"))
    assert list(Alert.objects.values_list("column", "state")) == [("feature_a", AlertState.PENDING)]
    assert not Event.objects.filter(kind="alert_opened").exists()


def test_second_drifted_window_opens_an_alert(log: Log, world: World, deployment: Node) -> None:
    log.write_day(3)
    for day in (2, 1):
        log.write_day(day, shift=0.5)
    check(log.monitor(world.system))
    alert = Alert.objects.get()
    assert (alert.state, alert.severity, alert.node) == (AlertState.FIRING, Severity.HIGH, deployment)
    assert alert.since == (NOW - 2 * DAY).replace(hour=0)
    assert "reaches" in alert.message
    opened = Event.objects.get(kind="alert_opened")
    assert (opened.node, opened.attrs["alert"]) == (deployment, str(alert.pk))


def test_alert_clears_after_two_calm_windows(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    for day, shift, state in (
        (5, 0.5, "pending"),
        (4, 0.5, "firing"),
        (3, 0, "recovering"),
        (2, 0, "resolved"),
    ):
        log.write_day(day, shift=shift)
        check(monitor, now=NOW - (day - 1) * DAY)
        assert Alert.objects.get(column="feature_a").state == state
    assert Event.objects.filter(kind="alert_resolved").count() == 1


def test_episode_that_never_fired_leaves_nothing(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    log.write_day(5, shift=0.5)
    check(monitor)
    for day in (4, 3, 2):
        log.write_day(day)
    check(monitor)
    assert not Alert.objects.filter(kind=AlertKind.DRIFT).exists()


def test_running_twice_changes_nothing(log: Log, world: World) -> None:
    for day in (3, 2, 1):
        log.write_day(day, shift=0.5, broken=day == 1)
    check(monitor := log.monitor(world.system, model_version="3"))
    before = rows()
    check(monitor)
    assert rows() == before


@pytest.mark.parametrize("deaths", [(1,), (2,), (1, 3)])
def test_death_between_files_leaves_the_same_rows(
    log: Log, world: World, monkeypatch: pytest.MonkeyPatch, deaths: tuple[int, ...]
) -> None:
    for day in (4, 3, 2, 1):
        log.write_day(day, shift=0.5)
    check(log.monitor(world.system, model_version="3"))
    whole = rows()
    for model in (Alert, CheckResult, WindowPart, Window, LogFile):
        model.objects.all().delete()
    monitor = Monitor.objects.get()
    read = intake._read
    count = 0

    def dies(*args: object, **kwargs: object) -> None:
        nonlocal count
        count += 1
        if count in deaths:
            raise KeyboardInterrupt
        read(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "_read", dies)
    for _death in deaths:
        with pytest.raises(KeyboardInterrupt):
            run_check(monitor.pk, now=NOW)
        Monitor.objects.update(lease_until=NOW - DAY)
    check(monitor)
    again = rows()
    del whole["Event"], again["Event"]  # another alert is another event; the table refuses to forget
    assert again == whole


def test_late_file_is_added_to_its_window(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    log.write_day(1, rows=1000)
    check(monitor)
    log.write_day(1, rows=500, name="part-1", seed=2)
    check(monitor)
    window = Window.objects.get()
    assert (window.rows, window.parts.count()) == (1500, 2)
    assert sorted(Event.objects.values_list("attrs__rows", flat=True)) == [1000, 1500]


def test_changed_file_replaces_its_part(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    path = log.write_day(1, rows=1000)
    check(monitor)
    os.utime(log.write_day(1, rows=700), ns=(path.stat().st_mtime_ns + 10**9,) * 2)
    check(monitor)
    assert (Window.objects.get().rows, WindowPart.objects.count()) == (700, 1)


def test_one_file_may_span_windows(log: Log, world: World) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = [log.write_day(day, rows=900) for day in (2, 1)]
    pq.write_table(
        pa.concat_tables(pq.read_table(p, partitioning=None) for p in paths), log.folder / "all.parquet"
    )
    for path in paths:
        path.unlink()
    check(log.monitor(world.system, model_version="3"))
    assert [w.rows for w in Window.objects.all()] == [900, 900]


def test_hours_come_from_the_time_column(log: Log, world: World) -> None:
    log.write_day(1, rows=5000)
    check(log.monitor(world.system, model_version="3", window="hour"))
    assert Window.objects.count() == 11
    assert sum(w.rows for w in Window.objects.all()) == 5000


def test_contract_reads_as_the_seed(log: Log, world: World, deployment: Node) -> None:
    log.write_day(2)
    log.write_day(1, broken=True)
    check(log.monitor(world.system))
    alert = Alert.objects.get(kind=AlertKind.CONTRACT)
    assert alert.message == SEED_SENTENCE
    assert (alert.state, alert.severity) == (AlertState.FIRING, Severity.HIGH)
    assert LogFile.objects.get(contract_state=ContractState.BROKEN).contract == SEED_SENTENCE
    found = ContractFinding.objects.values_list("column", "kind", "expected", "received")
    assert list(found) == [
        ("feature_a", "dtype", "float32", "float64"),
        ("feature_b", "dtype", "float32", "float64"),
        ("feature_c", "extra", "", "float64"),
    ]
    assert {f.first_file for f in ContractFinding.objects.all()} == {"dt=2026-11-19/part-0.parquet"}


def test_contract_heals_with_the_next_good_file(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    log.write_day(2, broken=True)
    check(monitor)
    log.write_day(1)
    check(monitor)
    assert Alert.objects.get(kind=AlertKind.CONTRACT).state == AlertState.RESOLVED


def test_contract_needs_no_baseline(log: Log, world: World) -> None:
    log.training.unlink()
    log.write_day(1, broken=True)
    check(monitor := log.monitor(world.system, model_version="3"))
    assert "There is no baseline" in monitor.problem
    assert Alert.objects.get().message == SEED_SENTENCE
    log.write_training()
    check(monitor)
    assert (monitor.problem, Window.objects.count()) == ("", 1)


def test_without_a_signature_the_contract_is_unknown(log: Log, world: World) -> None:
    made_version(world.system, number="4", inputs=None)
    log.write_day(1, broken=True)
    check(log.monitor(world.system, model_version="4"))
    assert LogFile.objects.get().contract_state == ContractState.UNKNOWN
    assert not ContractFinding.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("text.parquet", b"not a table", "is not a readable Parquet file"),
        ("empty.parquet", b"", "is an empty file"),
        ("cut.parquet", None, "is not a readable Parquet file"),
    ],
)
def test_bad_file_becomes_a_sentence(
    log: Log, world: World, name: str, content: bytes | None, why: str
) -> None:
    good = log.write_day(1)
    (log.folder / name).write_bytes(good.read_bytes()[:-200] if content is None else content)
    check(monitor := log.monitor(world.system, model_version="3"))
    bad = LogFile.objects.get(name=name)
    assert bad.state == FileState.ERROR
    assert why in bad.error
    assert (monitor.problem, Window.objects.count()) == ("", 1)


def test_file_without_rows_or_time_becomes_a_sentence(log: Log, world: World) -> None:
    import numpy as np

    write(log.folder / "none.parquet", {"feature_a": np.zeros(0, dtype=np.float32)})
    future = np.full(5, np.datetime64("2030-01-01", "us"))
    write(log.folder / "later.parquet", {"ts": future, "feature_a": np.zeros(5)})
    check(log.monitor(world.system, model_version="3"))
    errors = list(LogFile.objects.order_by("name").values_list("error", flat=True))
    assert "has a usable time" in errors[0]
    assert "no rows" in errors[1]


def test_mended_file_is_read(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    path = log.folder / "dt=2026-11-19" / "part-0.parquet"
    path.parent.mkdir()
    path.write_bytes(b"half")
    check(monitor)
    log.write_day(1)
    check(monitor)
    assert LogFile.objects.get().state == FileState.READ


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"model_version": "9"}, "churn v9 is not among the model versions"),
        ({}, "No live deployment of churn is known"),
        ({"model_version": "3", "log_location": "/nowhere"}, "lies outside of the folders"),
    ],
)
def test_what_keeps_it_from_judging_is_said(log: Log, world: World, fields: dict[str, str], why: str) -> None:
    check(monitor := log.monitor(world.system, **fields))
    assert why in monitor.problem
    assert not Alert.objects.exists()
    Monitor.objects.update(problem_since=NOW - timedelta(hours=1))
    check(monitor)
    assert Alert.objects.get().kind == AlertKind.ERROR


def test_link_out_of_the_folder_is_not_followed(log: Log, world: World, tmp_path: Path) -> None:
    (log.folder / "secret.parquet").symlink_to(log.training)
    check(monitor := log.monitor(world.system, model_version="3"))
    assert not LogFile.objects.exists()
    assert "no Parquet file yet" in monitor.problem


def test_missing_log_opens_and_closes_an_alert(log: Log, world: World) -> None:
    monitor = log.monitor(world.system, model_version="3")
    log.write_day(4)
    check(monitor)
    alert = Alert.objects.get()
    assert (alert.kind, alert.state) == (AlertKind.NO_DATA, AlertState.FIRING)
    log.write_day(1)
    check(monitor)
    alert.refresh_from_db()
    assert alert.state == AlertState.RESOLVED


def test_follows_the_live_deployment(log: Log, world: World, version: Node) -> None:
    old = made_deployment(version)
    log.write_day(3, shift=0.5)
    log.write_day(2, shift=0.5)
    check(monitor := log.monitor(world.system), now=NOW - DAY)
    assert Alert.objects.get().state == AlertState.FIRING
    Node.objects.filter(pk=old.pk).update(state="superseded")
    newer = made_version(world.system, number="4")
    made_deployment(newer)
    log.write_day(1)
    check(monitor)
    assert Alert.objects.get().state == AlertState.RESOLVED
    assert Window.objects.order_by("-start")[0].baseline.version == newer


def test_reported_deployment_beats_a_claim(log: Log, world: World, version: Node) -> None:
    made_deployment(version)
    made_deployment(made_version(world.system, number="4"), how="declared")
    log.write_day(1)
    check(log.monitor(world.system))
    assert Window.objects.get().baseline.version == version


def test_lease_keeps_a_second_worker_out(log: Log, world: World, settings: Settings) -> None:
    monitor = log.monitor(world.system, model_version="3", lease_until=NOW + timedelta(seconds=10))
    assert not run_check(monitor.pk, now=NOW)
    assert run_check(monitor.pk, now=NOW + timedelta(seconds=11))


def test_due_monitors_are_sent(log: Log, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("monitoring.tasks.check_monitor_task.delay", sent.append)
    due = log.monitor(world.system, next_due_at=NOW)
    log.monitor(world.system, slug="later", next_due_at=NOW + DAY)
    log.monitor(world.system, slug="off", next_due_at=NOW, enabled=False)
    assert check_due(NOW) == 1
    assert sent == [due.pk]
