"""The statements behind a lineage view: one step of many nodes at once, surveys and members of groups.

Every statement is bounded: of one node and edge kind only the newest `WINDOW` edges are looked at,
whatever the reader may see of them. Both edge indexes end in the neighbour's id, and ids grow with
time, so "newest first" is a backward scan of an index.

Where a node has more neighbours of a kind than a view draws, those come first that carry an open alert
or lead to it, then those that lead to a live deployment, then the newest; asked are the newest `RANKED`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any, NamedTuple

from django.db import connection

from evidence.records import EdgeKind
from lineage.signals import OPEN_ALERTS, WATCHED
from lineage.subgraph import UPSIDE_DOWN, Direction, GraphEdge, Group, group_id
from lineage.visible import VisibleNodes

WINDOW = 1000
RANKED = 50
"""So many of the newest neighbours are asked what they lead to; asking all of a hub's doubles its time."""
MADE = [
    EdgeKind.WROTE, EdgeKind.REGISTERED_AS, EdgeKind.PROMOTED_TO, EdgeKind.PACKAGED_IN, EdgeKind.DEPLOYED_AS,
]  # fmt: skip
"""Edges from a run to what it made and where that serves: no node has very many of them."""
MOST_STEPS = 4
"""Run, logged model, model version, image, deployment."""


_NEIGHBOURS = """
    (SELECT dst_id AS far, method, confidence FROM evidence_edge
     WHERE near.forward AND src_id = near.id AND kind = near.kind ORDER BY dst_id DESC LIMIT {window})
    UNION ALL
    (SELECT src_id AS far, method, confidence FROM evidence_edge
     WHERE NOT near.forward AND dst_id = near.id AND kind = near.kind ORDER BY src_id DESC LIMIT {window})
"""
_NEAR = """unnest(%s::bigint[], %s::text[], %s::boolean[], %s::int[])
    WITH ORDINALITY AS near(id, kind, forward, fan, place)"""

_STEP = """
SELECT near.place, far.id, far.kind, far.method, far.confidence
FROM {near} CROSS JOIN LATERAL (
    SELECT node.id, node.kind, edge.method, edge.confidence
    FROM ({neighbours}) AS edge JOIN {visible} AS node ON node.id = edge.far
    ORDER BY edge.far DESC LIMIT near.fan + 1
) AS far
"""

# OFFSET 0 keeps the planner from reading every watched node there is instead of the few ahead.
_SURVEY = """
SELECT near.place, best.*
FROM {near} CROSS JOIN LATERAL (
    WITH RECURSIVE beside AS MATERIALIZED (
        SELECT edge.far, edge.method, edge.confidence, node.id, node.kind
        FROM ({neighbours}) AS edge LEFT JOIN {visible} AS node ON node.id = edge.far
    ), ahead(far, node, steps, is_watched) AS (
        (SELECT id, id, 0, kind = ANY(%s) FROM beside WHERE id IS NOT NULL ORDER BY far DESC LIMIT {ranked})
        UNION
        SELECT ahead.far, edge.dst_id, ahead.steps + 1, true
        FROM ahead JOIN evidence_edge AS edge ON edge.src_id = ahead.node AND edge.kind = ANY(%s)
        WHERE ahead.steps < %s
    ), ranked AS (
        SELECT ahead.far, max(CASE WHEN told.alerts > 0 THEN 2 ELSE 1 END) AS rank
        FROM ahead CROSS JOIN LATERAL (
            SELECT * FROM {visible} AS node WHERE ahead.is_watched AND node.id = ahead.node OFFSET 0
        ) AS node CROSS JOIN LATERAL ({open_alerts}) AS told(alerts)
        WHERE told.alerts > 0 OR (node.kind = 'deployment' AND node.state = 'live')
        GROUP BY ahead.far
    )
    SELECT beside.id, beside.kind, beside.method, beside.confidence,
           coalesce(ranked.rank, 0), (SELECT count(id) FROM beside), (SELECT count(*) FROM beside)
    FROM beside LEFT JOIN ranked USING (far)
    WHERE beside.id IS NOT NULL ORDER BY ranked.rank DESC NULLS LAST, beside.far DESC LIMIT near.fan
) AS best
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


class Asked(NamedTuple):
    """A node, a kind of edge, whether it is walked in its stored direction, and how many ends are drawn."""

    node: int
    kind: str
    forward: bool
    fan: int


@dataclass(frozen=True, slots=True)
class Found:
    """A neighbour that a hop came upon."""

    near: int
    far: int
    far_kind: str
    edge: GraphEdge
    direction: Direction


@dataclass(frozen=True, slots=True)
class Bundle:
    """Neighbours of one node along one kind of edge, the best first, and how many more there are.

    `more` counts up to the window; `more_is_min` says that there may be yet more.
    """

    found: tuple[Found, ...]
    more: int = 0
    more_is_min: bool = False

    @property
    def first(self) -> Found:
        return self.found[0]

    @property
    def group(self) -> Group | None:
        """What stands for those that are more; None without any."""
        if not self.more:
            return None
        near, edge, direction = self.first.near, self.first.edge.kind, self.first.direction
        kind = self.found[-1].far_kind
        return Group(near, direction, edge, kind, len(self.found), self.more, self.more_is_min)


def direction_of(kind: str, *, forward: bool) -> Direction:
    """On which side of a node its neighbours along these edges are drawn."""
    return Direction.UP if forward == (kind in UPSIDE_DOWN) else Direction.DOWN


def is_forward(kind: str, direction: Direction) -> bool:
    """Whether the neighbours drawn on this side are found along the stored direction."""
    return (direction is Direction.DOWN) != (kind in UPSIDE_DOWN)


def step(hops: Sequence[Hop], *, visible: VisibleNodes, fan_of: Callable[[str], int]) -> list[Bundle]:
    """The best visible neighbours of each (node, edge kind), as many as `fan_of` says of their group's id.

    All hops in one statement, and in one more those that have more neighbours than that.
    """
    asked = list(dict.fromkeys(_asked(hops, fan_of)))
    if not asked:
        return []
    rows = _rows(_statement(_STEP, visible, WINDOW), [*_columns(asked), *visible.params])
    bundles = {
        asked[place - 1]: sorted(each, key=lambda row: -row[1])
        for place, each in groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0])
    }
    surveyed = _survey([key for key, each in bundles.items() if len(each) > key.fan], visible=visible)
    return [
        surveyed.get(key) or Bundle(tuple(_found(key, row) for row in each)) for key, each in bundles.items()
    ]


def _asked(hops: Sequence[Hop], fan_of: Callable[[str], int]) -> Iterator[Asked]:
    for hop in hops:
        for node, kind in product(hop.nodes, hop.kinds):
            group = group_id(node, direction_of(kind, forward=hop.forward), kind)
            yield Asked(node, kind, hop.forward, fan_of(group))


def _survey(asked: Sequence[Asked], *, visible: VisibleNodes) -> dict[Asked, Bundle]:
    """The best neighbours of nodes that have more of them than are drawn, and how many more."""
    if not asked:
        return {}
    ahead = [WATCHED, MADE, MOST_STEPS, *visible.params]
    params = [*_columns(asked), *visible.params, *ahead]
    rows = sorted(_rows(_statement(_SURVEY, visible, WINDOW + 1), params), key=lambda row: row[0])
    bundles = {}
    for place, each in groupby(rows, key=lambda row: row[0]):
        best = sorted(each, key=lambda row: (-row[5], -row[1]))
        seen, looked_at = best[0][6:]
        found = tuple(_found(asked[place - 1], row) for row in best)
        bundles[asked[place - 1]] = Bundle(found, max(seen - len(found), 1), looked_at > WINDOW)
    return bundles


def members(group: Group, *, visible: VisibleNodes, before: int, size: int) -> list[int]:
    """Ids of neighbours of a group's node, newest first, older than `before`."""
    forward = is_forward(group.edge_kind, group.direction)
    near, far = ("src_id", "dst_id") if forward else ("dst_id", "src_id")
    sql = _MEMBERS.format(near=near, far=far, visible=visible.sql, window=WINDOW)
    params = [group.parent, group.edge_kind, before, *visible.params, size]
    return [row[0] for row in _rows(sql, params)]


def _statement(template: str, visible: VisibleNodes, window: int) -> str:
    neighbours = _NEIGHBOURS.format(window=window)
    parts = {"near": _NEAR, "neighbours": neighbours, "visible": visible.sql, "open_alerts": OPEN_ALERTS}
    return template.format(**parts, ranked=RANKED)


def _columns(asked: Sequence[Asked]) -> list[list[Any]]:
    return [list(column) for column in zip(*asked, strict=True)]


def _found(asked: Asked, row: Sequence[Any]) -> Found:
    near, kind, forward, _fan = asked
    _place, far, far_kind, method, confidence, *_counts = row
    src, dst = (near, far) if forward else (far, near)
    edge = GraphEdge(src, kind, dst, method, confidence)
    return Found(near, far, far_kind, edge, direction_of(kind, forward=forward))


def _rows(sql: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())
