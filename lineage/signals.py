"""What the events of a node say of its present: open alerts, drift."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from evidence.records import NodeKind

WATCHED = [NodeKind.MODEL_VERSION, NodeKind.DEPLOYMENT, NodeKind.ENDPOINT]
"""Kinds of nodes that monitors tell of."""
BREACH = "breach"

OPEN_ALERTS = """
SELECT count(*) FROM (
    SELECT DISTINCT ON (attrs->>'alert') kind FROM evidence_event
    WHERE node_id = node.id AND kind IN ('alert_opened', 'alert_resolved')
    ORDER BY attrs->>'alert', at DESC, id DESC
) AS latest WHERE kind = 'alert_opened'
"""
"""How many alerts of `node` are open: of each, the last thing told is its opening."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Alerts of which nothing later than their opening was told, and what the last drift check found."""

    alerts: int = 0
    is_drifting: bool = False


_SIGNALS = """
SELECT node.id, ({open_alerts}), (
    SELECT attrs->>'state' FROM evidence_event
    WHERE node_id = node.id AND kind = 'drift_checked' ORDER BY at DESC, id DESC LIMIT 1
)
FROM unnest(%s::bigint[]) AS node(id)
"""


def signals_of(nodes: Sequence[int]) -> dict[int, Signals]:
    """The signals of each node, however many other events it has."""
    if not nodes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SIGNALS.format(open_alerts=OPEN_ALERTS), [list(nodes)])
        return {node: Signals(alerts, state == BREACH) for node, alerts, state in cursor.fetchall()}
