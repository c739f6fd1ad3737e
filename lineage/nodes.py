"""Reads what a lineage view shows of its nodes: the cards, what events say of them, the edges they have."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F

from evidence.models import Node
from lineage.gaps import questions
from lineage.signals import WATCHED, Signals, signals_of
from lineage.subgraph import Direction, GraphNode

SHOWN = (
    "aliases", "production", "version", "name", "environment", "target", "traffic_percent", "how", "digest",
    "rows", "sha", "subject", "git_dirty", "inline_spec", "status", "source",
)  # fmt: skip
"""Attributes that cards, outline and gaps speak of; the rest stays in the database until asked for."""
FIELDS = (
    "id", "uid", "kind", "label", "state", "url", "started_at", "ended_at", "gone_at",
    "system__name", "source__name",
)  # fmt: skip

_KNOWN = """
SELECT true, asked.id, asked.kind FROM unnest(%s::bigint[], %s::text[]) AS asked(id, kind)
WHERE EXISTS (SELECT 1 FROM evidence_edge WHERE dst_id = asked.id AND kind = asked.kind)
UNION ALL
SELECT false, asked.id, asked.kind FROM unnest(%s::bigint[], %s::text[]) AS asked(id, kind)
WHERE EXISTS (SELECT 1 FROM evidence_edge WHERE src_id = asked.id AND kind = asked.kind)
"""


def known_edges(kinds: Mapping[int, str]) -> tuple[frozenset[tuple[int, str]], frozenset[tuple[int, str]]]:
    """(node, edge kind) of the edges into and out of nodes that the gap rules ask about."""
    asked = questions(kinds)
    if not any(asked.values()):
        return frozenset(), frozenset()
    params = [
        list(part)
        for side in Direction
        for part in (zip(*asked[side], strict=True) if asked[side] else ((), ()))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, params)
        rows = cursor.fetchall()
    inputs = frozenset((node, kind) for is_input, node, kind in rows if is_input)
    return inputs, frozenset((node, kind) for is_input, node, kind in rows if not is_input)


def describe(hops: Mapping[int, int], *, kinds: Mapping[int, str]) -> dict[int, GraphNode]:
    """The nodes of a view, in the order of `hops` (node: distance from the focus)."""
    signals = signals_of([node for node, kind in kinds.items() if kind in WATCHED])
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
