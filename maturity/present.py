"""What the pages show, put in the order they show it in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.levelbar import BELOW
from core.models import System
from maturity import charts
from maturity.believe import Summary
from maturity.evaluate import Result, Standing
from maturity.finding import Evidence, Finding, Outcome, Verdict
from maturity.rubric import Capability, Criterion, rubric
from maturity.selectors import TREND, Overview, Row, Scorecard, Step

SHOWN_EVIDENCE = 6
SHOWN_FINDINGS = 12
SHOWN_STEPS = 5
MARKED_HOLDERS = 3
METER_WIDTH = 470


@dataclass(frozen=True, slots=True)
class Cell:
    """One capability of one system."""

    capability: Capability
    standing: Standing | None

    @property
    def confirmed(self) -> int | None:
        return self.standing.confirmed if self.standing else None

    @property
    def potential(self) -> int | None:
        return self.standing.potential if self.standing else None

    @property
    def waived(self) -> tuple[int, ...]:
        return self.standing.waived if self.standing else ()


@dataclass(frozen=True, slots=True)
class OverviewRow:
    system: System
    summary: Summary | None
    level: str
    cells: tuple[Cell, ...]
    spark: charts.Line | None
    step: Step | None

    @property
    def confirmed(self) -> int | None:
        return self.summary.confirmed if self.summary else None

    @property
    def potential(self) -> int | None:
        return self.summary.potential if self.summary else None


@dataclass(frozen=True, slots=True)
class ResultCard:
    """A verdict with the criterion's texts; `criterion` is None for one that the rubric dropped."""

    result: Result
    criterion: Criterion | None
    evidence: tuple[Evidence, ...]
    more_evidence: int
    failing: tuple[Finding, ...]
    more_failing: int
    snippet: str

    @property
    def verdict(self) -> str:
        return self.result.verdict.name

    @property
    def needs_work(self) -> bool:
        return self.result.verdict in (Verdict.NOT_MET, Verdict.UNKNOWN)

    @property
    def count(self) -> str:
        """Passing of all subjects, as an interval where some could not be judged."""
        found = self.result
        if not found.n:
            return "–"
        return f"{found.p}–{found.p + found.u}/{found.n}" if found.u else f"{found.p}/{found.n}"

    @property
    def is_weak(self) -> bool:
        return self.result.low_confidence

    @property
    def opens(self) -> bool:
        return self.result.verdict is Verdict.NOT_MET and self.result.gating


@dataclass(frozen=True, slots=True)
class CapabilityCard:
    cell: Cell
    results: tuple[ResultCard, ...]
    holds_overall: bool

    @property
    def counts(self) -> str:
        """ "4 met · 1 not met"."""
        words = {
            Verdict.MET: _("met"),
            Verdict.NOT_MET: _("not met"),
            Verdict.UNKNOWN: _("unknown"),
            Verdict.NOT_APPLICABLE: _("not applicable"),
            Verdict.WAIVED: _("waived"),
            Verdict.ATTESTED: _("attested"),
        }
        found = Counter(card.result.verdict for card in self.results)
        return " · ".join(f"{found[verdict]} {word}" for verdict, word in words.items() if found[verdict])


def overview_figures(overview: Overview) -> dict[str, object]:
    """Counts over all systems of the overview."""
    levels = overview.levels
    return {
        "levels": [levels[0], levels[1], levels[2]],
        "below": levels[BELOW],
        "unassessed": levels[None],
        "reached": levels[1] + levels[2],
        "team_count": len({row.system.team_id for row in overview.rows}),
        "seen_share": overview.seen / overview.applicable if overview.applicable else None,
        "columns": len(rubric().capabilities) + 4,
    }


def overview_rows(overview: Overview, *, now: datetime) -> list[OverviewRow]:
    return [_overview_row(row, now=now) for row in overview.rows]


def _overview_row(row: Row, *, now: datetime) -> OverviewRow:
    return OverviewRow(
        system=row.system,
        summary=row.summary,
        level=level_word(row.summary.confirmed if row.summary else None),
        cells=cells_of(row.summary),
        spark=charts.spark(row.trend, since=now - TREND, now=now),
        step=row.step,
    )


def cells_of(summary: Summary | None) -> tuple[Cell, ...]:
    """A cell for each capability of the rubric, empty where the system was never assessed."""
    return tuple(Cell(c, summary.standing(c.id) if summary else None) for c in rubric().capabilities)


def level_word(level: int | None) -> str:
    if level is None:
        return _("not assessed")
    return _("below 0") if level == BELOW else str(level)


def headline(summary: Summary) -> str:
    """ "Level 1 confirmed over 8 of 9 capabilities": a level is never shown without its reach."""
    if summary.confirmed is None:
        return _("Not assessed")
    if summary.confirmed == BELOW:
        said = _("Level 0 not confirmed")
    else:
        said = _("Level %(level)d confirmed") % {"level": summary.confirmed}
    if not summary.is_partial:
        return said
    reach = {"seen": summary.assessed, "all": len(summary.standings)}
    return said + " " + _("over %(seen)d of %(all)d capabilities") % reach


def coverage(summary: Summary) -> str:
    counts = {"seen": summary.seen, "all": summary.applicable}
    return (
        ngettext(
            "%(seen)d of %(all)d criterion could be seen",
            "%(seen)d of %(all)d criteria could be seen",
            summary.applicable,
        )
        % counts
    )


def holding(summary: Summary) -> list[Capability]:
    """The capabilities that keep the overall level where it is."""
    lowest = [
        s.capability
        for s in summary.standings
        if s.confirmed is not None and s.confirmed == summary.confirmed
    ]
    return [c for c in rubric().capabilities if c.id in lowest]


def scorecard_context(card: Scorecard, *, now: datetime) -> dict[str, object]:
    """What the page of an assessed system shows."""
    found, steps = card.summary, card.steps
    return {
        "headline": headline(found),
        "coverage": coverage(found),
        "seen_width": round(METER_WIDTH * found.seen / found.applicable) if found.applicable else 0,
        "holding": holding(found),
        "capabilities": capability_cards(card),
        "steps": steps,
        "more_steps": len(steps) - SHOWN_STEPS,
        "next_level": 0 if found.confirmed is None else found.confirmed + 1,
    }


def capability_cards(card: Scorecard) -> list[CapabilityCard]:
    """Capabilities that hold the level first, those not assessed last; few holders are marked as such."""
    holders = holding(card.summary)
    held = {capability.id for capability in holders} if len(holders) <= MARKED_HOLDERS else set()
    made = [_capability_card(c, card, holds=c.id in held) for c in rubric().capabilities]
    return sorted(made, key=_order)


def _order(card: CapabilityCard) -> tuple[bool, int]:
    return card.cell.confirmed is None, card.cell.confirmed or 0


def _capability_card(capability: Capability, card: Scorecard, *, holds: bool) -> CapabilityCard:
    results = [r for r in card.results if r.capability == capability.id]
    return CapabilityCard(
        cell=Cell(capability, card.summary.standing(capability.id)),
        results=tuple(result_card(result, system=card.summary.system) for result in results),
        holds_overall=holds,
    )


def result_card(result: Result, *, system: System) -> ResultCard:
    criterion = rubric().criterion(result.criterion)
    evidence = _evidence(result.findings)
    failing = [f for f in result.findings if f.outcome is not Outcome.PASS] if result.n > 1 else []
    snippet = criterion.snippet if criterion else ""
    return ResultCard(
        result=result,
        criterion=criterion,
        evidence=evidence[:SHOWN_EVIDENCE],
        more_evidence=max(0, len(evidence) - SHOWN_EVIDENCE),
        failing=tuple(failing[:SHOWN_FINDINGS]),
        more_failing=max(0, len(failing) - SHOWN_FINDINGS),
        snippet=snippet.replace("{system}", system.slug).replace("{team}", system.team.slug),
    )


def _evidence(findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    """What can be opened, each once, in the findings' order (failures first)."""
    shown = {(e.node_id, e.url): e for f in findings for e in f.evidence if e.node_id or e.url}
    return tuple(shown.values())
