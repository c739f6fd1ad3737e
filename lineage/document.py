"""A view as plain JSON: what the API answers, and the contract of every drawing of it."""

from collections.abc import Sequence

from evidence.records import Json
from lineage import wording
from lineage.chips import chip_of
from lineage.gaps import Gap
from lineage.layout import Box, arrange
from lineage.picture import layout_input
from lineage.subgraph import GraphEdge, GraphNode, Group, Subgraph


def graph_document(view: Subgraph, *, gaps: Sequence[Gap]) -> dict[str, object]:
    """Nodes with places, edges, groups and gaps under short names, texts in the reader's language."""
    boxes = arrange(*layout_input(view, gaps=tuple(gaps))).boxes
    return {
        "focus": view.focus,
        "truncated": view.truncated,
        "nodes": [_node(node, boxes[str(node.id)]) for node in view.nodes.values()],
        "edges": [_edge(edge) for edge in view.edges],
        "groups": [_group(group) for group in view.groups],
        "gaps": [_gap(gap) for gap in gaps],
    }


def _node(node: GraphNode, box: Box) -> dict[str, Json]:
    chip = chip_of(node)
    return {
        "id": node.id,
        "uid": node.uid,
        "kind": node.kind,
        "label": node.label,
        "sub": wording.title_and_detail(node)[1],
        "state": node.state,
        "url": node.url,
        "hop": node.hop,
        "gone": node.is_gone,
        "chips": [chip.text] if chip else [],
        "col": box.column,
        "x": round(box.x, 1),
        "y": round(box.y, 1),
    }


def _edge(edge: GraphEdge) -> dict[str, Json]:
    return {
        "s": edge.src,
        "t": edge.dst,
        "k": edge.kind,
        "side": edge.is_side,
        "confidence": edge.confidence,
        "method": edge.method,
    }


def _group(group: Group) -> dict[str, Json]:
    return {
        "id": group.id,
        "parent": group.parent,
        "dir": group.direction.value,
        "edge_kind": group.edge_kind,
        "kind": group.kind,
        "shown": group.shown,
        "more": group.more,
        "more_is_min": group.more_is_min,
    }


def _gap(gap: Gap) -> dict[str, Json]:
    _title, sentence, remedy = wording.GAPS[gap.need.gap]
    return {
        "id": gap.id,
        "nodes": list(gap.nodes),
        "dir": gap.need.direction.value,
        "missing": gap.need.missing.value,
        "why": str(sentence),
        "remedy": str(remedy),
    }
