"""What the side panel tells of the thing that is selected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext

from core.permissions import Principal
from evidence.models import Edge, Node
from lineage import wording
from lineage.chips import Chip, chip_of
from lineage.gaps import Gap
from lineage.state import ViewState
from lineage.steps import members
from lineage.subgraph import GraphEdge, Group, Subgraph
from lineage.visible import visible_nodes

PAGE = 25
LONGEST_VALUE = 300
TABLES = ("params", "metrics")
HIDDEN = frozenset({*TABLES, "tags", "datasets", "schema", "signals", "ir", "tasks", "parameters"})


@dataclass(frozen=True, slots=True)
class LinkFact:
    """Why two nodes are linked: the sentence, and where it is known from."""

    edge: Edge
    tail: Node
    head: Node
    verb: str
    strength: str


@dataclass(frozen=True, slots=True)
class NodePanel:
    """A node: its facts, its links in this view, its numbers, the way to its source."""

    node: Node
    title: str
    detail: str
    kind: str
    chip: Chip | None
    facts: tuple[tuple[str, str], ...]
    links: tuple[LinkFact, ...]
    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    schema: tuple[tuple[str, str], ...]
    url: str
    focus_href: str
    tab: str
    tabs: tuple[dict[str, object], ...]
    template: str = "lineage/_panel_node.html"


@dataclass(frozen=True, slots=True)
class EdgePanel:
    """An edge and how it is known."""

    link: LinkFact
    urls: tuple[tuple[str, str], ...]
    template: str = "lineage/_panel_edge.html"


@dataclass(frozen=True, slots=True)
class GroupPanel:
    """Neighbours of a node, newest first; those drawn are among them."""

    title: str
    parent: Node
    nodes: tuple[tuple[Node, str], ...]
    next_href: str
    expand_href: str
    is_expanded: bool
    template: str = "lineage/_panel_group.html"


@dataclass(frozen=True, slots=True)
class GapPanel:
    """A missing hop: what is not known, at which nodes, and what to do."""

    title: str
    sentence: str
    remedy: str
    nodes: tuple[tuple[str, str], ...]
    template: str = "lineage/_panel_gap.html"


Panel = NodePanel | EdgePanel | GroupPanel | GapPanel


def panel(view: Subgraph, *, gaps: Iterable[Gap], state: ViewState, principal: Principal) -> Panel | None:
    """The panel of what the state selects; None when that is nothing of this view."""
    gap = next((each for each in gaps if each.id == state.select), None)
    if gap:
        return _gap_panel(gap, view, state)
    group = next((each for each in view.groups if each.id == state.select), None)
    if group:
        return _group_panel(group, state, principal)
    edge = next((each for each in view.edges if f"{each.src}-{each.kind}-{each.dst}" == state.select), None)
    if edge:
        return _edge_panel(edge)
    chosen = int(state.select) if state.select.isascii() and state.select.isdigit() else 0
    return _node_panel(chosen, view, state) if chosen in view.nodes else None


def external_url(url: str) -> str:
    """The address if a browser may safely open it: what a source says is not to be trusted."""
    return url if urlsplit(url).scheme in {"http", "https"} else ""


def _node_panel(key: int, view: Subgraph, state: ViewState) -> NodePanel:
    node = Node.objects.select_related("system", "source").get(pk=key)
    drawn = view.nodes[key]
    title, detail = wording.title_and_detail(drawn)
    attrs: Mapping[str, object] = node.attrs
    offered = _offered_tabs(any(attrs.get(name) for name in (*TABLES, "schema")))
    tab = state.tab if state.tab in offered else next(iter(offered))
    return NodePanel(
        node=node,
        title=title,
        detail=detail,
        kind=wording.kind_word(node.kind),
        chip=chip_of(drawn),
        facts=tuple(_facts(attrs)),
        links=_links(Q(src=key, dst__in=list(view.nodes)) | Q(dst=key, src__in=list(view.nodes))),
        tables=tuple((name, _pairs(attrs[name])) for name in TABLES if attrs.get(name)),
        schema=_columns(attrs.get("schema")),
        url=external_url(node.url),
        focus_href=state.url(focus=key, select="", before=0, expand="") if key != view.focus else "",
        tab=tab,
        tabs=tuple(
            {"text": text, "url": state.url(tab=name, select=str(key), before=0), "current": name == tab}
            for name, text in offered.items()
        ),
    )


def _offered_tabs(has_numbers: bool) -> dict[str, str]:
    offered = {"summary": gettext("Summary"), "why": gettext("Why linked")}
    return {**offered, "numbers": gettext("Parameters & metrics")} if has_numbers else offered


def _edge_panel(edge: GraphEdge) -> EdgePanel:
    (link,) = _links(Q(src=edge.src, kind=edge.kind, dst=edge.dst))
    urls = [(node.label, external_url(node.url)) for node in (link.tail, link.head)]
    return EdgePanel(link, tuple(pair for pair in urls if pair[1]))


def _group_panel(group: Group, state: ViewState, principal: Principal) -> GroupPanel:
    visible = visible_nodes(principal)
    before = state.before or 2**63 - 1
    ids = members(group, visible=visible, before=before, size=PAGE + 1) if visible else []
    nodes = Node.objects.defer("attrs").in_bulk(ids[:PAGE])
    return GroupPanel(
        title=wording.kind_word(group.kind),
        parent=Node.objects.defer("attrs").get(pk=group.parent),
        nodes=tuple((nodes[key], state.url(focus=key, select="", before=0, expand="")) for key in ids[:PAGE]),
        next_href=state.url(before=ids[PAGE - 1]) if len(ids) > PAGE else "",
        expand_href=state.toggled([group.id]),
        is_expanded=group.id in state.expanded,
    )


def _gap_panel(gap: Gap, view: Subgraph, state: ViewState) -> GapPanel:
    title, sentence, remedy = (str(text) for text in wording.GAPS[gap.need.gap])
    nodes = tuple((view.nodes[node].label, state.url(select=str(node), before=0)) for node in gap.nodes)
    return GapPanel(title, sentence, remedy, nodes)


def _links(chosen: Q) -> tuple[LinkFact, ...]:
    edges = (
        Edge.objects.filter(chosen).select_related("src", "dst", "source").defer("src__attrs", "dst__attrs")
    )
    return tuple(_link(edge) for edge in edges.order_by("pk"))


def _link(edge: Edge) -> LinkFact:
    ends = {edge.src_id: edge.src, edge.dst_id: edge.dst}
    tail, head = (ends[key] for key in GraphEdge(edge.src_id, edge.kind, edge.dst_id).ends)
    return LinkFact(edge, tail, head, wording.verb(edge.kind), wording.strength_word(edge.confidence))


def _facts(attrs: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """Short attributes as text; tables and long structures have places of their own."""
    for name, value in attrs.items():
        if name in HIDDEN or value in (None, "", [], {}) or isinstance(value, dict):
            continue
        text = ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
        yield name.replace("_", " "), text[:LONGEST_VALUE]


def _pairs(table: object) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(value)[:LONGEST_VALUE]) for key, value in sorted(dict(table).items()))  # type: ignore[call-overload]


def _columns(schema: object) -> tuple[tuple[str, str], ...]:
    """Name and type of a dataset's columns, where the source told them in the usual shape."""
    if not isinstance(schema, list):
        return ()
    return tuple(
        (str(each.get("name", "")), str(each.get("type", ""))) for each in schema if isinstance(each, dict)
    )
