"""The plan of one system: what its page, its exports and the API say, from the results of its scorecard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.permissions import Principal
from evidence.models import Source
from evidence.records import Json
from maturity.csv_table import csv_table
from maturity.documents import standing_document
from maturity.inputs.waivers import open_requests
from maturity.plan import DAYS, Lift, Plan, Step, open_results, plan, turn_of, what_if
from maturity.result import Evaluation
from maturity.selectors import Scorecard

COLUMNS = (
    "system",
    "position",
    "criterion",
    "capability",
    "level",
    "verdict",
    "reason",
    "effort",
    "days",
    "turn",
    "what",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader asks: a level (None: the next), a capability (empty: all), what is supposed done."""

    goal: int | None = None
    capability: str = ""
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemPlan:
    """A plan, the open criteria that it leaves out, and the levels now and if `wish.done` were met."""

    card: Scorecard
    wish: Wish
    plan: Plan
    others: tuple[Step, ...]
    now: Evaluation
    then: Evaluation

    @property
    def supposed(self) -> frozenset[str]:
        """What is supposed and can be: ids that mean nothing here are left out."""
        steps = (*self.plan.steps, *self.others)
        return frozenset(step.criterion.id for step in steps) & frozenset(self.wish.done)


def plan_of(card: Scorecard, wish: Wish, *, at: datetime) -> SystemPlan:
    """The plan for a scorecard, and what would be if what the reader supposes were met."""
    under, results = card.summary.rubric, card.results
    pending = frozenset(
        open_requests(at).filter(system=card.summary.system).values_list("criterion", flat=True)
    )
    made = plan(results, under=under, goal=wish.goal, capability=wish.capability, pending=pending)
    chosen = {step.criterion.id for step in made.steps}
    others = tuple(
        Step(criterion, result, turn_of(result, pending=pending))
        for result in open_results(results, under=under)
        if result.criterion not in chosen and (criterion := under.criterion(result.criterion))
    )
    return SystemPlan(
        card=card,
        wish=wish,
        plan=made,
        others=others,
        now=what_if(results, done=(), under=under),
        then=what_if(results, done=wish.done, under=under),
    )


def sources_by_kind(card: Scorecard, principal: Principal) -> Mapping[str, list[Source]]:
    """The sources that give the system evidence and that the reader may see, by their kind."""
    bound = Source.objects.visible_to(principal).filter(enabled=True, bindings__system=card.summary.system)
    found: dict[str, list[Source]] = {}
    for source in bound.select_related("team").distinct().order_by("slug"):
        found.setdefault(source.kind, []).append(source)
    return found


def plan_document(found: SystemPlan) -> dict[str, Json]:
    """The plan as plain JSON. Levels: -1 is below level 0, null is not assessed. Cost in working days."""
    summary, made = found.card.summary, found.plan
    supposed: list[Json] = [*sorted(found.supposed)]
    return {
        "system": summary.system.slug,
        "rubric": summary.rubric.id,
        "rubric_version": summary.rubric.version,
        "capability": found.wish.capability,
        "goal": made.goal,
        "reachable": made.reachable,
        "before": made.before,
        "after": made.after,
        "cost_days": made.cost,
        "lifts": _lifts(made.lifts),
        "steps": [step_document(step) for step in made.steps],
        "others": [step_document(step) for step in found.others],
        "what_if": {
            "done": supposed,
            "before": found.now.confirmed,
            "after": found.then.confirmed,
            "capabilities_before": [standing_document(s) for s in found.now.standings],
            "capabilities_after": [standing_document(s) for s in found.then.standings],
        },
    }


def step_document(step: Step) -> dict[str, Json]:
    result = step.result
    return {
        "criterion": step.criterion.id,
        "capability": result.capability,
        "level": result.level,
        "verdict": result.verdict.value,
        "reason": result.reason.value if result.reason else "",
        "effort": step.criterion.effort.value,
        "days": DAYS[step.criterion.effort],
        "turn": step.turn.value,
        "what": step.text,
        "lifts": _lifts(step.lifts),
    }


def plan_csv(found: SystemPlan) -> str:
    """One line a step, in the order of the plan."""
    system = found.card.summary.system.slug
    rows: list[Mapping[str, Json]] = [
        {"system": system, "position": position, **step_document(step)}
        for position, step in enumerate(found.plan.steps, start=1)
    ]
    return csv_table(COLUMNS, rows)


def _lifts(lifts: Sequence[Lift]) -> list[Json]:
    return [{"capability": lift.capability, "before": lift.before, "after": lift.after} for lift in lifts]
