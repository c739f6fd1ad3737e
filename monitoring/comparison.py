"""One column compared: every statistic, its noise floor, and the verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitoring.distributions import Pair
from monitoring.parquet import ColumnKind
from monitoring.policy import Check, Presence, State, Verdict, deciding, judge_column
from monitoring.statistics import Statistic, all_statistics

Figures = Mapping[str, float | None]
Thresholds = Mapping[str, float]  # by slug of the statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """What the comparison of one column found. Figures are by slug; None where one does not apply."""

    kind: ColumnKind
    reference: Presence
    current: Presence
    statistics: Figures
    floors: Figures
    p_values: Figures
    verdict: Verdict

    @property
    def is_drifted(self) -> bool:
        """Whether the column is in breach."""
        return self.verdict.state is State.BREACH

    def to_json(self) -> dict[str, object]:
        """The column as plain values; never NaN or infinity."""
        return {
            "kind": str(self.kind),
            "n": [self.reference.values, self.current.values],
            "missing": [self.reference.missing, self.current.missing],
            "nonfinite": [self.reference.nonfinite, self.current.nonfinite],
            "statistics": dict(self.statistics),
            "noise_floor": dict(self.floors),
            "p_value": dict(self.p_values),
            "state": str(self.verdict.state),
            "drifted": self.is_drifted,
            "reason": self.verdict.reason,
        }


def compare_pair(
    pair: Pair,
    *,
    reference: Presence,
    current: Presence,
    thresholds: Thresholds | None = None,
) -> ColumnDrift:
    """Measure and judge one column. `thresholds` overrides the statistics' own, by slug."""
    known = all_statistics()
    with np.errstate(over="ignore", invalid="ignore"):  # an overflow is found by its figure being infinite
        measured = {slug: statistic.measure(pair) for slug, statistic in known.items()}
        floors = {slug: _finite(statistic.noise_floor(pair)) for slug, statistic in known.items()}
        p_values = {slug: _finite(s.p_value(pair)) for slug, s in known.items() if s.p_value is not None}
    overflowed = not math.isfinite(pair.deviation) or any(
        value is not None and not math.isfinite(value) for value in measured.values()
    )
    checks = () if overflowed else _checks(pair, measured, floors, thresholds or {})
    verdict = _OVERFLOW if overflowed else judge_column(reference=reference, current=current, checks=checks)
    return ColumnDrift(
        kind=pair.kind,
        reference=reference,
        current=current,
        statistics={slug: _finite(value) for slug, value in measured.items()},
        floors=floors,
        p_values=p_values,
        verdict=verdict,
    )


def compare_presence(*, kind: ColumnKind, reference: Presence, current: Presence) -> ColumnDrift:
    """Judge a column of which only missing values are watched."""
    return _without_figures(
        kind=kind,
        reference=reference,
        current=current,
        verdict=judge_column(reference=reference, current=current, checks=()),
    )


def incomparable(*, kind: ColumnKind, reference: Presence, current: Presence, reason: str) -> ColumnDrift:
    """A column that could not be compared, and why."""
    verdict = Verdict(state=State.ERROR, reason=reason)
    return _without_figures(kind=kind, reference=reference, current=current, verdict=verdict)


_OVERFLOW = Verdict(
    state=State.ERROR,
    reason="Its values are too great for 64-bit arithmetic, so no distance was computed; rescale the column.",
)


def _without_figures(
    *, kind: ColumnKind, reference: Presence, current: Presence, verdict: Verdict
) -> ColumnDrift:
    known = all_statistics()
    return ColumnDrift(
        kind=kind,
        reference=reference,
        current=current,
        statistics=dict.fromkeys(known),
        floors=dict.fromkeys(known),
        p_values={slug: None for slug, statistic in known.items() if statistic.p_value is not None},
        verdict=verdict,
    )


def _checks(pair: Pair, measured: Figures, floors: Figures, thresholds: Thresholds) -> tuple[Check, ...]:
    known = all_statistics()
    candidates = (known[slug] for slug in deciding(pair.kind, discrete=pair.discrete))
    checks = (_check(statistic, measured, floors, thresholds) for statistic in candidates)
    return tuple(check for check in checks if check is not None)


def _check(statistic: Statistic, measured: Figures, floors: Figures, thresholds: Thresholds) -> Check | None:
    value, floor = measured[statistic.slug], floors[statistic.slug]
    threshold = thresholds.get(statistic.slug, statistic.threshold)
    if value is None or floor is None or threshold is None:
        return None
    return Check(
        slug=statistic.slug,
        label=statistic.label,
        value=value,
        threshold=threshold,
        floor=floor,
        minimum_sample=statistic.minimum_sample,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
