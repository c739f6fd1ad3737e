"""Across systems: the one criterion whose closing would really lift most of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.models import System
from maturity.believe import Summary
from maturity.criterion import Criterion
from maturity.plan import Leverage


@dataclass(frozen=True, slots=True)
class Lever:
    """A criterion, and what meeting it alone lifts in each system, by simulation."""

    criterion: Criterion
    systems: tuple[tuple[System, Leverage], ...]
    of: int

    @property
    def lifts_overall(self) -> int:
        """In so many of the systems the overall level rises too."""
        return sum(each.lifts_overall for _, each in self.systems)


def strongest(found: Iterable[Summary]) -> Lever | None:
    """What lifts most systems; of equals what lifts more of them overall, then what costs least."""
    summaries = list(found)
    lifted: dict[str, list[tuple[System, Leverage]]] = {}
    criteria: dict[str, Criterion] = {}
    for each in summaries:
        for lever in each.outlook.leverage:
            criterion = each.rubric.criterion(lever.criterion)
            if criterion is not None:
                criteria[criterion.id] = criterion
                lifted.setdefault(criterion.id, []).append((each.system, lever))
    levers = [Lever(criteria[name], tuple(who), of=len(summaries)) for name, who in lifted.items()]
    return min(levers, key=_order, default=None)


def _order(lever: Lever) -> tuple[int, int, int, str]:
    return -len(lever.systems), -lever.lifts_overall, lever.criterion.effort.rank, lever.criterion.id
