"""How to run each drill of a system, with its own names, and what could prove one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import System
from evidence.models import Edge, Event, Node
from evidence.records import EdgeKind, NodeKind
from maturity.models import Drill
from maturity.models.inputs import DrillKind

PAST = timedelta(days=180)
OFFERED = 30
"""So many of the newest things are offered as proof."""


@dataclass(frozen=True, slots=True)
class Guide:
    """One kind of drill: what it shows, how it is run, and how the store will know."""

    kind: DrillKind
    title: str | Promise
    why: str | Promise
    steps: tuple[str | Promise, ...]
    command: str


@dataclass(frozen=True, slots=True)
class DrillRow:
    """A drill with the things that prove it."""

    drill: Drill
    proofs: tuple[Node, ...]

    @property
    def is_observed(self) -> bool:
        return bool(self.proofs)


def guides(system: System) -> tuple[Guide, ...]:
    """The three drills, ready to be run for this system."""
    return (
        Guide(
            DrillKind.REPLAY,
            title=_("Replay: train the same model again"),
            why=_("Shows that commit, data and parameters really are all that makes the model."),
            steps=(
                _("Start the drill here, then train again from the same commit, data and parameters."),
                _("Log the run to the same experiment; it ends by itself when both runs were read."),
            ),
            command=_replay_command(system),
        ),
        Guide(
            DrillKind.ROLLBACK,
            title=_("Rollback: bring the previous version back"),
            why=_("Shows that a bad model is gone from production within 15 minutes."),
            steps=(
                _("Start the drill here, then roll production back as you would in an emergency."),
                _("Report it as below, as your delivery job does; the report ends the drill."),
            ),
            command=_rollback_command(system),
        ),
        Guide(
            DrillKind.DRIFT,
            title=_("Drift: let the monitor see changed data"),
            why=_("Shows that the loop closes: drift, alert, and a retraining or a decision within a day."),
            steps=(
                _("Start the drill here, then write a changed copy of a serving file where it is read."),
                _("Answer the alert by a retraining or a decision; the next reading ends the drill."),
            ),
            command=(
                "python -c \"import pandas as pd; log = pd.read_parquet('newest.parquet');"
                " number = log.select_dtypes('number').columns[0]; log[number] *= 3;"
                " log.to_parquet('drill.parquet')\""
            ),
        ),
    )


def candidates(system: System, kind: str, *, now: datetime) -> list[tuple[int, str]]:
    """What somebody may choose as the proof of a drill: ids and names, the newest first."""
    found = _CANDIDATES[kind](system, now - PAST)
    rows = found.order_by("-started_at", "-pk")[:OFFERED]
    return [(n.pk, f"{n.label} · {n.started_at:%Y-%m-%d %H:%M}" if n.started_at else n.label) for n in rows]


def drill_rows(system: System) -> list[DrillRow]:
    """All drills of a system, the newest first, in two statements."""
    drills = list(Drill.objects.filter(system=system).select_related("started_by"))
    nodes = Node.objects.in_bulk({node for drill in drills for node in drill.nodes})
    return [DrillRow(d, tuple(nodes[n] for n in d.nodes if n in nodes)) for d in drills]


def _runs(system: System, since: datetime) -> QuerySet[Node]:
    return Node.objects.filter(
        system=system, kind=NodeKind.RUN, state="FINISHED", started_at__gt=since, gone_at=None
    )


def _deployments(system: System, since: datetime) -> QuerySet[Node]:
    return Node.objects.filter(
        system=system,
        kind=NodeKind.DEPLOYMENT,
        attrs__how="reported",
        attrs__environment="production",
        last_seen__gt=since,
    )


def _alerted(system: System, since: datetime) -> QuerySet[Node]:
    opened = Event.objects.filter(system=system, kind="alert_opened", at__gt=since)
    return Node.objects.filter(pk__in=opened.values("node"))


_CANDIDATES: dict[str, Callable[[System, datetime], QuerySet[Node]]] = {
    DrillKind.REPLAY.value: _runs,
    DrillKind.ROLLBACK.value: _deployments,
    DrillKind.DRIFT.value: _alerted,
}


def _replay_command(system: System) -> str:
    newest = Node.objects.filter(system=system, kind=NodeKind.RUN, state="FINISHED", gone_at=None)
    run = newest.order_by("-started_at", "-pk").first()
    code = Edge.objects.filter(dst=run, kind=EdgeKind.CODE_OF, src__kind=NodeKind.COMMIT) if run else None
    commit = code.values_list("src__label", flat=True).first() if code is not None else None
    params = run.attrs.get("params") if run else None
    given = params if isinstance(params, dict) else {}
    flags = " ".join(f"-P {name}={value}" for name, value in sorted(given.items())[:12])
    named = f"  # as {run.label}" if run else ""
    return f"git checkout {commit or 'COMMIT'}\nmlflow run . {flags}{named}".rstrip()


def _rollback_command(system: System) -> str:
    live = Node.objects.filter(
        system=system, kind=NodeKind.DEPLOYMENT, state="live", attrs__environment="production"
    ).first()
    attrs = live.attrs if live else {}
    body = {
        "system": system.slug,
        "environment": "production",
        "target": attrs.get("target") or "TARGET",
        "model": attrs.get("model") or {"name": "MODEL", "version": "VERSION"},
        "image": attrs.get("image") or "",
        "status": "rolled_back",
        "traffic_percent": 0,
        "reason": "rollback drill",
    }
    return (
        'curl -X POST "$RASHINBAN/api/v1/deployments/" -H "Authorization: Bearer $TOKEN"'
        f" -H 'Content-Type: application/json' -d '{json.dumps(body)}'"
    )
