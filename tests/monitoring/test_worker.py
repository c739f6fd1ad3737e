"""A real Celery worker over a real broker, killed in the middle of a check."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from evidence.models import Event
from monitoring.models import Alert, CheckResult, FileState, LogFile, Monitor, Window, WindowPart
from monitoring.tasks import check_monitor_task
from tests.conftest import World
from tests.monitoring.logs import Log, made_version

DAYS = 12
LEASE_SECONDS = 4
QUEUE = "drift-killed"

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def start_worker(log: Log) -> "subprocess.Popen[bytes]":
    """A worker on the test database, in a process group of its own."""
    server, _, _ = str(settings.DATABASE_URL).rpartition("/")
    environment = {
        **os.environ,
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "ALLOWED_LOCAL_PATHS": str(log.root),
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "NO_BOOTSTRAP": "1",
    }
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-c", "1", "-Q", QUEUE]
    flags = ["-l", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return subprocess.Popen(
        [*command, *flags],
        cwd=Path(settings.BASE_DIR),
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(worker: "subprocess.Popen[bytes]") -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.fixture
def workers() -> Iterator[list["subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for worker in started:
        if worker.poll() is None:
            kill(worker)


def wait(until: Callable[[], bool], *, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"not in time: {what}, {read_files()} files read"
        time.sleep(0.02)


def read_files() -> int:
    return LogFile.objects.filter(state=FileState.READ).count()


def test_killed_worker_leaves_one_alert_and_no_double_rows(
    log: Log, world: World, workers: list["subprocess.Popen[bytes]"]
) -> None:
    made_version(world.system)
    log.now = timezone.now()
    for day in range(1, DAYS + 1):
        log.write_day(day, rows=60_000, shift=0.5 if day < 4 else 0.0)
    monitor = log.monitor(world.system, model_version="3")
    workers.append(start_worker(log))
    check_monitor_task.apply_async((monitor.pk,), queue=QUEUE)
    wait(lambda: read_files() >= 2, what="two files")
    kill(workers[0])
    assert read_files() < DAYS
    workers.append(start_worker(log))

    def checked() -> bool:
        """Beat would send it every minute; a held lease keeps the second worker out until it ends."""
        check_monitor_task.apply_async((monitor.pk,), queue=QUEUE)
        time.sleep(0.5)
        return Monitor.objects.get().checked_at is not None

    wait(checked, what="the whole check")
    assert (read_files(), Window.objects.count(), WindowPart.objects.count()) == (DAYS, DAYS, DAYS)
    assert sum(Window.objects.values_list("rows", flat=True)) == DAYS * 60_000
    assert CheckResult.objects.count() == DAYS * 2
    assert list(Alert.objects.values_list("kind", "column", "state")) == [("drift", "feature_a", "firing")]
    told = Event.objects.values_list("kind", flat=True)
    assert (list(told).count("drift_checked"), list(told).count("alert_opened")) == (DAYS, 1)
