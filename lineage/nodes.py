"""Reads what a lineage view shows of its nodes: the cards, what events say of them, the edges they have."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F

from evidence.models import Node
from evidence.records import NodeKind
from lineage.gaps import questions
from lineage.signals import Happening, Signals, signals_of
from lineage.subgraph import Direction, GraphNode

SHOWN = (
    "aliases", "production", "version", "name", "environment", "target", "traffic_percent", "how", "digest",
    "rows", "sha", "subject", "git_dirty", "inline_spec", "status",
)  # fmt: skip
"""Attributes that cards, outline and gaps speak of; the rest stays in the database until asked for."""
FIELDS = (
    "id", "uid", "kind", "label", "state", "url", "started_at", "ended_at", "gone_at",
    "system__name", "source__name",
)  # fmt: skip
WATCHED = (NodeKind.MODEL_VERSION, NodeKind.DEPLOYMENT, NodeKind.ENDPOINT)
EVENTS = ("alert_opened", "alert_resolved", "drift_checked")
NEWEST_EVENTS = 100

_KNOWN_INPUTS = """
SELECT node.id, node.kind FROM unnest(%s::bigint[], %s::text[]) AS node(id, kind)
WHERE EXISTS (SELECT 1 FROM evidence_edge WHERE dst_id = node.id AND kind = node.kind)
"""
_KNOWN_OUTPUTS = """
SELECT node.id, node.kind FROM unnest(%s::bigint[], %s::text[]) AS node(id, kind)
WHERE EXISTS (SELECT 1 FROM evidence_edge WHERE src_id = node.id AND kind = node.kind)
"""
_LATEST_EVENTS = """
SELECT node.id, event.kind, coalesce(event.attrs->>'alert', ''), coalesce(event.attrs->>'state', '')
FROM unnest(%s::bigint[]) AS node(id)
CROSS JOIN LATERAL (
    SELECT kind, attrs, at, id FROM evidence_event WHERE node_id = node.id ORDER BY at DESC LIMIT %s
) AS event
WHERE event.kind = ANY(%s)
ORDER BY event.at, event.id
"""


def known_edges(kinds: Mapping[int, str]) -> tuple[frozenset[tuple[int, str]], frozenset[tuple[int, str]]]:
    """(node, edge kind) of the edges into and out of nodes that the gap rules ask about."""
    asked = questions(kinds)
    return _known(_KNOWN_INPUTS, asked[Direction.UP]), _known(_KNOWN_OUTPUTS, asked[Direction.DOWN])


def describe(hops: Mapping[int, int], *, kinds: Mapping[int, str]) -> dict[int, GraphNode]:
    """The nodes of a view, in the order of `hops` (node: distance from the focus)."""
    signals = _signals([node for node, kind in kinds.items() if kind in WATCHED])
    rows = {row["id"]: row for row in _rows(hops)}
    return {
        node: _node(rows[node], hop=hop, signals=signals.get(node, Signals())) for node, hop in hops.items()
    }


def _rows(hops: Mapping[int, int]) -> Sequence[dict[str, Any]]:
    picked = {f"attrs_{name}": F(f"attrs__{name}") for name in SHOWN}
    return list(Node.objects.filter(pk__in=list(hops)).values(*FIELDS, **picked))


def _node(row: Mapping[str, Any], *, hop: int, signals: Signals) -> GraphNode:
    return GraphNode(
        id=row["id"],
        uid=row["uid"],
        kind=row["kind"],
        label=row["label"],
        hop=hop,
        state=row["state"],
        url=row["url"],
        system=row["system__name"] or "",
        source=row["source__name"] or "",
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        is_gone=row["gone_at"] is not None,
        alerts=signals.alerts,
        is_drifting=signals.is_drifting,
        attrs={name: value for name in SHOWN if (value := row[f"attrs_{name}"]) is not None},
    )


def _known(sql: str, asked: Sequence[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    if not asked:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(sql, [[node for node, _kind in asked], [kind for _node, kind in asked]])
        return frozenset((node, kind) for node, kind in cursor.fetchall())


def _signals(nodes: Sequence[int]) -> dict[int, Signals]:
    if not nodes:
        return {}
    happenings: dict[int, list[Happening]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST_EVENTS, [list(nodes), NEWEST_EVENTS, list(EVENTS)])
        for node, *event in cursor.fetchall():
            happenings.setdefault(node, []).append(Happening(*event))
    return {node: signals_of(events) for node, events in happenings.items()}
