"""The short form of a plan, kept with each assessment: what comes next, and what lifts alone. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from maturity.criterion import Rubric
from maturity.plan import Leverage, Lift, leverage, plan
from maturity.result import Result


@dataclass(frozen=True, slots=True)
class Outlook:
    """Criteria on the cheapest way to the next level, in order; and those that alone lift something."""

    steps: tuple[str, ...] = ()
    leverage: tuple[Leverage, ...] = ()


def outlook(results: Sequence[Result], *, under: Rubric) -> Outlook:
    """What comes next for these results."""
    steps = tuple(step.criterion.id for step in plan(results, under=under).steps)
    return Outlook(steps=steps, leverage=leverage(results, under=under))


def written(found: Outlook) -> dict[str, object]:
    """As it is kept in `Assessment.outlook`."""
    return {"steps": list(found.steps), "leverage": [asdict(each) for each in found.leverage]}


def read(document: Mapping[str, object]) -> Outlook:
    """What `written` wrote; an assessment from before this was kept has an empty one."""
    steps, lifting = document.get("steps"), document.get("leverage")
    return Outlook(
        steps=tuple(steps) if isinstance(steps, list) else (),
        leverage=tuple(_leverage(each) for each in lifting) if isinstance(lifting, list) else (),
    )


def _leverage(entry: Mapping[str, object]) -> Leverage:
    lift = entry["lift"]
    return Leverage(
        criterion=str(entry["criterion"]),
        lift=Lift(**lift) if isinstance(lift, dict) else Lift("", None, None),
        lifts_overall=entry["lifts_overall"] is True,
    )
