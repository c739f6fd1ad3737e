"""The outline: the same view as a table, causes above the focus and effects below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from lineage import wording
from lineage.chips import Chip, chip_of
from lineage.gaps import Gap
from lineage.state import ViewState
from lineage.subgraph import Direction, GraphEdge, GraphNode, Group, Subgraph

DEEPEST = 6
"""Rows further away than this are indented no more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the outline. `depth` is the indent, the distance from the focus."""

    depth: int
    icon: str
    title: str
    detail: str
    kind: str
    relation: str
    method: str
    strength: str
    href: str
    chip: Chip | None = None
    is_focus: bool = False


def outline(view: Subgraph, *, gaps: Sequence[Gap], state: ViewState) -> tuple[Row, ...]:
    """All nodes, groups and gaps of a view: the furthest cause first, the furthest effect last."""
    towards = _edges_towards_focus(view)
    rows = [(node.hop, 0, _node_row(node, towards.get(node.id), view, state)) for node in view.nodes.values()]
    rows += [
        (_beside(view, group.parent, group.direction), 1, _group_row(group, view, state))
        for group in view.groups
    ]
    rows += [(_beside(view, gap.nodes[0], gap.need.direction), 2, _gap_row(gap, view, state)) for gap in gaps]
    return tuple(row for _hop, _order, row in sorted(rows, key=lambda each: each[:2]))


def _beside(view: Subgraph, node: int, direction: Direction) -> int:
    return view.nodes[node].hop + (1 if direction is Direction.DOWN else -1)


def _edges_towards_focus(view: Subgraph) -> Mapping[int, GraphEdge]:
    """The edge by which each node was come upon: to a node that is nearer to the focus."""
    found: dict[int, GraphEdge] = {}
    for edge in view.edges:
        for node, other in (edge.ends, edge.ends[::-1]):
            if abs(view.nodes[node].hop) > abs(view.nodes[other].hop):
                found.setdefault(node, edge)
    return found


def _node_row(node: GraphNode, edge: GraphEdge | None, view: Subgraph, state: ViewState) -> Row:
    title, detail = wording.title_and_detail(node)
    return Row(
        depth=min(abs(node.hop), DEEPEST),
        icon=node.kind,
        title=title,
        detail=detail,
        kind=wording.kind_word(node.kind),
        relation=_relation(node.id, edge, view) if edge else gettext("focus"),
        method=edge.method if edge else "",
        strength=wording.strength_word(edge.confidence) if edge else "",
        href=state.url(select=str(node.id), before=0),
        chip=chip_of(node),
        is_focus=node.id == view.focus,
    )


def _relation(node: int, edge: GraphEdge, view: Subgraph) -> str:
    """In the direction of causation: "wrote churn v3", or "run 7 wrote this"."""
    tail, head = edge.ends
    if tail == node:
        return f"{wording.verb(edge.kind)} {view.nodes[head].label}"
    words = {"cause": view.nodes[tail].label, "verb": wording.verb(edge.kind)}
    return gettext("%(cause)s %(verb)s this") % words


def _group_row(group: Group, view: Subgraph, state: ViewState) -> Row:
    return Row(
        depth=min(abs(_beside(view, group.parent, group.direction)), DEEPEST),
        icon=group.kind,
        title=wording.group_title(group),
        detail="",
        kind=wording.kind_word(group.kind),
        relation=gettext("beside %(node)s") % {"node": view.nodes[group.parent].label},
        method="",
        strength="",
        href=state.url(select=group.id, before=0),
    )


def _gap_row(gap: Gap, view: Subgraph, state: ViewState) -> Row:
    title, _sentence, remedy = (str(text) for text in wording.GAPS[gap.need.gap])
    labels = [view.nodes[node].label for node in gap.nodes]
    return Row(
        depth=min(abs(_beside(view, gap.nodes[0], gap.need.direction)), DEEPEST),
        icon="unknown",
        title=title,
        detail="",
        kind=wording.kind_word(gap.need.missing),
        relation=gettext("missing at %(nodes)s") % {"nodes": _listed(labels)},
        method=remedy,
        strength="",
        href=state.url(select=gap.id, before=0),
        chip=Chip(gettext("gap"), "fail"),
    )


def _listed(labels: Sequence[str]) -> str:
    return ", ".join([*labels[:3], *["…"] * (len(labels) > 3)])
