"""A view as a Plotly figure, for notebooks and reports: the drawing's own places, as plain dicts.

Edges end in arrowheads, drawn by markers that turn with the line; that exists in SVG scatter traces only.
"""

from collections.abc import Mapping, Sequence

from core.templatetags.rashinban import ICON_OF_KIND
from evidence.records import Json
from lineage import wording
from lineage.chips import chip_of
from lineage.gaps import Gap
from lineage.layout import CARD_HEIGHT, CARD_WIDTH, Box, Drawing, arrange
from lineage.picture import layout_input, shorten
from lineage.subgraph import GraphNode, Subgraph

TOKENS = {name: f"token:{name}" for name in ("accent", "control", "fail", "ink", "ink-3", "surface")}
"""Colours of a page: they follow its theme."""
PAPER = {
    "accent": "#1c5796",
    "control": "#7d8894",
    "fail": "#ad390f",
    "ink": "#121a24",
    "ink-3": "#5c6875",
    "surface": "#ffffff",
}
"""The same of the light theme, for where no page gives them."""
SYMBOLS = {
    "repository": "diamond",
    "commit": "diamond",
    "dataset": "square",
    "run": "circle",
    "image": "hexagon",
}
CONFIG: dict[str, Json] = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}
"""What a notebook passes as `config`: nothing of the figure is offered to a cloud."""


def lineage_figure(
    view: Subgraph, *, gaps: Sequence[Gap], colours: Mapping[str, str] = PAPER
) -> dict[str, Json]:
    """`{"data": […], "layout": {…}}`: one trace of edges, one of dashed edges, one of nodes."""
    items, links = layout_input(view, gaps=tuple(gaps))
    drawing = arrange(items, links)
    firm = {tuple(map(str, edge.ends)) for edge in view.edges if not edge.is_side}
    pairs = [(curve.tail, curve.head) for curve in drawing.curves]
    return {
        "data": [
            _edges([pair for pair in pairs if pair in firm], drawing, colours, dash="solid"),
            _edges([pair for pair in pairs if pair not in firm], drawing, colours, dash="dot"),
            _nodes(view, gaps, drawing, colours),
        ],
        "layout": _layout(drawing),
    }


def _edges(
    pairs: Sequence[tuple[str, str]], drawing: Drawing, colours: Mapping[str, str], *, dash: str
) -> dict[str, Json]:
    """All edges of a kind in one trace, with a break after each."""
    x: list[Json] = []
    y: list[Json] = []
    for tail, head in pairs:
        start, end = drawing.boxes[tail], drawing.boxes[head]
        x += [_middle(start)[0], _middle(end)[0], None]
        y += [_middle(start)[1], _middle(end)[1], None]
    sizes: list[Json] = [0, 10, 0] * len(pairs)
    marker: dict[str, Json] = {
        "symbol": "arrow", "angleref": "previous", "size": sizes, "standoff": 9, "color": colours["control"],
    }  # fmt: skip
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "line": {"color": colours["control"], "width": 1.25, "dash": dash},
        "marker": marker,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _nodes(
    view: Subgraph, gaps: Sequence[Gap], drawing: Drawing, colours: Mapping[str, str]
) -> dict[str, Json]:
    """Nodes, then groups and gaps, with what is said of them; `customdata` holds their keys."""
    told = [
        *(
            (str(node.id), node.kind, *_words(node), _colour(node, view, colours))
            for node in view.nodes.values()
        ),
        *((group.id, group.kind, wording.group_title(group), "", colours["ink-3"]) for group in view.groups),
        *((gap.id, gap.need.missing, *_gap_words(gap), colours["fail"]) for gap in gaps),
    ]
    keys, kinds, titles, details, inks = zip(*told, strict=True)
    places = [_middle(drawing.boxes[key]) for key in keys]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [x for x, _y in places],
        "y": [y for _x, y in places],
        "text": [shorten(title, 1.2 * CARD_WIDTH) for title in titles],
        "hovertext": [_hover(*each) for each in zip(kinds, titles, details, strict=True)],
        "hoverinfo": "text",
        "customdata": list(keys),
        "textposition": "bottom center",
        "textfont": {"size": 11, "color": colours["ink"]},
        "marker": {
            "size": 14,
            "color": colours["surface"],
            "symbol": [SYMBOLS.get(ICON_OF_KIND.get(kind, kind), "square") for kind in kinds],
            "line": {"width": 2, "color": list(inks)},
        },
        "cliponaxis": False,
        "showlegend": False,
    }


def _words(node: GraphNode) -> tuple[str, str]:
    title, detail = wording.title_and_detail(node)
    chip = chip_of(node)
    return title, ", ".join(part for part in (detail, chip.text if chip else "") if part)


def _gap_words(gap: Gap) -> tuple[str, str]:
    title, sentence, _remedy = (str(text) for text in wording.GAPS[gap.need.gap])
    return title, sentence


def _colour(node: GraphNode, view: Subgraph, colours: Mapping[str, str]) -> str:
    if node.alerts or node.is_drifting:
        return colours["fail"]
    return colours["accent" if node.id == view.focus else "control"]


def _hover(kind: str, title: str, detail: str) -> str:
    """Escaped: Plotly reads a few HTML tags in what it shows."""
    lines = (wording.kind_word(kind), title, detail)
    return "<br>".join(line.replace("&", "&amp;").replace("<", "&lt;") for line in lines if line)


def _middle(box: Box) -> tuple[float, float]:
    return box.x + CARD_WIDTH / 2, box.y + CARD_HEIGHT / 2


def _layout(drawing: Drawing) -> dict[str, Json]:
    """Without Plotly's default template, causes on the left, the first row on top."""
    hidden: dict[str, Json] = {"visible": False}
    return {
        "xaxis": {**hidden, "range": [0, drawing.width]},
        "yaxis": {**hidden, "range": [drawing.height + 20, -10]},
        "height": round(min(max(drawing.height + 60, 240), 1200)),
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "showlegend": False,
    }
