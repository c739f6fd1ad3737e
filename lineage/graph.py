"""The surroundings of a node: bounded, breadth first, one statement a level and direction.

Never undirected: upstream steps go to causes only, downstream steps to effects only, so that a commit
or dataset with 100,000 runs costs no more than one with ten. A step draws the newest `fan` neighbours
of each (node, direction, edge kind) that the reader may see; the rest is a group. Side edges are drawn
at the focus and never followed, but for a run inside a pipeline run, which is what caused it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from django.db import OperationalError, connection, transaction

from core.permissions import Principal
from evidence.models import Node
from evidence.records import SIDE_EDGES, EdgeKind, NodeKind
from lineage.nodes import describe, known_edges
from lineage.steps import Found, Hop, counted, step
from lineage.subgraph import Direction, GraphEdge, Group, Subgraph
from lineage.visible import VisibleNodes, visible_nodes

FLOW = tuple(sorted(kind.value for kind in EdgeKind if kind not in SIDE_EDGES))
SIDE = tuple(sorted(kind.value for kind in SIDE_EDGES))
INSIDE = (EdgeKind.CHILD_OF.value,)
TIMEOUT_MS = 2000
MOST_HOPS, MOST_FAN, MOST_NODES = 10, 25, 200


class GraphTooSlowError(Exception):
    """The database did not answer in time; fewer hops or a smaller fan would help."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a view goes: hops each way, neighbours of each kind, nodes in all."""

    up: int = 4
    down: int = 4
    fan: int = 5
    limit: int = MOST_NODES


@dataclass(slots=True)
class Walk:
    """What is drawn so far: nodes with their hop, edges once each, and what was left out."""

    bounds: Bounds
    hops: dict[int, int]
    kinds: dict[int, str]
    edges: dict[tuple[int, str, int], GraphEdge] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    truncated: bool = False

    def take(self, found: Iterable[Found], *, share: int) -> tuple[int, ...]:
        """Draw the first `fan` of each (node, kind) while there are fewer than `share` nodes."""
        new: list[int] = []
        for _key, bundle in groupby(found, key=lambda each: (each.near, each.edge.kind, each.direction)):
            neighbours = list(bundle)
            new += [each.far for each in neighbours[: self.bounds.fan] if self._draw(each, share=share)]
            if len(neighbours) > self.bounds.fan:
                self._leave_out(neighbours[-1])
        return tuple(new)

    def _draw(self, found: Found, *, share: int) -> bool:
        """Draw an edge and its far node where there is room; True if the node is new."""
        is_new = found.far not in self.hops
        if is_new and len(self.hops) >= share:
            self.truncated = True
            return False
        if is_new:
            self.hops[found.far] = self.hops[found.near] + (1 if found.direction is Direction.DOWN else -1)
            self.kinds[found.far] = found.far_kind
        self.edges[found.edge.src, found.edge.kind, found.edge.dst] = found.edge
        return is_new

    def _leave_out(self, found: Found) -> None:
        group = Group(found.near, found.direction, found.edge.kind, found.far_kind, shown=self.bounds.fan)
        self.groups[group.id] = group


def neighbourhood(focus: Node, *, principal: Principal, bounds: Bounds) -> Subgraph:
    """The view around a node that the principal may see.

    Raises GraphTooSlowError when the database needs more than two seconds for one statement.
    """
    visible = visible_nodes(principal)
    walk = Walk(bounds, hops={focus.pk: 0}, kinds={focus.pk: focus.kind})
    with time_limit():
        if visible:
            _walk_up(walk, visible)
            _walk_down(walk, visible)
            walk.take(step(_side_hops(focus.pk), visible=visible, fan=bounds.fan), share=bounds.limit)
        inputs, outputs = known_edges(walk.kinds)
        return Subgraph(
            focus=focus.pk,
            nodes=describe(walk.hops, kinds=walk.kinds),
            edges=tuple(walk.edges.values()),
            groups=counted(tuple(walk.groups.values()), visible=visible) if visible else (),
            truncated=walk.truncated,
            known_inputs=inputs,
            known_outputs=outputs,
        )


@contextmanager
def time_limit() -> Iterator[None]:
    """A transaction in which no statement may take longer than two seconds."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [TIMEOUT_MS])
            yield
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise GraphTooSlowError from error
        raise


def _walk_up(walk: Walk, visible: VisibleNodes) -> None:
    """Causes; they may take half of the room, so that effects always have the other half."""
    frontier = tuple(walk.hops)
    for _ in range(walk.bounds.up):
        runs = tuple(node for node in frontier if walk.kinds[node] == NodeKind.RUN)
        hops = (Hop(frontier, FLOW, forward=False), Hop(runs, INSIDE, forward=True))
        found = (each for each in step(hops, visible=visible, fan=walk.bounds.fan) if _is_cause(each))
        frontier = walk.take(found, share=(walk.bounds.limit + 1) // 2)


def _walk_down(walk: Walk, visible: VisibleNodes) -> None:
    """Effects, as far as there is room."""
    frontier: tuple[int, ...] = (next(iter(walk.hops)),)
    for _ in range(walk.bounds.down):
        holders = tuple(node for node in frontier if walk.kinds[node] == NodeKind.PIPELINE_RUN)
        hops = (Hop(frontier, FLOW, forward=True), Hop(holders, INSIDE, forward=False))
        frontier = walk.take(step(hops, visible=visible, fan=walk.bounds.fan), share=walk.bounds.limit)


def _is_cause(found: Found) -> bool:
    """A run's experiment and parent run only hold it; its pipeline run caused it."""
    return found.edge.kind != EdgeKind.CHILD_OF or found.far_kind == NodeKind.PIPELINE_RUN


def _side_hops(focus: int) -> tuple[Hop, ...]:
    return tuple(Hop((focus,), SIDE, forward=forward) for forward in (True, False))
