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

_STEP = """
SELECT %s::int AS hop, near.id, hop_kind.name, far.id, far.kind, far.method, far.confidence
FROM unnest(%s::bigint[]) AS near(id)
CROSS JOIN unnest(%s::text[]) AS hop_kind(name)
CROSS JOIN LATERAL (
    SELECT node.id, node.kind, edge.method, edge.confidence
    FROM (SELECT {far} AS far, method, confidence FROM evidence_edge
          WHERE {near} = near.id AND kind = hop_kind.name ORDER BY {far} DESC LIMIT %s) AS edge
    JOIN {visible} AS node ON node.id = edge.far
    ORDER BY edge.far DESC LIMIT %s
) AS far
"""

_COUNT = """
SELECT %s::int AS hop, near.place, counted.visible, counted.looked_at
FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS near(id, kind, place)
CROSS JOIN LATERAL (
    SELECT count(node.id) AS visible, count(*) AS looked_at
    FROM (SELECT {far} AS far FROM evidence_edge
          WHERE {near} = near.id AND kind = near.kind ORDER BY {far} DESC LIMIT %s) AS edge
    LEFT JOIN {visible} AS node ON node.id = edge.far
) AS counted
"""

_MEMBERS = """
SELECT node.id
FROM (SELECT {far} AS far FROM evidence_edge
      WHERE {near} = %s AND kind = %s AND {far} < %s ORDER BY {far} DESC LIMIT %s) AS edge
JOIN {visible} AS node ON node.id = edge.far
ORDER BY edge.far DESC LIMIT %s
"""

_ENDS = {True: {"near": "src_id", "far": "dst_id"}, False: {"near": "dst_id", "far": "src_id"}}


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
    hops = [hop for hop in hops if hop.nodes]
    if not hops:
        return []
    params: list[Any] = []
    for number, hop in enumerate(hops):
        params += [number, list(hop.nodes), list(hop.kinds), WINDOW, *visible.params, fan + 1]
    sql = " UNION ALL ".join(_STEP.format(visible=visible.sql, **_ENDS[hop.forward]) for hop in hops)
    place = {node: index for hop in hops for index, node in enumerate(hop.nodes)}
    rows = sorted(_rows(sql, params), key=lambda row: (row[0], place[row[1]], row[2], -row[3]))
    return [_found(row, forward=hops[row[0]].forward) for row in rows]


def counted(groups: Sequence[Group], *, visible: VisibleNodes) -> tuple[Group, ...]:
    """The groups with how many more there are, counted up to the window."""
    halves = {
        forward: [g for g in groups if is_forward(g.edge_kind, g.direction) is forward] for forward in _ENDS
    }
    chosen = [half for half in halves.items() if half[1]]
    if not chosen:
        return ()
    params: list[Any] = []
    for number, (_forward, half) in enumerate(chosen):
        params += [number, [g.parent for g in half], [g.edge_kind for g in half], WINDOW + 1, *visible.params]
    sql = " UNION ALL ".join(
        _COUNT.format(visible=visible.sql, **_ENDS[forward]) for forward, _half in chosen
    )
    return tuple(
        replace(group, more=max(seen - group.shown, 1), more_is_min=looked_at > WINDOW)
        for number, place, seen, looked_at in sorted(_rows(sql, params))
        for group in (chosen[number][1][place - 1],)
    )


def members(group: Group, *, visible: VisibleNodes, before: int, size: int) -> list[int]:
    """Ids of neighbours of a group's node, newest first, older than `before`."""
    ends = _ENDS[is_forward(group.edge_kind, group.direction)]
    sql = _MEMBERS.format(visible=visible.sql, **ends)
    params = [group.parent, group.edge_kind, before, WINDOW, *visible.params, size]
    return [row[0] for row in _rows(sql, params)]


def _found(row: tuple[Any, ...], *, forward: bool) -> Found:
    _hop, near, kind, far, far_kind, method, confidence = row
    src, dst = (near, far) if forward else (far, near)
    edge = GraphEdge(src, kind, dst, method, confidence)
    return Found(near, far, far_kind, edge, direction_of(kind, forward=forward))


def _rows(sql: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())
