"""What a lineage view holds: plain values between the bounded reads, the layout and the pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from evidence.records import SIDE_EDGES, EdgeKind

UPSIDE_DOWN = frozenset({EdgeKind.CHILD_OF.value, EdgeKind.VERSION_OF.value})
"""Edges stored from the part to its whole; drawn from the whole to the part, like every other cause."""


class Direction(StrEnum):
    """Which way a step goes: towards causes or towards effects."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node of a view. `hop` is its distance from the focus, negative upstream.

    `alerts` are those open by the latest events, `is_drifting` is what the latest drift check said.
    """

    id: int
    uid: str
    kind: str
    label: str
    hop: int = 0
    state: str = ""
    url: str = ""
    system: str = ""
    source: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_gone: bool = False
    alerts: int = 0
    is_drifting: bool = False
    attrs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An edge as stored, from cause to effect, with how it is known."""

    src: int
    kind: str
    dst: int
    method: str = ""
    confidence: str = ""

    @property
    def is_side(self) -> bool:
        """True for an edge that says "belongs to" instead of "made"; drawn dashed."""
        return self.kind in SIDE_EDGES

    @property
    def ends(self) -> tuple[int, int]:
        """The two nodes, cause first, also where the store keeps part before whole."""
        return (self.dst, self.src) if self.kind in UPSIDE_DOWN else (self.src, self.dst)


def group_id(parent: int, direction: Direction, edge_kind: str) -> str:
    """What names the neighbours of a node along one kind of edge."""
    return f"{parent}-{direction}-{edge_kind}"


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours that are not drawn: `more` of them, at least that many when `more_is_min`.

    `direction` tells on which side of `parent` they would be drawn; `kind` is their kind of node.
    """

    parent: int
    direction: Direction
    edge_kind: str
    kind: str
    shown: int
    more: int = 1
    more_is_min: bool = True

    @property
    def id(self) -> str:
        return group_id(self.parent, self.direction, self.edge_kind)


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A bounded view around a focus. `truncated`: the total cap cut it short.

    `known_inputs` holds (node, edge kind) of every edge into a drawn node, `known_outputs` likewise
    out of it, drawn or not: what is not there is missing, and not merely not drawn.
    """

    focus: int
    nodes: Mapping[int, GraphNode]
    edges: tuple[GraphEdge, ...] = ()
    groups: tuple[Group, ...] = ()
    truncated: bool = False
    known_inputs: frozenset[tuple[int, str]] = frozenset()
    known_outputs: frozenset[tuple[int, str]] = frozenset()

    @property
    def focused(self) -> GraphNode:
        return self.nodes[self.focus]

    @property
    def chain(self) -> frozenset[int]:
        """The focus and all nodes that stand in the stream of causes; the rest are bystanders."""
        return frozenset({self.focus, *(node for step in self._steps() for node in step)})

    def ancestors(self, node: int) -> frozenset[int]:
        """All drawn causes of a node."""
        return self._closure(node, ((effect, cause) for cause, effect in self._steps()))

    def descendants(self, node: int) -> frozenset[int]:
        """All drawn effects of a node."""
        return self._closure(node, self._steps())

    def _steps(self) -> Iterable[tuple[int, int]]:
        return (edge.ends for edge in self.edges if not edge.is_side or edge.kind == EdgeKind.CHILD_OF)

    @staticmethod
    def _closure(node: int, steps: Iterable[tuple[int, int]]) -> frozenset[int]:
        following: dict[int, list[int]] = {}
        for tail, head in steps:
            following.setdefault(tail, []).append(head)
        seen, waiting = {node}, [node]
        while waiting:
            for each in following.get(waiting.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return frozenset(seen - {node})
