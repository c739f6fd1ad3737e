"""When verdicts become an alert and when it is over."""

import pytest

from monitoring.episode import DRIFT_PATIENCE, SCHEMA_PATIENCE, Outcome, Patience, Phase, next_state
from monitoring.policy import State

OUTCOMES = {
    "B": Outcome(state=State.BREACH, score=1.5),
    "o": Outcome(state=State.OK, score=0.2),
    "n": Outcome(state=State.OK, score=0.9),  # below its bar, too near to clear
    "i": Outcome(state=State.INSUFFICIENT),
    "e": Outcome(state=State.ERROR),
}


@pytest.mark.parametrize(
    ("windows", "phase", "patience"),
    [
        ("o", Phase.INACTIVE, DRIFT_PATIENCE),
        ("B", Phase.PENDING, DRIFT_PATIENCE),
        ("BB", Phase.FIRING, DRIFT_PATIENCE),
        ("BoB", Phase.FIRING, DRIFT_PATIENCE),
        ("BooB", Phase.PENDING, DRIFT_PATIENCE),
        ("BiB", Phase.FIRING, DRIFT_PATIENCE),
        ("Bi", Phase.PENDING, DRIFT_PATIENCE),
        ("Booo", Phase.INACTIVE, DRIFT_PATIENCE),
        ("BBo", Phase.RECOVERING, DRIFT_PATIENCE),
        ("BBn", Phase.FIRING, DRIFT_PATIENCE),
        ("BBoo", Phase.RESOLVED, DRIFT_PATIENCE),
        ("BBoio", Phase.RESOLVED, DRIFT_PATIENCE),
        ("BBoB", Phase.FIRING, DRIFT_PATIENCE),
        ("BBoe", Phase.RECOVERING, DRIFT_PATIENCE),
        ("BBooo", Phase.INACTIVE, DRIFT_PATIENCE),
        ("BBooB", Phase.PENDING, DRIFT_PATIENCE),
        ("B", Phase.FIRING, SCHEMA_PATIENCE),
        ("Bo", Phase.RESOLVED, SCHEMA_PATIENCE),
    ],
)
def test_next_state_walks_the_windows(windows: str, phase: Phase, patience: Patience) -> None:
    history = [OUTCOMES[letter] for letter in windows]
    now = Phase.INACTIVE
    for end in range(1, len(history) + 1):
        now = next_state(now, history=history[:end], patience=patience)
    assert now is phase


def test_next_state_without_windows_stays() -> None:
    assert next_state(Phase.FIRING, history=[]) is Phase.FIRING
