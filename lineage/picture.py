"""The drawing of a view as its template needs it: cards, lines and headings with places and words."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

from core.templatetags.rashinban import ICON_OF_KIND
from evidence.records import NodeKind
from lineage import wording
from lineage.chips import Chip, chip_of
from lineage.gaps import Gap
from lineage.layout import CARD_HEIGHT, CARD_WIDTH, Curve, Drawing, Item, Link, arrange
from lineage.state import ViewState
from lineage.subgraph import Direction, GraphEdge, GraphNode, Group, Subgraph

RANKS = {
    NodeKind.REPOSITORY: 0,
    NodeKind.BRANCH: 0,
    NodeKind.PULL_REQUEST: 0,
    NodeKind.COMMIT: 1,
    NodeKind.WORKFLOW_RUN: 2,
    NodeKind.DATASET: 2,
    NodeKind.FEATURE_VIEW: 2,
    NodeKind.PIPELINE: 2,
    NodeKind.SCHEDULE: 2,
    NodeKind.PIPELINE_VERSION: 2,
    NodeKind.DATASET_VERSION: 3,
    NodeKind.FEATURE_SERVICE: 3,
    NodeKind.PIPELINE_RUN: 3,
    NodeKind.EXPERIMENT: 3,
    NodeKind.RUN: 5,
    NodeKind.MODEL: 6,
    NodeKind.LOGGED_MODEL: 6,
    NodeKind.MODEL_VERSION: 7,
    NodeKind.IMAGE: 7,
    NodeKind.DEPLOYMENT: 9,
    NodeKind.ENDPOINT: 10,
}
"""The leftmost column of each kind; kinds that are not known here start in the middle."""
MIDDLE_RANK = 5

HEADINGS = (
    (
        {
            NodeKind.REPOSITORY,
            NodeKind.BRANCH,
            NodeKind.PULL_REQUEST,
            NodeKind.COMMIT,
            NodeKind.WORKFLOW_RUN,
        },
        gettext_lazy("Code"),
    ),
    (
        {NodeKind.DATASET, NodeKind.DATASET_VERSION, NodeKind.FEATURE_VIEW, NodeKind.FEATURE_SERVICE},
        gettext_lazy("Data"),
    ),
    (
        {NodeKind.PIPELINE, NodeKind.PIPELINE_VERSION, NodeKind.PIPELINE_RUN, NodeKind.SCHEDULE},
        gettext_lazy("Pipeline"),
    ),
    ({NodeKind.RUN, NodeKind.EXPERIMENT}, gettext_lazy("Run")),
    ({NodeKind.MODEL, NodeKind.LOGGED_MODEL}, gettext_lazy("Model")),
    ({NodeKind.MODEL_VERSION}, gettext_lazy("Model version")),
    ({NodeKind.IMAGE}, gettext_lazy("Image")),
    ({NodeKind.DEPLOYMENT}, gettext_lazy("Deployment")),
    ({NodeKind.ENDPOINT}, gettext_lazy("Endpoint")),
)
"""What stands above a column that holds these kinds."""

PADDING = 10.0
CHARACTER = 8.0
NARROW, BROAD = frozenset("fijlrtI.,:;!|'()[]/ -"), frozenset("mwMW@%&…")
"""Mean width of a character of the card's title, and those that are narrower and broader than it."""


@dataclass(frozen=True, slots=True)
class ChipBox:
    """A chip with its place in the card."""

    text: str
    tone: str
    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the drawing: a node, a group of more, or a gap. `name` is what it is called aloud."""

    key: str
    css: str
    x: float
    y: float
    icon: str
    kind: str
    title: str
    detail: str
    name: str
    href: str
    focus_href: str = ""
    expand_href: str = ""
    chip: ChipBox | None = None
    is_focus: bool = False
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An edge of the drawing. `tail` and `head` are the keys of its cards."""

    key: str
    css: str
    tail: str
    head: str
    path: str
    name: str
    href: str
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The words above a column."""

    text: str
    x: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the drawing shows, with its size in user units."""

    width: int
    height: int
    cards: tuple[Card, ...]
    lines: tuple[Line, ...]
    headings: tuple[Heading, ...]
    card_width: int = int(CARD_WIDTH)
    card_height: int = int(CARD_HEIGHT)

    @property
    def size(self) -> str:
        """How far the page may shrink the drawing: not at all, or while its text stays legible."""
        return "is-small" if self.width < 800 else "is-medium" if self.width < 1200 else "is-large"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the parts of the drawing are made from."""

    view: Subgraph
    gaps: tuple[Gap, ...]
    state: ViewState
    drawing: Drawing


def draw(view: Subgraph, *, gaps: tuple[Gap, ...], state: ViewState) -> Picture:
    """Lay the view out and put it in words; `state` gives every card and line its address."""
    items, links = layout_input(view, gaps=gaps)
    drawing = arrange(items, links)
    sheet = _Sheet(view, gaps, state, drawing)
    return Picture(
        width=round(drawing.width),
        height=round(drawing.height),
        cards=tuple(_cards(sheet)),
        lines=tuple(_lines(sheet)),
        headings=tuple(_headings(sheet)),
    )


def layout_input(view: Subgraph, *, gaps: tuple[Gap, ...] = ()) -> tuple[list[Item], list[Link]]:
    """What the layout places: nodes, groups and gaps, keyed by node id, group id and gap id."""
    items = [Item(str(node.id), _rank(node.kind)) for node in view.nodes.values()]
    items += [Item(group.id, _rank(group.kind)) for group in view.groups]
    items += [Item(gap.id, _rank(gap.need.missing)) for gap in gaps]
    links = [
        Link(str(tail), str(head), loose=edge.is_side) for edge in view.edges for tail, head in (edge.ends,)
    ]
    links += [_towards(str(group.parent), group.id, group.direction) for group in view.groups]
    links += [_towards(str(node), gap.id, gap.need.direction) for gap in gaps for node in gap.nodes]
    return items, list({(link.tail, link.head): link for link in links}.values())


def _towards(node: str, other: str, direction: Direction) -> Link:
    return Link(node, other, loose=True) if direction is Direction.DOWN else Link(other, node, loose=True)


def _rank(kind: str) -> int:
    return RANKS.get(NodeKind(kind), MIDDLE_RANK) if kind in set(NodeKind) else MIDDLE_RANK


def _cards(sheet: _Sheet) -> Iterator[Card]:
    for node in sheet.view.nodes.values():
        yield _node_card(node, sheet)
    for group in sheet.view.groups:
        yield _group_card(group, sheet)
    for gap in sheet.gaps:
        yield _gap_card(gap, sheet)


def _node_card(node: GraphNode, sheet: _Sheet) -> Card:
    key, kind = str(node.id), wording.kind_word(node.kind)
    title, detail = wording.title_and_detail(node)
    chip = chip_of(node)
    chip_box = _chip_box(chip) if chip else None
    box = sheet.drawing.boxes[key]
    room = CARD_WIDTH - 2 * PADDING
    is_focus = node.id == sheet.view.focus
    return Card(
        key=key,
        css=" ".join(["node", *["is-focus"] * is_focus, *["is-gone"] * node.is_gone]),
        x=round(box.x),
        y=round(box.y),
        icon=ICON_OF_KIND.get(node.kind, node.kind),
        kind=shorten(str(node.attrs.get("environment") or kind), room - 8),
        title=shorten(title, room),
        detail=shorten(detail, room - (chip_box.width if chip_box else 0)),
        name=", ".join(part for part in (kind, title, detail, chip.text if chip else "") if part),
        href=sheet.state.url(select=key, before=0),
        focus_href=sheet.state.url(focus=node.id, select="", before=0, expand=""),
        expand_href=_expand_href(node.id, sheet),
        chip=chip_box,
        is_focus=is_focus,
        is_selected=sheet.state.select == key,
    )


def _group_card(group: Group, sheet: _Sheet) -> Card:
    box = sheet.drawing.boxes[group.id]
    kind, title = wording.kind_word(group.kind), wording.group_title(group)
    of = wording.title_and_detail(sheet.view.nodes[group.parent])[0]
    return Card(
        key=group.id,
        css="node is-group",
        x=round(box.x),
        y=round(box.y),
        icon=ICON_OF_KIND.get(group.kind, group.kind),
        kind=kind,
        title=title,
        detail=gettext("list them"),
        name=gettext("%(title)s, kind %(kind)s, beside %(node)s")
        % {"title": title, "kind": kind, "node": of},
        href=sheet.state.url(select=group.id, before=0),
        expand_href=_expand_href(group.parent, sheet),
        is_selected=sheet.state.select == group.id,
    )


def _expand_href(node: int, sheet: _Sheet) -> str:
    """Draws all groups of a node, or, where that is done already, as few as usual."""
    beside = f"{node}-"
    more = {group.id for group in sheet.view.groups if group.parent == node} - sheet.state.expanded
    done = {group for group in sheet.state.expanded if group.startswith(beside)}
    return sheet.state.toggled(more or done) if more or done else ""


def _gap_card(gap: Gap, sheet: _Sheet) -> Card:
    box = sheet.drawing.boxes[gap.id]
    title, sentence, _remedy = (str(text) for text in wording.GAPS[gap.need.gap])
    return Card(
        key=gap.id,
        css="node is-missing",
        x=round(box.x),
        y=round(box.y),
        icon="unknown",
        kind=wording.kind_word(gap.need.missing),
        title=shorten(title, CARD_WIDTH - 2 * PADDING),
        detail=wording.gap_extent(gap),
        name=gettext("gap: %(sentence)s") % {"sentence": sentence},
        href=sheet.state.url(select=gap.id, before=0),
        chip=_chip_box(Chip(gettext("gap"), "fail")),
        is_selected=sheet.state.select == gap.id,
    )


def _chip_box(chip: Chip) -> ChipBox:
    """The chip in the lower right corner; an alert has its shape too."""
    text = f"▲ {chip.text}" if chip.icon == "alert" else chip.text
    width = _width(text) + PADDING
    return ChipBox(text, chip.tone, CARD_WIDTH - 7 - width, width)


def _lines(sheet: _Sheet) -> Iterator[Line]:
    edges: dict[tuple[str, str], GraphEdge] = {}
    for edge in sheet.view.edges:
        tail, head = edge.ends
        edges.setdefault((str(tail), str(head)), edge)
    missing = {gap.id for gap in sheet.gaps}
    for curve in sheet.drawing.curves:
        edge_of = edges.get((curve.tail, curve.head))
        yield _edge_line(edge_of, curve, sheet) if edge_of else _loose_line(curve, sheet, missing)


def _edge_line(edge: GraphEdge, curve: Curve, sheet: _Sheet) -> Line:
    key = f"{edge.src}-{edge.kind}-{edge.dst}"
    tail, head = (sheet.view.nodes[node].label for node in edge.ends)
    return Line(
        key=key,
        css="edge is-side" if edge.is_side else "edge",
        tail=curve.tail,
        head=curve.head,
        path=curve.path,
        name=f"{tail} {wording.verb(edge.kind)} {head}",
        href=sheet.state.url(select=key, before=0),
        is_selected=sheet.state.select == key,
    )


def _loose_line(curve: Curve, sheet: _Sheet, missing: set[str]) -> Line:
    """The line of a group or a gap; it leads where its card leads and is no link of its own."""
    is_gap = curve.tail in missing or curve.head in missing
    css = "edge is-gap" if is_gap else "edge is-group"
    return Line(f"{curve.tail}~{curve.head}", css, curve.tail, curve.head, curve.path, name="", href="")


def _headings(sheet: _Sheet) -> Iterator[Heading]:
    """What each column holds; said once where the next one holds the same."""
    columns: dict[int, dict[str, None]] = {}
    places = {box.column: box.x for box in sheet.drawing.boxes.values()}
    for key, kind in _kinds(sheet).items():
        columns.setdefault(sheet.drawing.boxes[key].column, {})[_heading(kind)] = None
    before = ""
    for column in sorted(columns):
        text = " · ".join(list(columns[column])[:2])
        if text != before:
            yield Heading(text, round(places[column]))
        before = text


def _kinds(sheet: _Sheet) -> Mapping[str, str]:
    return {
        **{str(node.id): node.kind for node in sheet.view.nodes.values()},
        **{group.id: group.kind for group in sheet.view.groups},
        **{gap.id: gap.need.missing.value for gap in sheet.gaps},
    }


def _heading(kind: str) -> str:
    return str(next((words for kinds, words in HEADINGS if kind in kinds), wording.kind_word(kind)))


def shorten(text: str, room: float) -> str:
    """The text, or as much of its beginning as fits into `room` units with an ellipsis."""
    if _width(text) <= room:
        return text
    kept = ""
    for character in text:
        if _width(kept + character) > room - CHARACTER:
            break
        kept += character
    return f"{kept.rstrip()}…"


def _width(text: str) -> float:
    return CHARACTER * sum(_breadth(each) for each in text)


def _breadth(character: str) -> float:
    """Width of a character, in mean widths."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.75
    if character in NARROW:
        return 0.65
    return 1.35 if character in BROAD else 1.1 if character.isupper() else 1.0
