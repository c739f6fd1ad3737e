"""`manage.py up` as a person runs it: starts everything, keeps the data, stops everything."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path) -> dict[str, str]:
    """As in a fresh shell: no server is named."""
    hidden = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE"}
    return {
        **{k: v for k, v in os.environ.items() if k not in hidden},
        "DATA_DIR": str(data),
        "PYTHONUNBUFFERED": "1",
    }


def start(data: Path, port: int, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "manage.py", "up", "--no-samples", "--port", str(port)]
    with open(log, "ab") as output:
        return subprocess.Popen(command, cwd=HOME, env=environment(data), stdout=output, stderr=output)


def answers(port: int, seconds: float = 180) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def processes_with(text: str) -> list[str]:
    """Command lines of this machine's processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            if text.encode() in file.read_bytes():
                found.append((file.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, int, "subprocess.Popen[bytes]"]]:
    port = free_port()
    process = start(tmp_path / "data", port, tmp_path / "log")
    yield tmp_path, port, process
    if process.poll() is None:
        process.terminate()
        process.wait(60)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_up_starts_refuses_a_second_keeps_data_and_stops(
    running: tuple[Path, int, "subprocess.Popen[bytes]"],
) -> None:
    home, port, first = running
    log = home / "log"
    assert answers(port), log.read_text()
    password = (home / "data" / "password").read_text()

    second = start(home / "data", free_port(), log)
    assert second.wait(60) == 1
    assert "running already" in log.read_text()

    first.send_signal(signal.SIGINT)
    assert first.wait(60) == 0, log.read_text()
    assert processes_with(str(home / "data")) == []

    again = start(home / "data", port, log)
    try:
        assert answers(port), log.read_text()
        assert (home / "data" / "password").read_text() == password
        assert log.read_text().count(password.strip()) == 2
    finally:
        again.send_signal(signal.SIGINT)
        assert again.wait(60) == 0


def test_up_names_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path / "data", port, tmp_path / "log")
        assert process.wait(60) == 1
    assert f"Port {port} is in use" in (tmp_path / "log").read_text()
