"""Level lines: where the confirmed and the possible level stood over time. Pure geometry.

A level is a step of a ladder or a sum of points; the scale is told its highest value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SPARK_WIDTH, SPARK_HEIGHT, SPARK_TOP = 61.0, 15.0, 2.0
WIDTH, HEIGHT, TOP, LEFT = 1070.0, 138.0, 26.0, 40.0
LEAST_SPAN = timedelta(days=14)
MOST_ROWS = 5
LADDER_FLOOR = -1.0
"""Below level 0, where what was not assessed lies too."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The overall level (or score) from a moment on, as in `Assessment`.

    `kind` says why it came to be so (a `CauseKind`, "" for the first), `key` names the assessment.
    """

    at: datetime
    confirmed: float | None
    potential: float | None
    kind: str = ""
    key: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """SVG path data of both lines, and where the confirmed one ends; numbers as text, in no locale."""

    confirmed: str
    potential: str
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of level on the history chart; `shape` is its path, "" for a circle."""

    x: str
    y: str
    moment: Moment
    shape: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the grid with its value; the text stands a little lower."""

    y: str
    text_y: str
    value: int


@dataclass(frozen=True, slots=True)
class History:
    line: Line
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]


def spark(
    trend: Sequence[Moment],
    *,
    since: datetime,
    now: datetime,
    top: float = 2.0,
    floor: float = LADDER_FLOOR,
) -> Line | None:
    """A line 64 wide and 20 high; None where nothing was ever assessed."""
    scale = _Scale(since, now, left=1.0, width=SPARK_WIDTH, top=SPARK_TOP, height=SPARK_HEIGHT)
    return scale.ranging(floor, top).line(trend)


def history(
    moments: Sequence[Moment], *, now: datetime, top: float = 2.0, floor: float = LADDER_FLOOR
) -> History | None:
    """The chart 1120 wide and 180 high, from the first assessment (at least two weeks) to now."""
    if not moments:
        return None
    since = min(moments[0].at, now - LEAST_SPAN)
    scale = _Scale(since, now, left=LEFT, width=WIDTH, top=TOP, height=HEIGHT).ranging(floor, top)
    line = scale.line(moments)
    if line is None:
        return None
    days = [since + (now - since) * part / 5 for part in range(5)]
    step = max(1, math.ceil(top / (MOST_ROWS - 1)))
    return History(
        line=line,
        marks=tuple(scale.mark(moment) for moment in moments),
        ticks=tuple(Tick(scale.x(day), day) for day in days),
        rows=tuple(scale.row(value) for value in range(0, math.floor(top) + 1, step)),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    since: datetime
    now: datetime
    left: float
    width: float
    top: float
    height: float
    low: float = LADDER_FLOOR
    high: float = 2.0

    def ranging(self, low: float, high: float) -> "_Scale":
        return _Scale(
            self.since, self.now, self.left, self.width, self.top, self.height, low, max(high, low + 1)
        )

    def x(self, at: datetime) -> str:
        share = (at - self.since) / (self.now - self.since)
        return f"{self.left + self.width * min(1.0, max(0.0, share)):.2f}"

    def y(self, level: float | None) -> str:
        """The highest level at the top; what was not assessed lies at the bottom."""
        return f"{self._height(level):.2f}"

    def row(self, value: int) -> Row:
        return Row(y=self.y(value), text_y=f"{self._height(value) + 4:.2f}", value=value)

    def mark(self, moment: Moment) -> Mark:
        """A marker: round for evidence, square for coverage, diamond for rubric, triangle for expiry."""
        x, y = float(self.x(moment.at)), self._height(moment.confirmed)
        shapes = {
            "coverage": f"M{x - 4:.2f} {y - 4:.2f}h8v8h-8z",
            "rubric": f"M{x:.2f} {y - 5.5:.2f}l5.5 5.5-5.5 5.5-5.5-5.5z",
            "expiry": f"M{x:.2f} {y - 5:.2f}l5.5 9.5h-11z",
        }
        return Mark(
            self.x(moment.at), self.y(moment.confirmed), moment=moment, shape=shapes.get(moment.kind, "")
        )

    def line(self, moments: Sequence[Moment]) -> Line | None:
        if not moments:
            return None
        end = f"{self.left + self.width:.2f}"
        confirmed = self._steps([(m.at, m.confirmed) for m in moments], end=end)
        potential = self._steps([(m.at, m.potential) for m in moments], end=end)
        return Line(confirmed, potential, end_x=end, end_y=self.y(moments[-1].confirmed))

    def _height(self, level: float | None) -> float:
        value = self.low if level is None else min(self.high, max(self.low, level))
        return self.top + self.height * (self.high - value) / (self.high - self.low)

    def _steps(self, points: Sequence[tuple[datetime, float | None]], *, end: str) -> str:
        first = f"M{self.x(points[0][0])} {self.y(points[0][1])}"
        return first + "".join(f"H{self.x(at)}V{self.y(level)}" for at, level in points[1:]) + f"H{end}"
