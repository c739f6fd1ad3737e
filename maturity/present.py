"""What the pages show, put in the order they show it in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import levelbar
from core.levelbar import BELOW
from core.models import System
from maturity import charts
from maturity.acts import DRILL_OF, WORDS, Act, Wording, acts_on
from maturity.believe import Summary
from maturity.evaluate import Result, Standing
from maturity.finding import Evidence, Finding, Outcome, Verdict
from maturity.marks import Mark, Marks, Saying, marks_on
from maturity.rubric import Capability, Criterion, Rubric
from maturity.selectors import TREND, Overview, Row, Scorecard

SHOWN_EVIDENCE = 6
SHOWN_FINDINGS = 12
MARKED_HOLDERS = 3
DISPUTES = (Saying.DISPUTED, Saying.DISPUTE_ACCEPTED)
METER_WIDTH = 470


@dataclass(frozen=True, slots=True)
class Cell:
    """One capability of one system; `most`: so many points its section can have."""

    capability: Capability
    standing: Standing | None
    most: int = 0

    @property
    def confirmed(self) -> int | None:
        return self.standing.confirmed if self.standing else None

    @property
    def potential(self) -> int | None:
        return self.standing.potential if self.standing else None

    @property
    def waived(self) -> tuple[int, ...]:
        return self.standing.waived if self.standing else ()

    @property
    def score(self) -> float | None:
        """The points of a section; None where levels are counted."""
        return self.standing.score if self.standing else None

    @property
    def score_potential(self) -> float | None:
        return self.standing.score_potential if self.standing else None


@dataclass(frozen=True, slots=True)
class OverviewRow:
    system: System
    summary: Summary | None
    level: str
    target: int | None
    most: int
    cells: tuple[Cell, ...]
    spark: charts.Line | None
    step: Criterion | None

    @property
    def confirmed(self) -> int | None:
        return self.summary.confirmed if self.summary else None

    @property
    def potential(self) -> int | None:
        return self.summary.potential if self.summary else None

    @property
    def waived(self) -> tuple[int, ...]:
        return self.summary.waived if self.summary else ()

    @property
    def score(self) -> float | None:
        return self.summary.score if self.summary else None

    @property
    def score_potential(self) -> float | None:
        return self.summary.score_potential if self.summary else None


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
    marks: tuple[Mark, ...]

    @property
    def acts(self) -> list[tuple[Act, Wording]]:
        """What may be said of the verdict."""
        return [(act, WORDS[act]) for act in acts_on(self.result, self.criterion)]

    @property
    def is_disputed(self) -> bool:
        return any(mark.saying in DISPUTES for mark in self.marks)

    @property
    def drill(self) -> str:
        """The kind of drill that would prove what is missing."""
        return DRILL_OF.get(self.result.probe, "") if self.needs_work else ""

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
        "ladder": " · ".join(str(level) for level in range(overview.rubric.top + 1)),
        "levels": " · ".join(str(levels[level]) for level in range(overview.rubric.top + 1)),
        "below": levels[BELOW],
        "unassessed": levels[None],
        "reached": sum(levels[level] for level in range(1, overview.rubric.top + 1)),
        "team_count": len({row.system.team_id for row in overview.rows}),
        "seen_share": overview.seen / overview.applicable if overview.applicable else None,
        "columns": len(overview.rubric.capabilities) + 4,
    }


def overview_rows(overview: Overview, *, now: datetime) -> list[OverviewRow]:
    return [_overview_row(row, under=overview.rubric, now=now) for row in overview.rows]


def _overview_row(row: Row, *, under: Rubric, now: datetime) -> OverviewRow:
    return OverviewRow(
        system=row.system,
        summary=row.summary,
        level=stand_word(row.summary),
        target=target_under(row.system, under),
        most=section_size(under),
        cells=cells_of(row.summary, under=under),
        spark=charts.spark(row.trend, since=now - TREND, now=now),
        step=row.step,
    )


def cells_of(summary: Summary | None, *, under: Rubric) -> tuple[Cell, ...]:
    """A cell for each capability of the rubric, empty where the system was never assessed."""
    return tuple(
        Cell(c, summary.standing(c.id) if summary else None, most=len(under.of(c.id)))
        for c in under.capabilities
    )


def stand_word(summary: Summary | None) -> str:
    """The overall level, or the score where points are counted."""
    if summary is not None and summary.score is not None:
        return points(summary.score)
    return level_word(summary.confirmed if summary else None)


def points(score: float) -> str:
    """A sum of points without needless zeros: "3.5", "4"."""
    return f"{score:g}"


def bar_of(summary: Summary) -> levelbar.Bar:
    """The overall level bar; where points are counted, the points of the section that holds it."""
    if summary.score is None:
        top, waived = summary.rubric.top, summary.waived
        return levelbar.bar(summary.confirmed, potential=summary.potential, waived=waived, top=top)
    return levelbar.points_bar(summary.score, summary.score_potential, most=section_size(summary.rubric))


def target_under(system: System, under: Rubric) -> int | None:
    """The target where it is a level of this rubric: targets are set on the usual ladder, 0 to 2."""
    usual = not under.counts_points and under.top == levelbar.USUAL_TOP
    return system.target_level if usual else None


def section_size(under: Rubric) -> int:
    """How many tests the smallest section has: the most that the overall score can be."""
    return min(len(under.of(capability.id)) for capability in under.capabilities)


def level_word(level: int | None) -> str:
    if level is None:
        return _("not assessed")
    return _("below 0") if level == BELOW else str(level)


def headline(summary: Summary) -> str:
    """ "Level 1 confirmed over 8 of 9 capabilities": a level is never shown without its reach."""
    if summary.score is not None:
        values = {"points": points(summary.score), "sections": len(summary.standings)}
        return _("%(points)s points, the least of %(sections)d sections") % values
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


def words_counted(card: Scorecard) -> str:
    """ "2 waived · 1 attested · 1 disputed": what rests on people's words; empty where nothing does."""
    verdicts = Counter(result.verdict for result in card.results)
    disputed = sum(mark.saying in DISPUTES for marks in card.marks.values() for mark in marks)
    counted = (
        (verdicts[Verdict.WAIVED], _("waived")),
        (verdicts[Verdict.ATTESTED], _("attested")),
        (disputed, _("disputed")),
    )
    return " · ".join(f"{count} {word}" for count, word in counted if count)


def holding(summary: Summary) -> list[Capability]:
    """The capabilities that keep the overall level where it is."""
    lowest = [
        s.capability
        for s in summary.standings
        if s.confirmed is not None and s.confirmed == summary.confirmed and s.score == summary.score
    ]
    return [c for c in summary.rubric.capabilities if c.id in lowest]


def scorecard_context(card: Scorecard, *, now: datetime) -> dict[str, object]:
    """What the page of an assessed system shows."""
    found = card.summary
    return {
        "target": target_under(found.system, found.rubric),
        "most": section_size(found.rubric),
        "scale": _scale(found.rubric),
        "level_name": found.rubric.levels[max(0, found.confirmed or 0)],
        "headline": headline(found),
        "coverage": coverage(found),
        "seen_width": round(METER_WIDTH * found.seen / found.applicable) if found.applicable else 0,
        "holding": holding(found),
        "capabilities": capability_cards(card),
    }


def _scale(under: Rubric) -> range:
    """What stands below the big bar: the levels, or the points from 1 up."""
    return range(1, section_size(under) + 1) if under.counts_points else range(under.top + 1)


def capability_cards(card: Scorecard) -> list[CapabilityCard]:
    """Capabilities that hold the level first, those not assessed last; few holders are marked as such."""
    holders = holding(card.summary)
    held = {capability.id for capability in holders} if len(holders) <= MARKED_HOLDERS else set()
    made = [_capability_card(c, card, holds=c.id in held) for c in card.summary.rubric.capabilities]
    return sorted(made, key=_order)


def _order(card: CapabilityCard) -> tuple[bool, float]:
    held = card.cell.confirmed if card.cell.score is None else card.cell.score
    return held is None, held or 0


def _capability_card(capability: Capability, card: Scorecard, *, holds: bool) -> CapabilityCard:
    results = [r for r in card.results if r.capability == capability.id]
    return CapabilityCard(
        cell=Cell(
            capability,
            card.summary.standing(capability.id),
            most=len(card.summary.rubric.of(capability.id)),
        ),
        results=tuple(
            result_card(r, system=card.summary.system, under=card.summary.rubric, among=card.marks)
            for r in results
        ),
        holds_overall=holds,
    )


def result_card(result: Result, *, system: System, under: Rubric, among: Marks) -> ResultCard:
    criterion = under.criterion(result.criterion)
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
        marks=marks_on(result, criterion, among),
    )


def _evidence(findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    """What can be opened, each once, in the findings' order (failures first)."""
    shown = {(e.node_id, e.url): e for f in findings for e in f.evidence if e.node_id or e.url}
    return tuple(shown.values())
