"""Executes runs, a few at a time, each in a process of its own, and keeps what happened to its tasks."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from samples.kfp_standin.store import Document, Store
from samples.kfp_standin.upload import bare_spec

EPOCH = "1970-01-01T00:00:00Z"
ENDED = frozenset({"SUCCEEDED", "FAILED", "SKIPPED", "CANCELED"})
PROJECT = Path(__file__).resolve().parents[2]


def stamp(moment: datetime | None = None) -> str:
    """A moment as the API writes it: UTC, whole seconds, Z."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Runner:
    """A queue of runs. `folder` keeps, per run, its request, log and outputs."""

    def __init__(self, store: Store, *, folder: Path, parallel: int) -> None:
        self._store, self._folder = store, folder.resolve()
        self._pool = ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="run")
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def fail_interrupted(self) -> None:
        """Runs that an earlier stop of the stand-in cut off have failed."""
        for run in self._store.all("runs"):
            if run["state"] not in ENDED:
                self._end(
                    run["run_id"], "FAILED", error="The stand-in was stopped while this run was under way."
                )

    def submit(self, run_id: str, *, spec: Document) -> None:
        """Execute the run as soon as a place is free."""
        self._pool.submit(self._execute, run_id, spec)

    def terminate(self, run_id: str) -> None:
        """Cancel a waiting run, or stop a running one with all its processes."""
        with self._lock:
            waits = (self._store.get("runs", run_id) or {}).get("state") == "PENDING"
            self._move(run_id, "CANCELED" if waits else "CANCELING", finished=waits)
            if process := self._processes.get(run_id):
                _stop(process)

    def stop(self) -> None:
        """Stop everything; runs under way have failed."""
        with self._lock:
            self._stopping = True
            for process in self._processes.values():
                _stop(process)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.fail_interrupted()

    def _execute(self, run_id: str, spec: Document) -> None:
        with self._lock:
            run = self._store.get("runs", run_id)
            if run is None or run["state"] != "PENDING" or self._stopping:
                return
            self._move(run_id, "RUNNING")
        folder = self._folder / run_id
        folder.mkdir(parents=True, exist_ok=True)
        request = {
            "run_id": run_id,
            "display_name": run["display_name"],
            "spec": bare_spec(spec),
            "parameters": run["runtime_config"].get("parameters", {}),
        }
        (folder / "request.json").write_text(json.dumps(request))
        code = self._follow(run_id, folder)
        ended = "SUCCEEDED" if code == 0 else "FAILED"
        self._end(run_id, "CANCELED" if self._is_canceling(run_id) else ended)

    def _is_canceling(self, run_id: str) -> bool:
        return (self._store.get("runs", run_id) or {}).get("state") == "CANCELING"

    def _follow(self, run_id: str, folder: Path) -> int:
        """Start the process, take down its events until it ends; its exit code."""
        paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with (folder / "log.txt").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "samples.kfp_standin.execute", str(folder)],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,
            )
            with self._lock:
                self._processes[run_id] = process
                if self._stopping or self._is_canceling(run_id):
                    _stop(process)
            try:
                for line in process.stdout or ():
                    self._take_down(run_id, json.loads(line))
                return process.wait()
            finally:
                with self._lock:
                    del self._processes[run_id]

    def _take_down(self, run_id: str, event: Document) -> None:
        at = stamp(datetime.fromisoformat(event["at"]))

        def change(run: Document) -> None:
            if not event["task"]:
                run["error"] = {"code": 13, "message": event["error"]}
                return
            tasks = run["run_details"]["task_details"]
            under_way = [t for t in tasks if t["display_name"] == event["task"] and t["state"] == "RUNNING"]
            task = under_way[-1] if under_way else _new_task(run_id, event["task"], at=at)
            if not under_way:
                tasks.append(task)
            task["state"] = event["state"]
            if event["state"] in ENDED:
                task["end_time"] = at
            if event["error"]:
                task["error"] = {"code": 13, "message": event["error"]}

        self._store.change("runs", run_id, change)

    def _move(self, run_id: str, state: str, *, finished: bool = False) -> None:
        def change(run: Document) -> None:
            run["state"] = state
            run["state_history"].append({"update_time": stamp(), "state": state})
            if finished:
                run["finished_at"] = stamp()

        self._store.change("runs", run_id, change)

    def _end(self, run_id: str, state: str, *, error: str = "") -> None:
        """The run's end; groups and cut-off tasks end with it."""

        def change(run: Document) -> None:
            for task in run["run_details"]["task_details"]:
                if task["state"] == "RUNNING":
                    task |= {"state": state, "end_time": stamp()}
            if error:
                run["error"] = {"code": 13, "message": error}

        self._store.change("runs", run_id, change)
        self._move(run_id, state, finished=True)


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop a process and all that it started; it may have ended by itself just now."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def _new_task(run_id: str, name: str, *, at: str) -> Document:
    return {
        "run_id": run_id,
        "task_id": str(uuid.uuid4()),
        "display_name": name,
        "create_time": at,
        "start_time": at,
        "state": "RUNNING",
    }
