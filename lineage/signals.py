"""What the events of a node say of its present: open alerts, drift."""

from collections.abc import Iterable
from dataclasses import dataclass

BREACH = "breach"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as far as it matters here: its kind, which alert, and the state a drift check found."""

    kind: str
    alert: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """What holds after the last event."""

    alerts: int = 0
    is_drifting: bool = False


def signals_of(happenings: Iterable[Happening]) -> Signals:
    """Replay events, oldest first: an alert is open until it is resolved, the last drift check counts."""
    open_alerts: set[str] = set()
    is_drifting = False
    for event in happenings:
        if event.kind == "alert_opened":
            open_alerts.add(event.alert)
        elif event.kind == "alert_resolved":
            open_alerts.discard(event.alert)
        elif event.kind == "drift_checked":
            is_drifting = event.state == BREACH
    return Signals(len(open_alerts), is_drifting)
