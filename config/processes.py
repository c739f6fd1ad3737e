"""Several programs as one: started together, restarted when they fall, stopped together."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from config.embedded import LAST_WILL

GRACE_SECONDS = 30.0
MOST_FALLS = 5
READY_SECONDS = 20.0
STEADY_SECONDS = 60


@dataclass
class Program:
    """One program of the group. `once`: it ends by itself and is not started again when it did well.

    `is_ready`: those behind it are started only when it says yes (or took too long), so that a small
    machine does first what somebody waits for.
    """

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    once: bool = False
    is_ready: Callable[[], bool] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    since: float = 0.0
    again_at: float = 0.0
    falls: int = 0
    is_done: bool = False
    rest: bytes = b""


class Group:
    """Runs programs until Ctrl-C or SIGTERM, passing on what they print, each line with its name."""

    def __init__(self, programs: list[Program], *, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.outputs = selectors.DefaultSelector()
        self.stopping = False
        self.failed = False
        self.width = max(len(program.name) for program in programs)

    def run(self) -> bool:
        """True if everything was asked to stop; False if a program kept falling."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for program in self.programs:
            self._start(program)
            self._await(program)
        while not self.stopping:
            self._relay(0.2)
            for program in self.programs:
                self._watch(program)
        self._end()
        return not self.failed

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self, program: Program) -> None:
        process = subprocess.Popen(
            [*LAST_WILL, *program.command],
            cwd=self.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process only
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self.outputs.register(process.stdout, selectors.EVENT_READ, program)
        program.process, program.since = process, time.monotonic()

    def _await(self, program: Program) -> None:
        end = time.monotonic() + READY_SECONDS
        while program.is_ready and not self.stopping and time.monotonic() < end:
            if program.process is None or program.process.poll() is not None or program.is_ready():
                return
            self._relay(0.1)

    def _watch(self, program: Program) -> None:
        if program.is_done:
            return
        if program.process is None:
            if time.monotonic() >= program.again_at:
                self._start(program)
        elif program.process.poll() is not None:
            self._fell(program, program.process.returncode)

    def _fell(self, program: Program, status: int) -> None:
        self._sweep(program)
        program.process = None
        if program.once and status == 0:
            program.is_done = True
            return
        steady = time.monotonic() - program.since > STEADY_SECONDS
        program.falls = 1 if steady else program.falls + 1
        program.again_at = time.monotonic() + 2 ** (program.falls - 1)
        self._say("up", f"{program.name} ended with status {status}")
        if program.falls < MOST_FALLS:
            return
        if program.once:
            self._say("up", f"{program.name} keeps failing and is left alone; the lines above say why")
            program.is_done = True
        else:
            self._say("up", f"{program.name} keeps ending; stopping everything")
            self.stopping = self.failed = True

    def _end(self) -> None:
        live = [program for program in self.programs if program.process]
        for program in live:
            # The main process only: Celery then lets its children finish.
            assert program.process is not None
            program.process.terminate()
        end = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < end and any(p.process and p.process.poll() is None for p in live):
            self._relay(0.1)
        self._relay(0)
        for program in live:
            self._sweep(program)

    @staticmethod
    def _sweep(program: Program) -> None:
        """What a program left behind goes with it."""
        assert program.process is not None
        try:
            os.killpg(program.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _relay(self, seconds: float) -> None:
        for key, _events in self.outputs.select(seconds):
            stream, program = key.fileobj, key.data
            assert not isinstance(stream, int)
            self._pass_on(stream, program)  # type: ignore[arg-type]

    def _pass_on(self, stream: IO[bytes], program: Program) -> None:
        data = stream.read()
        if not data:
            self.outputs.unregister(stream)
            stream.close()
            return
        *lines, program.rest = (program.rest + data).split(b"\n")
        for line in lines:
            self._say(program.name, line.decode(errors="replace"))

    def _say(self, name: str, line: str) -> None:
        print(f"{name:{self.width}} | {line}", flush=True)
