"""A real MLflow server of our own, and runs written straight into its database: its API would take
minutes for what is to be read."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

START_SECONDS = 150
DATASETS = 20
COLUMNS = 12


class ServerError(Exception):
    """The server did not start; the message ends with its log."""


def start(folder: Path) -> tuple[str, int]:
    """Start a server that keeps everything in `folder`; its address and its process id."""
    from config.programs import sample_mlflow

    port = free_port()
    program = sample_mlflow(folder, port)
    return launch(list(map(str, program.command)), env=program.env, folder=folder, port=port)


def launch(command: list[str], *, env: Mapping[str, str], folder: Path, port: int) -> tuple[str, int]:
    """Start any MLflow server and wait until it answers; its address and its process id."""
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, **env},
            start_new_session=True,
        )
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _answers(url):
            return url, process.pid
        time.sleep(0.2)
    stop(process.pid)
    raise ServerError(f"MLflow did not start:\n{log.read_text(errors='replace')[-3000:]}")


def stop(pid: int) -> None:
    """End a server and its workers, which form a process group of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        if _has_ended(pid, seconds=10):
            return


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server for the length of a block; gives its address."""
    url, pid = start(folder)
    try:
        yield url
    finally:
        stop(pid)


def _has_ended(pid: int, *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(ChildProcessError):  # another process started it
            os.waitpid(pid, os.WNOHANG)
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        status = httpx.get(f"{url}/version", timeout=2, trust_env=False).status_code
        return status in {200, 401}  # 401: it is there, and asks for a sign-in
    except httpx.HTTPError:
        return False


class Seed:
    """Writes runs with 7 tags, 10 parameters, 6 metrics and one or two datasets each."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "mlflow.db"
        self.random = random.Random(20261122)
        with self._connected() as rows:
            self.experiment = rows.execute(
                "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time,"
                " last_update_time, workspace)"
                " VALUES ('bench', 'mlflow-artifacts:/1', 'active', 1, 1, 'default') RETURNING experiment_id"
            ).fetchone()[0]
            self.datasets = [self._dataset(rows, number) for number in range(DATASETS)]

    def runs(self, count: int, *, first_end_ms: int) -> None:
        """Write finished runs that ended one minute after the other."""
        with self._connected() as rows:
            for number in range(count):
                self._run(rows, number, end_ms=first_end_ms + number * 60_000)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _dataset(self, rows: sqlite3.Connection, number: int) -> str:
        columns = [{"type": "double", "name": f"feature_{n}", "required": True} for n in range(COLUMNS)]
        identifier = uuid.UUID(int=self.random.getrandbits(128)).hex
        rows.execute(
            "INSERT INTO datasets VALUES (?, ?, ?, ?, 's3', ?, ?, ?)",
            (
                identifier,
                self.experiment,
                f"data-{number}",
                f"{number:08x}",
                json.dumps({"uri": f"s3://bench/data-{number}.csv"}),
                json.dumps({"mlflow_colspec": columns}),
                json.dumps({"num_rows": 1000, "num_elements": 1000 * COLUMNS}),
            ),
        )
        return identifier

    def _run(self, rows: sqlite3.Connection, number: int, *, end_ms: int) -> None:
        run = uuid.UUID(int=self.random.getrandbits(128)).hex
        rows.execute(
            "INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time,"
            " lifecycle_stage, artifact_uri, experiment_id)"
            " VALUES (?, ?, 'UNKNOWN', 'bench', 'FINISHED', ?, ?, 'active', ?, ?)",
            (run, f"run-{number}", end_ms - 30_000, end_ms, f"mlflow-artifacts:/1/{run}", self.experiment),
        )
        tags = {
            "mlflow.user": "bench",
            "mlflow.runName": f"run-{number}",
            "mlflow.source.name": "train.py",
            "mlflow.source.type": "LOCAL",
            "mlflow.source.git.commit": f"{number // 10:040x}",
            "mlflow.source.git.branch": "main",
            "team": "risk",
        }
        params = {f"param_{n}": f"{self.random.random():.6f}" for n in range(10)}
        metrics = [(f"metric_{n}", self.random.random(), end_ms, 0, False, run) for n in range(6)]
        rows.executemany("INSERT INTO tags VALUES (?, ?, ?)", [(k, v, run) for k, v in tags.items()])
        rows.executemany("INSERT INTO params VALUES (?, ?, ?)", [(k, v, run) for k, v in params.items()])
        rows.executemany("INSERT INTO latest_metrics VALUES (?, ?, ?, ?, ?, ?)", metrics)
        for dataset in self.random.sample(self.datasets, 1 + number % 2):
            link = uuid.UUID(int=self.random.getrandbits(128)).hex
            rows.execute("INSERT INTO inputs VALUES (?, 'DATASET', ?, 'RUN', ?, 0)", (link, dataset, run))
            rows.execute("INSERT INTO input_tags VALUES (?, 'mlflow.data.context', 'training')", (link,))
