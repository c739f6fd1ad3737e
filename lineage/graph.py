"""The surroundings of a node: bounded, breadth first, one statement a level.

Never undirected: upstream steps go to causes only, downstream steps to effects only, so that a commit
or dataset with 100,000 runs costs no more than one with ten. A step draws the best `fan` neighbours
of each (node, direction, edge kind) that the reader may see; the rest is a group. Side edges are drawn
at the focus and never followed, but for a run inside a pipeline run, which is what caused it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import OperationalError, connection, transaction

from core.permissions import Principal
from evidence.models import Node
from evidence.records import SIDE_EDGES, EdgeKind, NodeKind
from lineage.nodes import describe, known_edges
from lineage.steps import Bundle, Found, Hop, step
from lineage.subgraph import Direction, GraphEdge, Group, Subgraph
from lineage.visible import VisibleNodes, visible_nodes

FLOW = tuple(sorted(kind.value for kind in EdgeKind if kind not in SIDE_EDGES))
INSIDE = (EdgeKind.CHILD_OF.value,)
ASIDE = tuple(sorted(kind.value for kind in SIDE_EDGES))
TIMEOUT_MS = 2000
MOST_HOPS, MOST_FAN, MOST_NODES = 10, 25, 200


class GraphTooSlowError(Exception):
    """The database did not answer in time; fewer hops or a smaller fan would help."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a view goes: hops each way, neighbours of each kind, nodes in all, groups to open."""

    up: int = 4
    down: int = 4
    fan: int = 5
    limit: int = MOST_NODES
    expanded: frozenset[str] = frozenset()

    def fan_of(self, group: str) -> int:
        """How many neighbours of a group (its id) are drawn."""
        return MOST_FAN if group in self.expanded else self.fan


@dataclass(slots=True)
class Walk:
    """What is drawn so far: nodes with their hop, edges once each, and what was left out."""

    bounds: Bounds
    hops: dict[int, int]
    kinds: dict[int, str]
    edges: dict[tuple[int, str, int], GraphEdge] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    truncated: bool = False

    def take(self, bundles: Iterable[Bundle], *, share: int) -> tuple[int, ...]:
        """Draw what the bundles hold while there are fewer than `share` nodes; the new nodes."""
        new: list[int] = []
        for bundle in bundles:
            new += [each.far for each in bundle.found if self._draw(each, share=share)]
            if group := bundle.group:
                self.groups[group.id] = group
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


def neighbourhood(focus: Node, *, principal: Principal, bounds: Bounds) -> Subgraph:
    """The view around a node that the principal may see.

    Raises GraphTooSlowError when the database needs more than two seconds for one statement.
    """
    visible = visible_nodes(principal)
    walk = Walk(bounds, hops={focus.pk: 0}, kinds={focus.pk: focus.kind})
    with time_limit():
        if visible:
            _walk(walk, visible)
        inputs, outputs = known_edges(walk.kinds)
        return Subgraph(
            focus=focus.pk,
            nodes=describe(walk.hops, kinds=walk.kinds),
            edges=tuple(walk.edges.values()),
            groups=tuple(walk.groups.values()),
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


def _walk(walk: Walk, visible: VisibleNodes) -> None:
    """Causes and effects level by level; causes take at most half of the room, bystanders what is left."""
    bounds = walk.bounds
    up: tuple[int, ...] = (next(iter(walk.hops)),)
    down = up
    bystanders: list[Bundle] = []
    for level in range(max(bounds.up, bounds.down, 1)):
        hops = (
            *_up_hops(up if level < bounds.up else (), walk.kinds),
            *_down_hops(down if level < bounds.down else (), walk.kinds),
            *(_side_hops(up[0]) if level == 0 else ()),
        )
        followed, aside = _parted(step(hops, visible=visible, fan_of=bounds.fan_of), walk.kinds)
        if level == 0:
            bystanders = aside
        causes = (each for each in followed if each.first.direction is Direction.UP)
        effects = (each for each in followed if each.first.direction is Direction.DOWN)
        up = walk.take(causes, share=(bounds.limit + 1) // 2)
        down = walk.take(effects, share=bounds.limit)
    walk.take(bystanders, share=bounds.limit)


def _up_hops(nodes: tuple[int, ...], kinds: Mapping[int, str]) -> tuple[Hop, ...]:
    runs = tuple(node for node in nodes if kinds[node] == NodeKind.RUN)
    return Hop(nodes, FLOW, forward=False), Hop(runs, INSIDE, forward=True)


def _down_hops(nodes: tuple[int, ...], kinds: Mapping[int, str]) -> tuple[Hop, ...]:
    holders = tuple(node for node in nodes if kinds[node] == NodeKind.PIPELINE_RUN)
    return Hop(nodes, FLOW, forward=True), Hop(holders, INSIDE, forward=False)


def _side_hops(focus: int) -> tuple[Hop, ...]:
    return tuple(Hop((focus,), ASIDE, forward=forward) for forward in (True, False))


def _parted(bundles: Iterable[Bundle], kinds: Mapping[int, str]) -> tuple[list[Bundle], list[Bundle]]:
    """What is followed and what only stands beside; what more there is stands with the first of them."""
    followed, aside = [], []
    for bundle in bundles:
        ours = tuple(each for each in bundle.found if _is_followed(each, kinds))
        rest = tuple(each for each in bundle.found if each not in ours)
        if ours:
            followed.append(replace(bundle, found=ours))
        if rest:
            aside.append(replace(bundle, found=rest, more=0 if ours else bundle.more))
    return followed, aside


def _is_followed(found: Found, kinds: Mapping[int, str]) -> bool:
    """Flow is followed; of side edges only that between a pipeline run and a run inside it."""
    if found.edge.kind in FLOW:
        return True
    holder = found.far_kind if found.direction is Direction.UP else kinds[found.near]
    return found.edge.kind == EdgeKind.CHILD_OF and holder == NodeKind.PIPELINE_RUN
