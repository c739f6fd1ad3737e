"""What the pages say: findings as words, figures and drawings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.quantities import percentage, written
from monitoring import charts, heatmap
from monitoring.histogram import Histogram, histogram, median
from monitoring.models import (
    Alert,
    AlertState,
    CheckResult,
    CheckState,
    ContractFinding,
    Monitor,
    Severity,
    Window,
)
from monitoring.profile import NumericProfile, Profile
from monitoring.profile_json import from_json
from monitoring.statistics import Statistic, all_statistics
from monitoring.viewstate import ViewState

SIGNS = {
    "alert": ("fail", "alert"),
    "problem": ("unknown", "alert"),
    CheckState.BREACH: ("waived", "alert"),
    CheckState.OK: ("met", "met"),
    CheckState.INSUFFICIENT: ("unknown", "minus"),
    CheckState.ERROR: ("unknown", "alert"),
    CheckState.NO_DATA: ("unknown", "minus"),
    "new": ("unknown", "minus"),
}
ALERT_TONES = {
    AlertState.PENDING: "waived",
    AlertState.FIRING: "fail",
    AlertState.RECOVERING: "accent",
    AlertState.RESOLVED: "met",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A short state in words, tone and icon."""

    text: str
    tone: str
    icon: str


def sign_of(state: str) -> Sign:
    """The sign of a monitor's or a window's state."""
    words = {"alert": _("alert"), "problem": _("cannot judge"), "new": _("not checked yet")}
    tone, icon = SIGNS[state]
    return Sign(words.get(state) or str(CheckState(state).label), tone, icon)


def alert_sign(alert: Alert) -> Sign:
    """Where an alert stands; taken notice of is a state of its own for a reader."""
    if alert.is_open and alert.acknowledged_at:
        return Sign(_("acknowledged"), "unknown", "met")
    return Sign(str(AlertState(alert.state).label), ALERT_TONES[AlertState(alert.state)], "")


def alert_title(alert: Alert) -> str:
    """What is wrong, in a few words."""
    match alert.kind:
        case "drift":
            return _("Drift: %(column)s") % {"column": alert.column}
        case "contract":
            return _("Schema: the log breaks the contract")
        case "no_data":
            return _("No data")
    return _("The monitor cannot judge")


@dataclass(frozen=True, slots=True)
class Episode:
    """The strip of one alert on a common scale, 240 units wide. `done` is None while it is open."""

    start: float
    width: float
    acknowledged: float | None
    done: float | None
    words: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    alert: Alert
    title: str
    sign: Sign
    severity_tone: str
    seen: datetime
    episode: Episode


STRIP_WIDTH = 240.0
LEAST = 6.0


def alert_rows(alerts: Sequence[Alert], *, now: datetime) -> list[AlertRow]:
    """Alerts with their episodes drawn on one scale, from before the first one to now."""
    first = min((alert.since for alert in alerts), default=now)
    scale = _Scale(now - max(1.25 * (now - first), timedelta(days=1)), now)
    return [
        AlertRow(
            alert,
            alert_title(alert),
            alert_sign(alert),
            "fail" if alert.severity == Severity.HIGH else "waived",
            min(alert.seen, now),
            _episode(alert, scale),
        )
        for alert in alerts
    ]


@dataclass(frozen=True, slots=True)
class _Scale:
    since: datetime
    until: datetime

    def place(self, moment: datetime) -> float:
        share = (moment - self.since) / (self.until - self.since)
        return round((STRIP_WIDTH - 2 * LEAST) * min(1.0, max(0.0, share)) + LEAST, 1)


def _episode(alert: Alert, scale: _Scale) -> Episode:
    """A clearing is known by the window that brought it, so it is drawn at the end of the last breach."""
    is_over = alert.state == AlertState.RESOLVED
    start = scale.place(alert.since)
    end = scale.place(alert.seen if is_over else scale.until)
    words = _("since %(start)s") % {"start": f"{alert.since:%Y-%m-%d %H:%M}"}
    if is_over:
        words = _("%(start)s to %(end)s, cleared") % {
            "start": f"{alert.since:%Y-%m-%d %H:%M}",
            "end": f"{alert.seen:%Y-%m-%d %H:%M}",
        }
    return Episode(
        start=start,
        width=max(end - start, LEAST),
        acknowledged=scale.place(alert.acknowledged_at) if alert.acknowledged_at else None,
        done=max(end, start + LEAST) if is_over else None,
        words=words,
    )


@dataclass(frozen=True, slots=True)
class StatisticChoice:
    slug: str
    text: str


def statistic_choices() -> list[StatisticChoice]:
    """What the heat map can show, with units."""
    first = StatisticChoice(heatmap.SCORE, _("what decides, in parts of its bar"))
    return [
        first,
        *(StatisticChoice(s.slug, f"{s.label} ({s.unit})") for s in all_statistics().values()),
    ]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column of the heat map."""

    text: str
    full: str
    rows: int
    state: str


@dataclass(frozen=True, slots=True)
class DriftView:
    """The heat map with its heads; `cells` have addresses made by `state`."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[str, str, bool, tuple[tuple[heatmap.Cell, str, str], ...]], ...]
    hidden: int
    has_bar: bool
    reading: str


def drift_view(
    monitor: Monitor, windows: Sequence[Window], drawn: heatmap.HeatMap, *, state: ViewState
) -> DriftView:
    """The heat map with the addresses and the words of its cells."""
    heads, before = [], None
    for window in windows:
        text = heatmap.window_label(window.start, is_hourly=monitor.window == "hour", before=before)
        full = f"{window.start:%Y-%m-%d %H:%M} UTC, n = {window.rows:,}"
        heads.append(Head(text, full, window.rows, window.state))
        before = window.start
    newest = windows[-1].pk
    rows = tuple(
        (
            row.column,
            state.url(column=row.column, window=newest),
            row.is_selected,
            tuple(
                (
                    cell,
                    state.url(column=row.column, window=cell.window),
                    f"{row.column}, {head.full}: {cell.text}",
                )
                for cell, head in zip(row.cells, heads, strict=True)
            ),
        )
        for row in drawn.rows
    )
    return DriftView(tuple(heads), rows, drawn.hidden, drawn.has_bar, _heat_reading(windows))


def _heat_reading(windows: Sequence[Window]) -> str:
    drifting = sum(window.state == CheckState.BREACH for window in windows)
    least = min(window.rows for window in windows)
    said = _("%(count)s of %(all)s windows drift; each has at least %(n)s rows.")
    return f"{said % {'count': drifting, 'all': len(windows), 'n': f'{least:,}'}} {windows[-1].reason}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One statistic of a check. `note`: its unit, its bar where it has one, and what chance alone gives."""

    label: str
    value: str
    note: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Distribution:
    """A cell in full: the verdict, the drawing with its data, and every figure."""

    check: CheckResult
    sign: Sign
    figures: tuple[Figure, ...]
    chart: charts.Figure | None
    reading: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    missing: str


def distribution(check: CheckResult) -> Distribution:
    """Everything about one column of one window; the check comes with window and baseline."""
    reference, window = (from_json(held) for held in (check.window.baseline.profile, check.window.profile))
    drawn = _drawn(reference, window, check.column)
    sizes = (check.n_baseline, check.n)
    return Distribution(
        check=check,
        sign=sign_of(check.state),
        figures=tuple(_figures(check)),
        chart=charts.distribution(drawn, sizes=sizes, column=check.column) if drawn else None,
        reading=_moved(reference, window, check.column, drawn),
        headers=(check.column, _("Baseline"), _("Window")),
        rows=tuple(_shares(drawn)) if drawn else (),
        missing=_("%(now)s of the window, %(before)s of the baseline")
        % {
            "now": percentage(_share(check.missing, check.missing + check.n)),
            "before": percentage(_share(check.missing_baseline, check.missing_baseline + check.n_baseline)),
        },
    )


def _drawn(reference: Profile, window: Profile, column: str) -> Histogram | None:
    before, after = reference.columns.get(column), window.columns.get(column)
    return histogram(before, after) if before and after else None


def _figures(check: CheckResult) -> Iterable[Figure]:
    known = all_statistics()
    for slug, figure in check.figures.items():
        statistic = known.get(slug)
        if statistic is None or figure["value"] is None:
            continue
        yield Figure(
            label=statistic.label,
            value=written(figure["value"]),
            note=_note(statistic, figure),
            decides=slug == check.statistic,
        )


def _note(statistic: Statistic, figure: Mapping[str, float | None]) -> str:
    parts = [statistic.unit]
    if figure["threshold"] is not None:
        parts.append(_("bar %(value)s") % {"value": written(figure["threshold"])})
    parts.append(_("by chance up to %(value)s") % {"value": written(figure["floor"])})
    return "; ".join(parts)


def _moved(reference: Profile, window: Profile, column: str, drawn: Histogram | None) -> str:
    """What changed, as one sentence: the median of numbers, the share that moved most of names."""
    before, after = reference.columns.get(column), window.columns.get(column)
    if drawn is None:
        return ""
    if drawn.edges and isinstance(before, NumericProfile) and isinstance(after, NumericProfile):
        return _("The median is %(now)s; in the baseline it was %(before)s.") % {
            "now": written(median(after)),
            "before": written(median(before)),
        }
    name, old, new = max(
        zip(drawn.labels, drawn.baseline, drawn.window, strict=True), key=lambda bin: abs(bin[2] - bin[1])
    )
    return _("%(name)s is %(now)s of the window; of the baseline it was %(before)s.") % {
        "name": name,
        "now": percentage(new),
        "before": percentage(old),
    }


def _shares(drawn: Histogram) -> Iterable[tuple[str, str, str]]:
    for label, before, after in zip(drawn.labels, drawn.baseline, drawn.window, strict=True):
        yield label, percentage(before), percentage(after)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class ContractRow:
    finding: ContractFinding
    word: str
    tone: str


def contract_rows(findings: Iterable[ContractFinding]) -> list[ContractRow]:
    """Differences with a word for each; a benign one is not painted as a fault."""
    words = {
        "missing": _("missing input"),
        "extra": _("extra input"),
        "dtype": pgettext("of a column", "other type"),
        "order": _("other order"),
    }
    return [
        ContractRow(each, words.get(each.kind, each.kind), "unknown" if each.risk == "benign" else "fail")
        for each in findings
    ]
