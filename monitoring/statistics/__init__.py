"""The drift statistics, one file each, found by a scan of this folder.

A module defines `STATISTICS`, a tuple of `Statistic`; a file without one, or a slug used twice, stops
the start.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType

from core.registry import RegistryError, scan
from monitoring.distributions import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A figure that tells how far a current column is from its reference.

    `measure` and `noise_floor` give None where the statistic does not apply. The floor is the value that
    chance alone stays below 99 times in 100 when nothing drifted. `threshold` is the default above which
    a value matters; None means the figure is shown and never decides. `highest` None means unbounded.
    """

    slug: str
    label: str
    unit: str
    lowest: float = 0.0
    highest: float | None = None
    formula: str
    source: str
    threshold: float | None
    minimum_sample: int = 300
    measure: Callable[[Pair], float | None]
    noise_floor: Callable[[Pair], float | None]
    p_value: Callable[[Pair], float | None] | None = None


@cache
def all_statistics() -> Mapping[str, Statistic]:
    """Every statistic by its slug."""
    found: dict[str, Statistic] = {}
    for module, statistics in scan(sys.modules[__name__], _declared).items():
        for statistic in statistics:
            if statistic.slug in found:
                raise RegistryError(f"{module} repeats the statistic {statistic.slug}; give it another slug.")
            found[statistic.slug] = statistic
    return MappingProxyType(found)


def _declared(module: ModuleType) -> tuple[Statistic, ...] | None:
    statistics = getattr(module, "STATISTICS", None)
    if not isinstance(statistics, tuple) or not all(isinstance(each, Statistic) for each in statistics):
        return None
    return statistics or None
