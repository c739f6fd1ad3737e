"""Places cards in columns from cause to effect, with few crossings and calm edges.

A layered drawing in four steps: break cycles, put each card into the leftmost column that its kind
and its causes allow, order the columns by barycentres (K. Sugiyama, S. Tagawa, M. Toda, "Methods for
visual understanding of hierarchical system structures", 1981), then move the cards towards their
neighbours by isotonic regression. A link that passes a column gets a lane of its own there, shared by
all links of the same card. Lengths are user units of the drawing (1 unit = 1 CSS pixel unscaled).
The same input always gives the same drawing.
"""

import heapq
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lineage.crossings import order_columns
from lineage.straighten import coordinates

CARD_WIDTH = 150.0
CARD_HEIGHT = 62.0
CARD_EXTENT = CARD_HEIGHT + 20.0
LANE_EXTENT = 14.0
COLUMN_GAP = 40.0
MARGIN = 16.0
HEAD = 26.0
PORT_PITCH = 9.0
CROWDED = 500
"""Links from which on lanes would only be more lines among lines."""
PITCH = CARD_WIDTH + COLUMN_GAP


@dataclass(frozen=True, slots=True)
class Item:
    """A card to place. `rank`: the leftmost column of its kind; equal ranks share a column."""

    key: str
    rank: int


@dataclass(frozen=True, slots=True)
class Link:
    """From cause to effect. A `loose` link gives way when it would close a cycle."""

    tail: str
    head: str
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """Where a card lies: its upper left corner."""

    key: str
    x: float
    y: float
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawn link: SVG path data, and whether it runs against the stream (it closes a cycle)."""

    tail: str
    head: str
    path: str
    is_back: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes by key, the curves in the order of the links, and the drawing's size."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    curves: tuple[Curve, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Items and lanes in columns. `chains` holds the vertices each forward link passes."""

    columns: list[list[str]]
    steps: list[tuple[str, str]]
    chains: Mapping[tuple[str, str], tuple[str, ...]]


def arrange(items: Sequence[Item], links: Sequence[Link]) -> Drawing:
    """Place the items and draw the links between them; links to unknown items are an error."""
    forward, place = _without_cycles(items, links)
    column = _columns(items, forward, place)
    grid = _grid(items, forward, column)
    ordered = order_columns(grid.columns, grid.steps)
    extents = {key: CARD_EXTENT if key in column else LANE_EXTENT for each in ordered for key in each}
    middle = coordinates(ordered, grid.steps, extents)
    top = min((middle[key] - extents[key] / 2 for key in middle), default=0.0)
    y = {key: value - top + HEAD for key, value in middle.items()}
    boxes = _boxes(ordered, y, column)
    return Drawing(
        width=2 * MARGIN + max(len(ordered) * PITCH - COLUMN_GAP, 0.0),
        height=max((y[key] + extents[key] / 2 for key in y), default=HEAD) + MARGIN,
        boxes=boxes,
        curves=_curves(links, grid.chains, boxes, y),
        columns=len(ordered),
    )


def _without_cycles(items: Sequence[Item], links: Sequence[Link]) -> tuple[list[Link], dict[str, int]]:
    """The links without those that close a cycle, and a topological order of the rest.

    Kahn's algorithm; where it is stuck in a cycle it goes on with the item that waits for loose
    links only, else with the leftmost, and the links it then still waits for run backwards.
    """
    rank = {item.key: item.rank for item in items}
    following: dict[str, list[Link]] = {key: [] for key in rank}
    firm, loose = dict.fromkeys(rank, 0), dict.fromkeys(rank, 0)
    for link in links:
        if link.tail != link.head:
            following[link.tail].append(link)
            (loose if link.loose else firm)[link.head] += 1
    place: dict[str, int] = {}
    ready = [(rank[key], key) for key in rank if not firm[key] and not loose[key]]
    heapq.heapify(ready)
    while len(place) < len(rank):
        key = (
            heapq.heappop(ready)[1]
            if ready
            else min(
                (key for key in rank if key not in place), key=lambda key: (firm[key] > 0, rank[key], key)
            )
        )
        if key in place:
            continue
        place[key] = len(place)
        for link in following[key]:
            (loose if link.loose else firm)[link.head] -= 1
            if link.head not in place and not firm[link.head] and not loose[link.head]:
                heapq.heappush(ready, (rank[link.head], link.head))
    return [link for link in links if place[link.tail] < place[link.head]], place


def _columns(items: Sequence[Item], links: Sequence[Link], place: Mapping[str, int]) -> dict[str, int]:
    """The column of each item: no less than its rank, right of all its causes, without empty columns."""
    layer = {item.key: item.rank for item in items}
    for link in sorted(links, key=lambda link: place[link.tail]):
        layer[link.head] = max(layer[link.head], layer[link.tail] + 1)
    number = {value: index for index, value in enumerate(sorted(set(layer.values())))}
    return {key: number[value] for key, value in layer.items()}


def _grid(items: Sequence[Item], links: Sequence[Link], column: Mapping[str, int]) -> Grid:
    columns: list[list[str]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for item in items:
        columns[column[item.key]].append(item.key)
    steps: dict[tuple[str, str], None] = {}
    chains: dict[tuple[str, str], tuple[str, ...]] = {}
    seen: set[str] = set()
    for link in links:
        passed = range(column[link.tail] + 1, column[link.head] if len(links) < CROWDED else 0)
        chain = (link.tail, *(f"{link.tail}|{number}" for number in passed), link.head)
        for number, lane in zip(passed, chain[1:-1], strict=True):
            if lane not in seen:
                seen.add(lane)
                columns[number].append(lane)
        chains[link.tail, link.head] = chain
        steps.update(dict.fromkeys(pairwise(chain)))
    return Grid(columns, list(steps), chains)


def _boxes(columns: Sequence[Sequence[str]], y: Mapping[str, float], cards: Container[str]) -> dict[str, Box]:
    return {
        key: Box(key, MARGIN + number * PITCH, y[key] - CARD_HEIGHT / 2, number, row)
        for number, column in enumerate(columns)
        for row, key in enumerate(key for key in column if key in cards)
    }


def _curves(
    links: Sequence[Link],
    chains: Mapping[tuple[str, str], tuple[str, ...]],
    boxes: Mapping[str, Box],
    y: Mapping[str, float],
) -> tuple[Curve, ...]:
    out = _ports(((chain[0], chain[1]) for chain in chains.values()), y)
    into = _ports(((chain[-1], chain[-2]) for chain in chains.values()), y)
    curves = []
    for link in links:
        chain = chains.get((link.tail, link.head))
        if chain is None:
            curves.append(Curve(link.tail, link.head, _back_path(boxes[link.tail], boxes[link.head]), True))
            continue
        first, last = boxes[link.tail], boxes[link.head]
        points = [(first.x + CARD_WIDTH, y[link.tail] + out[chain[0], chain[1]])]
        for number, lane in enumerate(chain[1:-1], start=first.column + 1):
            left = MARGIN + number * PITCH
            points += [(left, y[lane]), (left + CARD_WIDTH, y[lane])]
        points.append((last.x, y[link.head] + into[chain[-1], chain[-2]]))
        curves.append(Curve(link.tail, link.head, _path(points), False))
    return tuple(curves)


def _ports(ends: Iterable[tuple[str, str]], y: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """How far above or below a card's middle each of its links begins, in the order of their far ends."""
    far: dict[str, dict[str, None]] = {}
    for key, other in ends:
        far.setdefault(key, {})[other] = None
    offsets: dict[tuple[str, str], float] = {}
    for key, others in far.items():
        pitch = min(PORT_PITCH, (CARD_HEIGHT - 14) / max(len(others) - 1, 1))
        for index, other in enumerate(sorted(others, key=lambda other: (y[other], other))):
            offsets[key, other] = (index - (len(others) - 1) / 2) * pitch
    return offsets


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Straight through lanes, in an S from column to column; whole units are fine enough."""
    parts = [f"M{points[0][0]:.0f} {points[0][1]:.0f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(y0 - y1) < 0.5:
            parts.append(f"L{x1:.0f} {y1:.0f}")
        else:
            bend = (x0 + x1) / 2
            parts.append(f"C{bend:.0f} {y0:.0f} {bend:.0f} {y1:.0f} {x1:.0f} {y1:.0f}")
    return "".join(parts)


def _back_path(tail: Box, head: Box) -> str:
    """From underneath one card to underneath the other."""
    x0, x1 = tail.x + CARD_WIDTH / 2, head.x + CARD_WIDTH / 2
    y0, y1 = tail.y + CARD_HEIGHT, head.y + CARD_HEIGHT
    deep = max(y0, y1) + 22
    return f"M{x0:.0f} {y0:.0f}C{x0:.0f} {deep:.0f} {x1:.0f} {deep:.0f} {x1:.0f} {y1:.0f}"
