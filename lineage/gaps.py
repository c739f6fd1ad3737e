"""Hops that ought to be there and are not: pure rules over a view.

A gap is judged by the edges a node has at all, drawn or not and seen by this reader or not, so that a
view that stops early invents none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evidence.records import EdgeKind, NodeKind
from lineage.subgraph import Direction, GraphNode, Subgraph


class GapKind(StrEnum):
    """Which hop is missing."""

    RUN_CODE = "run_code"
    RUN_DATA = "run_data"
    LOGGED_MODEL_RUN = "logged_model_run"
    VERSION_RUN = "version_run"
    VERSION_DEPLOYMENT = "version_deployment"
    DEPLOYMENT_VERSION = "deployment_version"
    PIPELINE_RUN_VERSION = "pipeline_run_version"
    PIPELINE_CODE = "pipeline_code"


@dataclass(frozen=True, slots=True)
class Need:
    """Nodes of `kind` need an edge of one of `edges`: into them (up) or out of them (down).

    `missing` is the kind of node that would stand at its other end.
    """

    gap: GapKind
    kind: NodeKind
    direction: Direction
    edges: tuple[EdgeKind, ...]
    missing: NodeKind


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing hop of one or more nodes of a view."""

    need: Need
    nodes: tuple[int, ...]

    @property
    def id(self) -> str:
        return self.need.gap.value


_MADE_BY = (EdgeKind.WROTE, EdgeKind.REGISTERED_AS, EdgeKind.PROMOTED_TO)
_SERVED_AS = (EdgeKind.DEPLOYED_AS, EdgeKind.PACKAGED_IN, EdgeKind.PROMOTED_TO)
UP, DOWN = Direction.UP, Direction.DOWN
NEEDS = (
    Need(GapKind.RUN_CODE, NodeKind.RUN, UP, (EdgeKind.CODE_OF,), NodeKind.COMMIT),
    Need(GapKind.RUN_DATA, NodeKind.RUN, UP, (EdgeKind.READ_BY,), NodeKind.DATASET_VERSION),
    Need(GapKind.LOGGED_MODEL_RUN, NodeKind.LOGGED_MODEL, UP, _MADE_BY, NodeKind.RUN),
    Need(GapKind.VERSION_RUN, NodeKind.MODEL_VERSION, UP, _MADE_BY, NodeKind.RUN),
    Need(GapKind.VERSION_DEPLOYMENT, NodeKind.MODEL_VERSION, DOWN, _SERVED_AS, NodeKind.DEPLOYMENT),
    Need(
        GapKind.DEPLOYMENT_VERSION, NodeKind.DEPLOYMENT, UP, (EdgeKind.DEPLOYED_AS,), NodeKind.MODEL_VERSION
    ),
    Need(
        GapKind.PIPELINE_RUN_VERSION,
        NodeKind.PIPELINE_RUN,
        UP,
        (EdgeKind.COMPILED_TO,),
        NodeKind.PIPELINE_VERSION,
    ),
    Need(GapKind.PIPELINE_CODE, NodeKind.PIPELINE_VERSION, UP, (EdgeKind.CODE_OF,), NodeKind.COMMIT),
)


def questions(kinds: Mapping[int, str]) -> dict[Direction, list[tuple[int, str]]]:
    """Which edges must be known: (node, edge kind) into the nodes (up) and out of them (down)."""
    asked: dict[Direction, list[tuple[int, str]]] = {UP: [], DOWN: []}
    for node, kind in kinds.items():
        for need in NEEDS:
            if need.kind == kind:
                asked[need.direction] += [(node, edge.value) for edge in need.edges]
    return asked


def find_gaps(view: Subgraph) -> tuple[Gap, ...]:
    """The gaps of a view, one a need, with all nodes that miss it; gone nodes and bystanders have none."""
    asked = [node for key, node in view.nodes.items() if key in view.chain and not node.is_gone]
    gaps = []
    for need in NEEDS:
        lacking = tuple(node.id for node in asked if node.kind == need.kind and _lacks(node, need, view))
        if lacking:
            gaps.append(Gap(need, lacking))
    return tuple(gaps)


def _lacks(node: GraphNode, need: Need, view: Subgraph) -> bool:
    known = view.known_inputs if need.direction is UP else view.known_outputs
    if any((node.id, edge.value) in known for edge in need.edges):
        return False
    excuse = _EXCUSES.get(need.gap)
    return excuse is None or not excuse(node, view)


def _has_code_above(node: GraphNode, view: Subgraph) -> bool:
    """The run's pipeline names the commit."""
    return any(view.nodes[cause].kind == NodeKind.COMMIT for cause in view.ancestors(node.id))


def _need_not_serve(node: GraphNode, view: Subgraph) -> bool:
    """Only a version that is looked at, or that claims to be in production, is expected to serve."""
    return node.id != view.focus and not node.attrs.get("production")


def _is_inline(node: GraphNode, view: Subgraph) -> bool:
    """A pipeline run started from an inline specification has no stored version to name."""
    return bool(node.attrs.get("inline_spec"))


_EXCUSES: dict[GapKind, Callable[[GraphNode, Subgraph], bool]] = {
    GapKind.RUN_CODE: _has_code_above,
    GapKind.VERSION_DEPLOYMENT: _need_not_serve,
    GapKind.PIPELINE_RUN_VERSION: _is_inline,
}
