"""What the plan page shows, put in the order it shows it in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from evidence.models import Source
from evidence.records import BlindReason
from maturity.blindness import NAMES
from maturity.criterion import Capability, Rubric
from maturity.plan import Lift, Plan, Step, Turn
from maturity.plans import SystemPlan, Wish
from maturity.present import level_word, section_size, target_under
from maturity.result import Standing
from maturity.selectors import Scorecard

SHOWN_STEPS = 5


@dataclass(frozen=True, slots=True)
class StepRow:
    """One criterion with a toggle: what to do, whose turn it is, what it completes."""

    step: Step
    capability: Capability | None
    advice: str
    turn: str
    sources: tuple[Source, ...]
    gain: str
    snippet: str
    supposed: bool


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One capability now and if what is supposed were done; `href` plans for it alone."""

    capability: Capability
    now: Standing
    then: Standing
    href: str
    current: bool

    @property
    def rises(self) -> bool:
        return (self.then.confirmed, self.then.score or 0) != (self.now.confirmed, self.now.score or 0)


def plan_context(found: SystemPlan, *, sources: Mapping[str, list[Source]], asked: str) -> dict[str, object]:
    """Everything on the page; `asked` is the rubric that the address names."""
    under = found.card.summary.rubric
    steps = [_row(step, found, sources) for step in found.plan.steps]
    others = [_row(step, found, sources) for step in found.others]
    everything = tuple(step.criterion.id for step in found.plan.steps)
    return {
        "found": found,
        "plan": found.plan,
        "wish": found.wish,
        "target": target_under(found.card.summary.system, under),
        "most": section_size(under),
        "steps": steps,
        "others": others,
        "headline": headline(found.plan),
        "gain": gain(found.plan.lifts, under=under),
        "rows": [_levels(each, found, asked=asked) for each in under.capabilities],
        "wanted": under.capability(found.wish.capability),
        "goals": _goals(found, asked=asked),
        "all_href": href(found.wish, asked=asked, done=everything),
        "none_href": href(found.wish, asked=asked, done=()),
        "whole_href": href(found.wish, asked=asked, capability=""),
    }


def next_context(card: Scorecard) -> dict[str, object]:
    """The short form of the plan: its first steps, and what all of them unlock."""
    plan = card.plan
    return {
        "plan": plan,
        "plan_headline": headline(plan),
        "plan_gain": gain(plan.lifts, under=card.summary.rubric),
        "plan_steps": [
            (step, gain(step.lifts, under=card.summary.rubric)) for step in plan.steps[:SHOWN_STEPS]
        ],
        "more_steps": len(plan.steps) - SHOWN_STEPS,
    }


def headline(plan: Plan) -> str:
    """ "3 criteria to level 1"."""
    if not plan.reachable:
        return _("No open criterion leads to level %(level)d.") % {"level": plan.goal}
    if not plan.steps:
        return _("Nothing is missing for level %(level)d.") % {"level": plan.goal}
    words = ngettext(
        "%(count)d criterion to level %(level)d", "%(count)d criteria to level %(level)d", len(plan.steps)
    )
    return words % {"count": len(plan.steps), "level": plan.after if plan.after is not None else plan.goal}


def gain(lifts: Iterable[Lift], *, under: Rubric) -> str:
    """ "Monitoring and Reproducibility reach 2": capabilities by the level they come to."""
    by_level: dict[int, list[str]] = {}
    for lift in lifts:
        capability = under.capability(lift.capability)
        if lift.after is not None and capability is not None:
            by_level.setdefault(lift.after, []).append(_(capability.name))
    return "; ".join(
        ngettext("%(names)s reaches %(level)d", "%(names)s reach %(level)d", len(names))
        % {"names": pgettext("between the parts of a list", ", ").join(names), "level": level}
        for level, names in sorted(by_level.items())
    )


def href(
    wish: Wish,
    *,
    asked: str,
    goal: int | None = None,
    capability: str | None = None,
    done: Sequence[str] | None = None,
) -> str:
    """The query of the same page with something changed; it holds the whole state."""
    goal = wish.goal if goal is None else goal
    fields: list[tuple[str, str]] = [
        ("rubric", asked),
        ("goal", "" if goal is None else str(goal)),
        ("capability", wish.capability if capability is None else capability),
        *(("done", each) for each in (wish.done if done is None else done)),
    ]
    return "?" + urlencode([(name, value) for name, value in fields if value])


def whose_turn(step: Step, *, team: str, sources: Sequence[Source]) -> str:
    """Who can take the next step."""
    if step.turn is Turn.APPROVER:
        return _("An approver: a waiver was asked for")
    if step.turn is Turn.CONNECT:
        kinds = [_(NAMES.get(kind, kind)) for kind in step.result.needs]
        return _("Who may connect a source: %(kinds)s") % {"kinds": ", ".join(kinds)}
    if step.turn is Turn.SOURCE and sources:
        return _("Who looks after %(sources)s") % {"sources": ", ".join(s.name for s in sources)}
    return _("Team %(team)s") % {"team": team}


def advice(step: Step) -> str:
    """What to do about an unknown one; empty for one that failed, whose remedy says it."""
    return str(_ADVICE[step.result.reason]()) if step.is_unknown and step.result.reason else ""


_ADVICE = {
    BlindReason.SOURCE_NOT_CONNECTED: lambda: _("Connect a source that shows it."),
    BlindReason.PERMISSION_DENIED: lambda: _("Give the source's account the missing permission."),
    BlindReason.COLLECTOR_FAILED: lambda: _("Mend the sync of the source."),
    BlindReason.STALE: lambda: _("Bring the source in sync again."),
    BlindReason.MAPPING_MISSING: lambda: _("Say which task, check or job does it."),
    BlindReason.DELETED_UPSTREAM: lambda: _(
        "What it asks about was deleted at its source; the next one will show it."
    ),
    BlindReason.NOT_SUPPORTED: lambda: _(
        "Its source does not tell; make it visible there, or say by which other means it is done."
    ),
    BlindReason.NO_SAMPLE: lambda: _("There is nothing to look at yet; it shows once it has happened."),
}


def _row(step: Step, found: SystemPlan, sources: Mapping[str, list[Source]]) -> StepRow:
    summary = found.card.summary
    blind = tuple(source for kind in step.result.needs for source in sources.get(kind, ()))
    system = summary.system
    return StepRow(
        step=step,
        capability=summary.rubric.capability(step.result.capability),
        advice=advice(step),
        turn=whose_turn(step, team=system.team.name, sources=blind),
        sources=blind if step.turn is Turn.SOURCE else (),
        gain=gain(step.lifts, under=summary.rubric),
        snippet=step.criterion.snippet.replace("{system}", system.slug).replace("{team}", system.team.slug),
        supposed=step.criterion.id in found.wish.done,
    )


def _levels(capability: Capability, found: SystemPlan, *, asked: str) -> LevelRow:
    now, then = (
        next(s for s in evaluation.standings if s.capability == capability.id)
        for evaluation in (found.now, found.then)
    )
    return LevelRow(
        capability=capability,
        now=now,
        then=then,
        href=href(found.wish, asked=asked, capability=capability.id),
        current=found.wish.capability == capability.id,
    )


def _goals(found: SystemPlan, *, asked: str) -> list[dict[str, object]]:
    """The levels that can be aimed at: every one above where the system stands."""
    plan, target = found.plan, found.card.summary.system.target_level
    lowest = (-1 if plan.before is None else plan.before) + 1
    return [
        {
            "text": (_("Level %(level)s, the target") if level == target else _("Level %(level)s"))
            % {"level": level_word(level)},
            "url": href(found.wish, asked=asked, goal=level),
            "current": level == plan.goal,
        }
        for level in range(lowest, found.card.summary.rubric.top + 1)
    ]
