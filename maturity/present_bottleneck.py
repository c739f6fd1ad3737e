"""The bottleneck verdict in words, and its numbers as a table."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.quantities import percentage, written
from maturity.blindness import NAMES
from maturity.bottleneck import Bottleneck, Certainty, Side, Way
from maturity.bottlenecks import Reading
from maturity.measures import LEAST, Example, Measure, Measured

HOURS_OF_A_DAY = 24
SHOWN_IN_DAYS = 48
"""Spans of so many hours and more are told in days."""


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One number with what it rests on."""

    name: str
    value: str
    interval: str
    n: str
    since: datetime | None
    until: datetime | None
    sources: str
    examples: tuple[tuple[str, Example], ...]


def bottleneck_context(reading: Reading | None, *, target: int) -> dict[str, object]:
    """What the section shows; empty before the first assessment."""
    if reading is None:
        return {}
    found = reading.found
    return {
        "bottleneck": found,
        "bottleneck_at": reading.measured_at,
        "bottleneck_answer": answer(found.side),
        "bottleneck_why": why(found),
        "bottleneck_fits": fits(found, target=target),
        "bottleneck_rows": [_row(each) for each in found.measures],
    }


def answer(side: Side) -> str:
    words = {
        Side.MAKING: _("Making models"),
        Side.MAINTAINING: _("Maintaining the pipeline"),
        Side.UNKNOWN: _("Too little evidence"),
    }
    return words[side]


def why(found: Bottleneck) -> list[str]:
    """The reasons, one sentence each."""
    if found.is_torn:
        start = [_("The signs contradict each other.")]
    elif found.side is Side.UNKNOWN:
        start = [
            _("At least %(least)d samples of each way, and ways that clearly differ, are needed.")
            % {"least": LEAST}
        ]
    else:
        start = [
            _("The evidence is clear.")
            if found.certainty is Certainty.CLEAR
            else _("The evidence leans this way; it is not certain.")
        ]
    return [
        *start,
        *_ways(found),
        *(_waste(found, sign.because) for sign in found.signs if sign.because != "ways"),
    ]


def fits(found: Bottleneck, *, target: int) -> str:
    """Which degree of automation answers the bottleneck, beside the target that the owner chose."""
    if found.fits is None:
        return ""
    said = {
        1: _("Level 1 fits: train and deliver models by an automated pipeline."),
        2: _("Level 2 fits: build, test and deliver the pipeline itself automatically."),
    }[found.fits]
    if found.fits == target:
        return said + " " + _("That is the target.")
    return said + " " + _("The target is level %(level)d.") % {"level": target}


def duration(hours: float | None) -> str:
    """A span in its handiest unit."""
    if hours is None:
        return "–"
    if hours < 1:
        return written(hours * 60, unit=_("min"))
    if hours < SHOWN_IN_DAYS:
        return written(hours, unit=_("h"))
    return written(hours / HOURS_OF_A_DAY, unit=_("d"))


def _ways(found: Bottleneck) -> list[str]:
    said = []
    if found.model_way.n:
        said.append(
            _("A model takes %(time)s from its commit to production.") % {"time": _travel(found.model_way)}
        )
    if found.pipeline_way.n:
        said.append(
            _("A change of the pipeline takes %(time)s until it runs.")
            % {"time": _travel(found.pipeline_way)}
        )
    return said


def _travel(way: Way) -> str:
    if not way.is_whole:
        return _("%(time)s or more (n ≥ %(n)d, not every leg was seen)") % {
            "time": duration(way.hours),
            "n": way.n,
        }
    return _("%(time)s (%(low)s to %(high)s, n ≥ %(n)d)") % {
        "time": duration(way.hours),
        "low": duration(way.low),
        "high": duration(way.high),
        "n": way.n,
    }


def _waste(found: Bottleneck, name: str) -> str:
    share = next(each for each in found.measures if each.id == name)
    words = {
        Measured.FAILED_RUNS: _("%(share)s of %(n)d runs failed."),
        Measured.REPEATED_RUNS: _("%(share)s of %(n)d runs repeated an earlier one."),
    }[share.id]
    return words % {"share": percentage(share.value), "n": share.n}


def _row(measure: Measure) -> MeasureRow:
    shown = duration if measure.is_time else percentage
    few = _("fewer than %(least)d") % {"least": LEAST}
    return MeasureRow(
        name=name_of(measure.id),
        value=few if measure.value is None else shown(measure.value),
        interval="–" if measure.low is None else f"{shown(measure.low)} – {shown(measure.high)}",
        n=_("%(n)d, and %(u)d untold") % {"n": measure.n, "u": measure.u} if measure.u else str(measure.n),
        since=measure.since,
        until=measure.until,
        sources=", ".join(_(NAMES.get(kind, kind)) for kind in measure.sources),
        examples=tuple((duration(e.value) if measure.is_time else "", e) for e in measure.examples),
    )


def name_of(measured: Measured) -> str:
    words = {
        Measured.COMMIT_TO_RUN: _("Commit → first run"),
        Measured.RUN_TO_REGISTERED: _("Run → registered"),
        Measured.REGISTERED_TO_DEPLOYED: _("Registered → in production"),
        Measured.PIPELINE_TO_LIVE: _("Pipeline change → first good run"),
        Measured.FAILED_RUNS: _("Failed runs"),
        Measured.REPEATED_RUNS: _("Repeated runs"),
        Measured.MANUAL_RUNS: _("Models trained by hand"),
        Measured.MANUAL_DEPLOYMENTS: _("Deployments by a person"),
    }
    return words[measured]
