"""When verdicts on successive windows become an alert, and when it is over: pure state transitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitoring.policy import State

CLEAR_BELOW = 0.8  # of the bar: hysteresis, so that a value at the bar does not flap


class Phase(StrEnum):
    """Where an alert stands."""

    INACTIVE = "inactive"
    PENDING = "pending"  # a breach, not yet often enough
    FIRING = "firing"
    RECOVERING = "recovering"  # clean, not yet long enough
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Fire on `needed` breaches among the last `among` judged windows; resolve after `clean` clean ones."""

    needed: int
    among: int
    clean: int


DRIFT_PATIENCE = Patience(needed=2, among=3, clean=2)
SCHEMA_PATIENCE = Patience(needed=1, among=1, clean=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one window said."""

    state: State
    score: float | None = None

    @property
    def is_clean(self) -> bool:
        """Whether the value fell clearly below its bar."""
        return self.state is State.OK and (self.score is None or self.score < CLEAR_BELOW)


def next_state(phase: Phase, *, history: Sequence[Outcome], patience: Patience = DRIFT_PATIENCE) -> Phase:
    """The phase after the last window of `history` (oldest first).

    Windows are counted, not hours. A window that could not be judged (insufficient, no data, error)
    neither advances an alert nor clears it.
    """
    judged = [outcome for outcome in history if outcome.state in (State.OK, State.BREACH)]
    if not judged or history[-1] is not judged[-1]:
        return phase
    if phase in (Phase.FIRING, Phase.RECOVERING):
        return _next_while_open(phase, judged=judged, patience=patience)
    breaches = sum(outcome.state is State.BREACH for outcome in judged[-patience.among :])
    if judged[-1].state is State.BREACH and breaches >= patience.needed:
        return Phase.FIRING
    return Phase.PENDING if breaches else Phase.INACTIVE


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a history leaves an alert. `since`: place in the history of the first breach of its episode."""

    phase: Phase
    since: int | None = None


def replay(history: Sequence[Outcome], *, start: Phase = Phase.INACTIVE, patience: Patience) -> Standing:
    """Walk a history, oldest first. It always ends alike, however often and in what steps it came in."""
    phase, since = start, None
    for place, outcome in enumerate(history):
        before = phase
        phase = next_state(phase, history=history[: place + 1], patience=patience)
        if phase in (Phase.INACTIVE, Phase.RESOLVED):
            since = None
        elif since is None and before not in (Phase.FIRING, Phase.RECOVERING):
            since = place if outcome.state is State.BREACH else None
    return Standing(phase, since)


def _next_while_open(phase: Phase, *, judged: Sequence[Outcome], patience: Patience) -> Phase:
    if judged[-1].state is State.BREACH:
        return Phase.FIRING
    clean = 0
    for outcome in reversed(judged):
        if not outcome.is_clean:
            break
        clean += 1
    if clean >= patience.clean:
        return Phase.RESOLVED
    return Phase.RECOVERING if clean else phase
