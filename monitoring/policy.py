"""From figures to a state: is this column, and this data set, drifting?

The effect size decides (a value at or above its threshold), the noise floor gates (a value that chance
alone could give says nothing), and no p-value ever decides alone: with many rows everything is significant.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitoring.parquet import ColumnKind

SHARE_STEP = 0.05  # a share of missing or infinite values that moves so far matters
SHARE_FIRST = 0.01  # or that rises from none to this
UNSEEN_SHARE = 0.005  # of the values, in categories that the reference does not know
UNSEEN_ROWS = 10
MINIMUM_ROWS = 30  # below, a share is an anecdote
SIGNIFICANT = 2.576  # two-sided 1% point of the standard normal
DATASET_SHARE = 0.5  # of the columns
CRITICAL_SCORE = 2.5  # PSI 0.25 over its threshold of 0.1

DECIDING_CONTINUOUS = ("wasserstein_normalised", "psi")
DECIDING_DISCRETE = ("js", "cramers_v")
DECIDING_CATEGORICAL = ("js",)


class State(StrEnum):
    """What is known of a column or of a data set."""

    OK = "ok"
    BREACH = "breach"
    INSUFFICIENT = "insufficient"  # too few rows to tell; neither good nor bad
    ERROR = "error"  # the comparison itself was not possible
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One statistic's value on one column. `floor`: what chance alone stays below 99 times in 100."""

    slug: str
    label: str
    value: float
    threshold: float
    floor: float
    minimum_sample: int

    @property
    def bar(self) -> float:
        """The value from which on this is a breach."""
        return max(self.threshold, self.floor)

    @property
    def score(self) -> float:
        """The value over its bar: a breach from 1 on."""
        return self.value / self.bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How complete one side of a column is: row counts."""

    rows: int
    missing: int = 0
    nonfinite: int = 0
    unseen: int = 0  # values in categories that the reference does not know

    @property
    def values(self) -> int:
        """Rows that enter the statistics."""
        return self.rows - self.missing - self.nonfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A state and the one sentence that says why, with its numbers. `score` is 1 at the bar."""

    state: State
    reason: str
    statistic: str | None = None
    score: float | None = None

    @property
    def is_critical(self) -> bool:
        """Whether a breach lies far above its bar."""
        return self.state is State.BREACH and self.score is not None and self.score >= CRITICAL_SCORE


def deciding(kind: ColumnKind, *, discrete: bool) -> tuple[str, ...]:
    """The slugs of the statistics that may call a column of this kind drifted."""
    if kind is ColumnKind.CATEGORICAL:
        return DECIDING_CATEGORICAL
    if kind is ColumnKind.BOOLEAN or (kind is ColumnKind.NUMERIC and discrete):
        return DECIDING_DISCRETE
    return DECIDING_CONTINUOUS if kind is ColumnKind.NUMERIC else ()


def judge_column(*, reference: Presence, current: Presence, checks: Sequence[Check]) -> Verdict:
    """The verdict on one column from its presence and the checks that may decide."""
    nothing = Verdict(
        state=State.NO_DATA,
        reason=f"No value to compare: {_of(reference)} in the reference, {_of(current)} now.",
    )
    if reference.rows == 0 or current.rows == 0:
        return nothing
    moved = _judge_presence(reference, current)
    if moved is not None or reference.values + current.values > 0:
        return moved or _judge_values(reference, current, checks)
    return nothing


def judge_dataset(verdicts: Mapping[str, Verdict], *, share: float = DATASET_SHARE) -> Verdict:
    """The verdict on a data set: a breach when at least `share` of the judged columns drifted."""
    judged = [verdict for verdict in verdicts.values() if verdict.state in (State.OK, State.BREACH)]
    if not judged:
        state = State.INSUFFICIENT if _any(verdicts, State.INSUFFICIENT) else State.NO_DATA
        return Verdict(state=state, reason=f"None of {len(verdicts)} columns could be judged.")
    silent = len(verdicts) - len(judged)
    breached = sum(verdict.state is State.BREACH for verdict in judged)
    observed = breached / len(judged)
    return Verdict(
        state=State.BREACH if observed >= share else State.OK,
        reason=f"{breached} of {len(judged)} judged columns drifted ({observed:.0%}, bar {share:.0%})"
        + (f"; {silent} could not be judged." if silent else "."),
        statistic="drifted_share",
        score=observed / share,
    )


def _any(verdicts: Mapping[str, Verdict], state: State) -> bool:
    return any(verdict.state is state for verdict in verdicts.values())


def _of(side: Presence) -> str:
    return f"{side.values:,} of {side.rows:,} rows"


def _judge_presence(reference: Presence, current: Presence) -> Verdict | None:
    for noun, before, after in (
        ("missing", reference.missing, current.missing),
        ("infinite", reference.nonfinite, current.nonfinite),
    ):
        if _share_moved((before, reference.rows), (after, current.rows)):
            return Verdict(
                state=State.BREACH,
                reason=f"{after:,} of {current.rows:,} values are {noun} ({after / current.rows:.1%}); "
                f"in the reference {before:,} of {reference.rows:,} ({before / reference.rows:.1%}).",
                statistic=f"{noun}_share",
            )
    return _judge_unseen(current)


def _judge_unseen(current: Presence) -> Verdict | None:
    if current.unseen < UNSEEN_ROWS or current.unseen <= UNSEEN_SHARE * current.values:
        return None
    if current.values < MINIMUM_ROWS:
        return None
    share = current.unseen / current.values
    return Verdict(
        state=State.BREACH,
        reason=f"{current.unseen:,} of {current.values:,} values ({share:.1%}) are categories "
        f"that the reference does not know (bar {UNSEEN_SHARE:.1%}).",
        statistic="unseen_share",
        score=share / UNSEEN_SHARE,
    )


def _share_moved(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether a share moved by enough to matter and by more than chance (two-proportion z test)."""
    (count, rows), (count_now, rows_now) = before, after
    if min(rows, rows_now) < MINIMUM_ROWS:
        return False
    share, share_now = count / rows, count_now / rows_now
    matters = abs(share_now - share) >= SHARE_STEP or (count == 0 and share_now >= SHARE_FIRST)
    pooled = (count + count_now) / (rows + rows_now)
    error = math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / rows_now))
    return matters and error > 0 and abs(share_now - share) / error >= SIGNIFICANT


def _judge_values(reference: Presence, current: Presence, checks: Sequence[Check]) -> Verdict:
    sample = f"{current.values:,} values against {reference.values:,}"
    if not checks:
        return Verdict(state=State.OK, reason=f"Only its missing values are watched; {sample}.")
    needed = max(check.minimum_sample for check in checks)
    if min(reference.values, current.values) < needed:
        return Verdict(
            state=State.INSUFFICIENT,
            reason=f"{sample}: too few to tell drift from chance; each side needs at least {needed:,}.",
        )
    worst = max(checks, key=lambda check: check.score)
    if worst.score < 1:
        noisy = [check for check in checks if check.floor > check.threshold]
        return _drowned(noisy[0], sample) if noisy else _judged(worst, State.OK, sample)
    return _judged(worst, State.BREACH, sample)


def _judged(check: Check, state: State, sample: str) -> Verdict:
    relation = "reaches" if state is State.BREACH else "stays below"
    return Verdict(
        state=state,
        reason=f"{check.label} {check.value:.3g} {relation} {check.bar:.3g} "
        f"(threshold {check.threshold:.3g}, noise floor {check.floor:.3g}) on {sample}.",
        statistic=check.slug,
        score=check.score,
    )


def _drowned(check: Check, sample: str) -> Verdict:
    return Verdict(
        state=State.INSUFFICIENT,
        reason=f"{sample}: chance alone moves {check.label} up to {check.floor:.3g}, above its threshold of "
        f"{check.threshold:.3g}; widen the window or merge rare values.",
        statistic=check.slug,
        score=check.score,
    )
