"""Measuring work in a fresh process of its own: processor time and peak memory of the whole of it.

Import nothing heavy here or at the head of a benchmark: Linux counts the parent's memory at the start of
a child into the child's peak.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CALL = "import importlib, sys; getattr(importlib.import_module(sys.argv[1]), sys.argv[2])(*sys.argv[3:])"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: user and system time, time on the wall, peak resident memory."""

    cpu_s: float
    wall_s: float
    peak_rss_mb: float


@dataclass(frozen=True, slots=True)
class Call:
    """A function to call with text arguments in a fresh process."""

    module: str
    function: str
    arguments: tuple[str, ...] = ()


class CallError(Exception):
    """The measured process ended with an error."""


def median_costs(calls: Mapping[str, Call], *, runs: int = 3) -> dict[str, Cost]:
    """The median cost of each call; the calls take turns, so that a busy moment hits all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            costs[name].append(measure(call))
    return {name: _median(each) for name, each in costs.items()}


def measure(call: Call) -> Cost:
    """Call once in a fresh interpreter and wait for its end."""
    command = [sys.executable, "-c", CALL, call.module, call.function, *call.arguments]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise CallError(f"{call.module}.{call.function} ended with {process.returncode}; its error is above.")
    kilobytes = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
    return Cost(
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - started,
        peak_rss_mb=kilobytes / 1024,
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        wall_s=statistics.median(cost.wall_s for cost in costs),
        peak_rss_mb=statistics.median(cost.peak_rss_mb for cost in costs),
    )
