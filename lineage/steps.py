"""The statements behind a lineage view: one step of many nodes at once, counts and members of groups.

Every statement is bounded: of one node and edge kind only the newest `WINDOW` edges are looked at,
whatever the reader may see of them. Both edge indexes end in the neighbour's id, and ids grow with
time, so "newest first" is a backward scan of an index.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from lineage.subgraph import UPSIDE_DOWN, Direction, GraphEdge, Group
from lineage.visible import VisibleNodes

WINDOW = 1000

_NEIGHBOURS = """
    (SELECT dst_id AS far, method, confidence FROM evidence_edge
     WHERE near.forward AND src_id = near.id AND kind = near.kind ORDER BY dst_id DESC LIMIT {window})
    UNION ALL
    (SELECT src_id AS far, method, confidence FROM evidence_edge
     WHERE NOT near.forward AND dst_id = near.id AND kind = near.kind ORDER BY src_id DESC LIMIT {window})
"""
_NEAR = "unnest(%s::bigint[], %s::text[], %s::boolean[]) WITH ORDINALITY AS near(id, kind, forward, place)"

_STEP = """
SELECT near.place, far.id, far.kind, far.method, far.confidence
FROM {near} CROSS JOIN LATERAL (
    SELECT node.id, node.kind, edge.method, edge.confidence
    FROM ({neighbours}) AS edge JOIN {visible} AS node ON node.id = edge.far
    ORDER BY edge.far DESC LIMIT %s
) AS far
"""

_COUNT = """
SELECT near.place, counted.visible, counted.looked_at
FROM {near} CROSS JOIN LATERAL (
    SELECT count(node.id) AS visible, count(*) AS looked_at
    FROM ({neighbours}) AS edge LEFT JOIN {visible} AS node ON node.id = edge.far
) AS counted
"""

_MEMBERS = """
SELECT node.id
FROM (SELECT {far} AS far FROM evidence_edge
      WHERE {near} = %s AND kind = %s AND {far} < %s ORDER BY {far} DESC LIMIT {window}) AS edge
JOIN {visible} AS node ON node.id = edge.far
ORDER BY edge.far DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of many nodes at once, along the stored direction of the edges or against it."""

    nodes: tuple[int, ...]
    kinds: tuple[str, ...]
    forward: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A neighbour that a hop came upon."""

    near: int
    far: int
    far_kind: str
    edge: GraphEdge
    direction: Direction


def direction_of(kind: str, *, forward: bool) -> Direction:
    """On which side of a node its neighbours along these edges are drawn."""
    return Direction.UP if forward == (kind in UPSIDE_DOWN) else Direction.DOWN


def is_forward(kind: str, direction: Direction) -> bool:
    """Whether the neighbours drawn on this side are found along the stored direction."""
    return (direction is Direction.DOWN) != (kind in UPSIDE_DOWN)


def step(hops: Sequence[Hop], *, visible: VisibleNodes, fan: int) -> list[Found]:
    """The newest `fan` + 1 visible neighbours of each (node, edge kind), all hops in one statement."""
    asked = [(node, kind, hop.forward) for hop in hops for node in hop.nodes for kind in hop.kinds]
    if not asked:
        return []
    params = [*_columns(asked), *visible.params, fan + 1]
    rows = sorted(_rows(_statement(_STEP, visible, WINDOW), params), key=lambda row: (row[0], -row[1]))
    return [_found(asked[place - 1], row) for place, *row in rows]


def counted(groups: Sequence[Group], *, visible: VisibleNodes) -> tuple[Group, ...]:
    """The groups with how many more there are, counted up to the window."""
    if not groups:
        return ()
    asked = [
        (group.parent, group.edge_kind, is_forward(group.edge_kind, group.direction)) for group in groups
    ]
    rows = _rows(_statement(_COUNT, visible, WINDOW + 1), [*_columns(asked), *visible.params])
    return tuple(
        replace(
            groups[place - 1], more=max(seen - groups[place - 1].shown, 1), more_is_min=looked_at > WINDOW
        )
        for place, seen, looked_at in sorted(rows)
    )


def members(group: Group, *, visible: VisibleNodes, before: int, size: int) -> list[int]:
    """Ids of neighbours of a group's node, newest first, older than `before`."""
    forward = is_forward(group.edge_kind, group.direction)
    near, far = ("src_id", "dst_id") if forward else ("dst_id", "src_id")
    sql = _MEMBERS.format(near=near, far=far, visible=visible.sql, window=WINDOW)
    params = [group.parent, group.edge_kind, before, *visible.params, size]
    return [row[0] for row in _rows(sql, params)]


def _statement(template: str, visible: VisibleNodes, window: int) -> str:
    return template.format(near=_NEAR, neighbours=_NEIGHBOURS.format(window=window), visible=visible.sql)


def _columns(asked: Sequence[tuple[int, str, bool]]) -> list[list[Any]]:
    return [list(column) for column in zip(*asked, strict=True)]


def _found(asked: tuple[int, str, bool], row: Sequence[Any]) -> Found:
    near, kind, forward = asked
    far, far_kind, method, confidence = row
    src, dst = (near, far) if forward else (far, near)
    edge = GraphEdge(src, kind, dst, method, confidence)
    return Found(near, far, far_kind, edge, direction_of(kind, forward=forward))


def _rows(sql: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())
