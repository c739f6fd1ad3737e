"""Runs programs of the sample repositories: the very files that are in their commits."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from samples.workspace import BuildError, Workspace

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
"""What the programs see of our environment: nothing that is secret."""
LONGEST_SECONDS = 300
PROJECT = Path(__file__).resolve().parent.parent


def run(workspace: Workspace, *command: str, at: Path, env: Mapping[str, str] | None = None) -> None:
    """Run `python COMMAND` in the folder `at`; BuildError with its last line if it fails."""
    log = workspace.folder / "logs" / f"{at.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        out.write(f"$ python {' '.join(command)}\n")
        out.flush()
        try:
            code = subprocess.run(
                [sys.executable, *command],
                cwd=at,
                env={**environment(workspace), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=LONGEST_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise BuildError(f"{command[0]} of {at.name} took longer than {LONGEST_SECONDS} s.") from None
    if code:
        last = log.read_text(errors="replace").strip().splitlines()[-1]
        raise BuildError(f"{' '.join(command[:2])} of {at.name} failed: {last[:200]} (see {log})")


def said(workspace: Workspace, *command: str) -> str:
    """Run `python COMMAND` of this project and return what it prints; BuildError if it fails."""
    try:
        answer = subprocess.run(
            [sys.executable, *command],
            cwd=PROJECT,
            env=environment(workspace),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{' '.join(command[:2])} took longer than {LONGEST_SECONDS} s.") from None
    if answer.returncode:
        last = answer.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise BuildError(f"{' '.join(command[:2])} failed: {' '.join(last)[:200]}")
    return answer.stdout.decode()


def once(
    workspace: Workspace, name: str, *command: str, at: Path, env: Mapping[str, str] | None = None
) -> None:
    """Run a program unless it has done well before, in an earlier build that was cut off."""
    mark = workspace.folder / "done" / name
    if not mark.exists():
        run(workspace, *command, at=at, env=env)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def together(*works: Callable[[], None]) -> None:
    """Do the works side by side; the first failure is raised when all have ended."""
    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result()


def environment(workspace: Workspace) -> dict[str, str]:
    """One thread for each program: two of them run beside each other on two cores."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "MLFLOW_TRACKING_URI": workspace.mlflow,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
