"""The heat map: inputs by windows, each cell a statistic and how near it comes to its bar."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitoring.statistics import all_statistics

SCORE = "score"
USUAL = "psi"
MOST_ROWS = 40
BANDS = (0.5, 0.8, 1.0, 2.5)
"""Of the bar: from these shares of it on, the next deeper colour."""
CHANCE_BANDS = (1.0, 5.0)
"""Of what chance alone reaches, for a statistic that has no bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check as far as the heat map needs it."""

    window: int
    column: str
    state: str
    reason: str
    score: float | None
    figures: Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`band` 0 to 4, empty where there is no figure; `text` what is written."""

    window: int
    band: str
    text: str
    state: str
    reason: str
    is_selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    column: str
    cells: tuple[Cell, ...]
    is_selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Rows with the most alarming first. `hidden`: calm rows that are left out."""

    rows: tuple[Row, ...]
    hidden: int
    has_bar: bool


def has_bar(statistic: str) -> bool:
    """Whether the statistic can decide anything."""
    return statistic == SCORE or all_statistics()[statistic].threshold is not None


def heat_map(
    checks: Iterable[Check],
    *,
    windows: Sequence[int],
    statistic: str,
    selected: tuple[str, int],
    whole: bool,
) -> HeatMap:
    """`windows`: ids in the order of the columns; `selected`: the input and the window in focus."""
    by_column: dict[str, dict[int, Check]] = {}
    for check in checks:
        by_column.setdefault(check.column, {})[check.window] = check
    ranked = sorted(by_column.items(), key=lambda item: (-_worst(item[1].values()), item[0]))
    shown = ranked if whole else ranked[:MOST_ROWS]
    rows = tuple(
        Row(
            column=column,
            is_selected=column == selected[0],
            cells=tuple(
                _cell(held.get(window), window, statistic, is_selected=(column, window) == selected)
                for window in windows
            ),
        )
        for column, held in shown
    )
    return HeatMap(rows=rows, hidden=len(ranked) - len(shown), has_bar=has_bar(statistic))


def _worst(checks: Iterable[Check]) -> float:
    return max(
        (1000.0 if c.state == "breach" and c.score is None else c.score or 0.0 for c in checks), default=0
    )


def _cell(check: Check | None, window: int, statistic: str, *, is_selected: bool) -> Cell:
    if check is None:
        return Cell(window=window, band="", text="–", state="no_data", reason="", is_selected=is_selected)
    value, bar = _value(check, statistic)
    return Cell(
        window=window,
        band="" if value is None else _band(value, bar, limits=BANDS if has_bar(statistic) else CHANCE_BANDS),
        text="–" if value is None else _short(value),
        state=check.state,
        reason=check.reason,
        is_selected=is_selected,
    )


def _value(check: Check, statistic: str) -> tuple[float | None, float | None]:
    """The figure, and the bar (or what chance reaches) that it is held against."""
    if statistic == SCORE:
        return check.score, 1.0
    figure = check.figures.get(statistic, {})
    held = [bound for bound in (figure.get("threshold"), figure.get("floor")) if bound is not None]
    return figure.get("value"), max(held, default=None)


def _band(value: float, bar: float | None, *, limits: Sequence[float]) -> str:
    if not bar:
        return "0"
    return str(sum(value / bar >= limit for limit in limits))


def _short(value: float) -> str:
    """Two or three digits, without the nought before the point: .284, 1.3, 42."""
    text = f"{value:.3f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
    return text.removeprefix("0") if value < 1 else text


def window_label(start: datetime, *, is_hourly: bool, before: datetime | None) -> str:
    """A short head of a column: the day with its month where that changes, or the hour."""
    new_day = before is None or before.date() != start.date()
    if is_hourly:
        return f"{start:%-d %b %H}h" if new_day else f"{start:%H}h"
    return f"{start:%-d %b}" if before is None or before.month != start.month else f"{start:%-d}"
