"""Level lines: where the confirmed and the possible level stood over time. Pure geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SPARK_WIDTH, SPARK_PITCH, SPARK_TOP = 61.0, 5.0, 2.0
WIDTH, PITCH, TOP, LEFT = 1070.0, 46.0, 26.0, 40.0
LEAST_SPAN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Moment:
    """The overall level from a moment on (levels as in `Assessment`)."""

    at: datetime
    confirmed: int | None
    potential: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """SVG path data of both lines, and where the confirmed one ends; numbers as text, in no locale."""

    confirmed: str
    potential: str
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of level on the history chart."""

    x: str
    y: str
    at: datetime
    confirmed: int | None
    potential: int | None


@dataclass(frozen=True, slots=True)
class Tick:
    x: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    line: Line
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]


def spark(trend: Sequence[Moment], *, since: datetime, now: datetime) -> Line | None:
    """A line 64 wide and 20 high; None where nothing was ever assessed."""
    scale = _Scale(since=since, now=now, left=1.0, width=SPARK_WIDTH, top=SPARK_TOP, pitch=SPARK_PITCH)
    return scale.line(trend)


def history(moments: Sequence[Moment], *, now: datetime) -> History | None:
    """The chart 1120 wide and 150 high, from the first assessment (at least two weeks) to now."""
    if not moments:
        return None
    since = min(moments[0].at, now - LEAST_SPAN)
    scale = _Scale(since=since, now=now, left=LEFT, width=WIDTH, top=TOP, pitch=PITCH)
    line = scale.line(moments)
    if line is None:
        return None
    marks = tuple(Mark(scale.x(m.at), scale.y(m.confirmed), m.at, m.confirmed, m.potential) for m in moments)
    days = [since + (now - since) * part / 5 for part in range(5)]
    return History(line=line, marks=marks, ticks=tuple(Tick(scale.x(day), day) for day in days))


@dataclass(frozen=True, slots=True)
class _Scale:
    since: datetime
    now: datetime
    left: float
    width: float
    top: float
    pitch: float

    def x(self, at: datetime) -> str:
        share = (at - self.since) / (self.now - self.since)
        return f"{self.left + self.width * min(1.0, max(0.0, share)):.2f}"

    def y(self, level: int | None) -> str:
        """Level 2 at the top; what was not assessed lies with "below 0"."""
        return f"{self.top + self.pitch * (2 - (-1 if level is None else level)):.2f}"

    def line(self, moments: Sequence[Moment]) -> Line | None:
        if not moments:
            return None
        end = f"{self.left + self.width:.2f}"
        confirmed = self._steps([(m.at, m.confirmed) for m in moments], end=end)
        potential = self._steps([(m.at, m.potential) for m in moments], end=end)
        return Line(confirmed, potential, end_x=end, end_y=self.y(moments[-1].confirmed))

    def _steps(self, points: Sequence[tuple[datetime, int | None]], *, end: str) -> str:
        first = f"M{self.x(points[0][0])} {self.y(points[0][1])}"
        return first + "".join(f"H{self.x(at)}V{self.y(level)}" for at, level in points[1:]) + f"H{end}"
