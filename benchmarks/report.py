"""What a benchmark says: figures, the goals they must meet, and the machine they were taken on."""

import json
import operator
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Goal:
    """`figure` compared by `comparison` with `value`, as in ("peak_rss_mb", "<", 350)."""

    figure: str
    comparison: str
    value: float

    def is_met(self, figures: Mapping[str, float]) -> bool:
        """Whether the figure keeps the goal; a figure that was not taken keeps none."""
        return self.figure in figures and COMPARISONS[self.comparison](figures[self.figure], self.value)


def machine() -> dict[str, object]:
    """The processor, its load and the interpreter that the figures belong to."""
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": load,
        "system": platform.system(),
        "python": platform.python_version(),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one benchmark."""

    name: str
    figures: Mapping[str, float]
    goals: tuple[Goal, ...]
    machine: Mapping[str, object] = field(default_factory=machine)

    @property
    def met(self) -> bool:
        """Whether every goal is kept."""
        return all(goal.is_met(self.figures) for goal in self.goals)

    def as_json(self) -> str:
        """The report for a program."""
        return json.dumps(
            {
                "name": self.name,
                "machine": dict(self.machine),
                "figures": dict(self.figures),
                "goals": {goal.figure: f"{goal.comparison} {goal.value:g}" for goal in self.goals},
                "met": self.met,
            },
            indent=2,
        )

    def as_table(self) -> str:
        """The report for a person."""
        goals = {goal.figure: goal for goal in self.goals}
        width = max(len(name) for name in [*self.figures, *goals])
        lines = [f"{self.name} on " + ", ".join(f"{name} {value}" for name, value in self.machine.items())]
        for name, value in self.figures.items():
            goal = goals.get(name)
            aim = f"  goal {goal.comparison} {goal.value:g}: {_word(goal, self.figures)}" if goal else ""
            lines.append(f"{name:<{width}}  {value:>12,.3f}{aim}")
        lines += [f"{name:<{width}}  not measured" for name in goals if name not in self.figures]
        return "\n".join([*lines, "All goals are met." if self.met else "A goal is missed."])


def _word(goal: Goal, figures: Mapping[str, float]) -> str:
    return "met" if goal.is_met(figures) else "MISSED"


def _processor() -> str:
    details = Path("/proc/cpuinfo")
    if details.exists():
        for line in details.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
