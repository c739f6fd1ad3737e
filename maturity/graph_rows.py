"""Rows of the store as plain values, and the joins between them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.records import Attrs, EdgeKind
from maturity.facts import Ref


@dataclass(frozen=True, slots=True)
class NodeRow:
    id: int
    kind: str
    uid: str
    label: str
    url: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    gone_at: datetime | None
    attrs: Attrs

    @property
    def ref(self) -> Ref:
        return Ref(uid=self.uid, label=self.label, node_id=self.id, url=self.url, kind=self.kind)

    @property
    def promised(self) -> bool:
        """True for a node that another record only promised: its own source has not shown it."""
        return not self.state and not self.attrs


@dataclass(frozen=True, slots=True)
class EdgeRow:
    src: int
    kind: str
    dst: int
    method: str


@dataclass(frozen=True, slots=True)
class EventRow:
    kind: str
    at: datetime
    actor: str
    attrs: Attrs
    node: NodeRow


@dataclass(slots=True)
class Rows:
    """Everything that was read for one system; nodes and edges are found by their ends."""

    nodes: dict[int, NodeRow] = field(default_factory=dict)
    events: tuple[EventRow, ...] = ()
    heads: dict[str, NodeRow] = field(default_factory=dict)
    _into: dict[tuple[int, str], list[EdgeRow]] = field(default_factory=lambda: defaultdict(list))
    _out_of: dict[tuple[int, str], list[EdgeRow]] = field(default_factory=lambda: defaultdict(list))
    _edges: set[tuple[int, str, int]] = field(default_factory=set)

    def add_nodes(self, nodes: Iterable[NodeRow]) -> None:
        self.nodes.update((node.id, node) for node in nodes)

    def add_edges(self, edges: Iterable[EdgeRow]) -> None:
        for edge in edges:
            key = (edge.src, edge.kind, edge.dst)
            if key not in self._edges:
                self._edges.add(key)
                self._into[edge.dst, edge.kind].append(edge)
                self._out_of[edge.src, edge.kind].append(edge)

    @property
    def missing(self) -> set[int]:
        """Ends of edges whose nodes were not read yet."""
        ends = {end for src, _, dst in self._edges for end in (src, dst)}
        return ends - self.nodes.keys()

    def of(self, *kinds: str) -> Iterator[NodeRow]:
        """Nodes of these kinds that still exist."""
        return (node for node in self.nodes.values() if node.kind in kinds and node.gone_at is None)

    def causes(self, node: NodeRow, kind: EdgeKind, *, of: str) -> Sequence[tuple[NodeRow, EdgeRow]]:
        """Nodes of kind `of` from which an edge leads to `node`."""
        found = ((self.nodes.get(edge.src), edge) for edge in self._into[node.id, kind])
        return [(cause, edge) for cause, edge in found if cause is not None and cause.kind == of]

    def effects(self, node: NodeRow, kind: EdgeKind, *, of: str) -> Sequence[NodeRow]:
        """Nodes of kind `of` to which an edge leads from `node`."""
        found = (self.nodes.get(edge.dst) for edge in self._out_of[node.id, kind])
        return [effect for effect in found if effect is not None and effect.kind == of]
