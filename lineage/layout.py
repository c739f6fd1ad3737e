"""Places cards in columns from cause to effect, with few crossings and calm edges.

A layered drawing in four steps: break cycles, put each card into the leftmost column that its kind
and its causes allow, order the columns by barycentres (K. Sugiyama, S. Tagawa, M. Toda, "Methods for
visual understanding of hierarchical system structures", 1981), then move the cards towards their
neighbours by isotonic regression. A link that passes a column gets a lane of its own there, shared by
all links of the same card. Lengths are user units of the drawing (1 unit = 1 CSS pixel unscaled).
The same input always gives the same drawing.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lineage.crossings import order_columns
from lineage.layers import Numbers, Values
from lineage.straighten import coordinates

CARD_WIDTH, CARD_HEIGHT = 150, 62
CARD_EXTENT, LANE_EXTENT = CARD_HEIGHT + 20, 14
COLUMN_GAP = 40
MARGIN = 16
HEAD = 26
PORT_PITCH = 9
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
class Arc:
    """A link between numbered items."""

    tail: int
    head: int
    loose: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Vertices in columns: the items by their numbers, then the lanes.

    `chains` holds the vertices that each forward arc passes, `tails` and `heads` the steps of all chains.
    """

    columns: list[Numbers]
    tails: Numbers
    heads: Numbers
    chains: Mapping[tuple[int, int], tuple[int, ...]]


def arrange(items: Sequence[Item], links: Sequence[Link]) -> Drawing:
    """Place the items and draw the links between them; links to unknown items are an error."""
    number = {item.key: index for index, item in enumerate(items)}
    arcs = [Arc(number[link.tail], number[link.head], link.loose) for link in links]
    place = _places(items, arcs)
    forward = [arc for arc in arcs if place[arc.tail] < place[arc.head]]
    column = _columns(items, forward, place)
    grid = _grid(forward, column)
    ordered = order_columns(grid.columns, tails=grid.tails, heads=grid.heads)
    extents = np.full(sum(len(each) for each in ordered), LANE_EXTENT)
    extents[: len(items)] = CARD_EXTENT
    middle = coordinates(ordered, tails=grid.tails, heads=grid.heads, extents=extents)
    y = middle - (middle - extents / 2).min(initial=np.inf) + HEAD
    boxes = _boxes(items, ordered, y)
    return Drawing(
        width=2 * MARGIN + max(len(ordered) * PITCH - COLUMN_GAP, 0.0),
        height=float((y + extents / 2).max(initial=HEAD)) + MARGIN,
        boxes={box.key: box for box in boxes},
        curves=tuple(_curves(links, arcs, boxes, _paths(grid, column, y))),
        columns=len(ordered),
    )


def _places(items: Sequence[Item], arcs: Sequence[Arc]) -> list[int]:
    """The place of each item in an order that goes from causes to effects wherever it can.

    Kahn's algorithm; where it is stuck in a cycle it goes on with the item that waits for loose arcs only,
    else with the leftmost, and the arcs it then still waits for run backwards.
    """
    order = sorted(range(len(items)), key=lambda index: (items[index].rank, items[index].key))
    turn = {item: index for index, item in enumerate(order)}
    following: list[list[Arc]] = [[] for _ in items]
    firm, loose = [0] * len(items), [0] * len(items)
    for arc in arcs:
        if arc.tail != arc.head:
            following[arc.tail].append(arc)
            (loose if arc.loose else firm)[arc.head] += 1
    place = [-1] * len(items)
    ready = [turn[item] for item in order if not firm[item] and not loose[item]]
    for number in range(len(items)):
        item = order[heapq.heappop(ready)] if ready else _stuck(order, place, firm)
        place[item] = number
        for arc in following[item]:
            (loose if arc.loose else firm)[arc.head] -= 1
            if place[arc.head] < 0 and not firm[arc.head] and not loose[arc.head]:
                heapq.heappush(ready, turn[arc.head])
    return place


def _stuck(order: Sequence[int], place: Sequence[int], firm: Sequence[int]) -> int:
    """With which item to break a cycle."""
    return min((item for item in order if place[item] < 0), key=lambda item: firm[item] > 0)


def _columns(items: Sequence[Item], arcs: Sequence[Arc], place: Sequence[int]) -> list[int]:
    """The column of each item: no less than its rank, right of all its causes, without empty columns."""
    layer = [item.rank for item in items]
    for arc in sorted(arcs, key=lambda arc: place[arc.tail]):
        if layer[arc.head] <= layer[arc.tail]:
            layer[arc.head] = layer[arc.tail] + 1
    number = {value: index for index, value in enumerate(sorted(set(layer)))}
    return [number[value] for value in layer]


def _grid(arcs: Sequence[Arc], column: Sequence[int]) -> Grid:
    columns: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
    for item, number in enumerate(column):
        columns[number].append(item)
    lanes: dict[tuple[int, int], int] = {}
    chains: dict[tuple[int, int], tuple[int, ...]] = {}
    for arc in arcs:
        passed = range(column[arc.tail] + 1, column[arc.head] if len(arcs) < CROWDED else 0)
        for number in passed:
            if (arc.tail, number) not in lanes:
                lanes[arc.tail, number] = len(column) + len(lanes)
                columns[number].append(lanes[arc.tail, number])
        chains[arc.tail, arc.head] = (arc.tail, *(lanes[arc.tail, number] for number in passed), arc.head)
    steps = list(dict.fromkeys(step for chain in chains.values() for step in pairwise(chain)))
    tails, heads = np.array(steps, dtype=np.intp).reshape(-1, 2).T
    return Grid([np.array(each, dtype=np.intp) for each in columns], tails, heads, chains)


def _boxes(items: Sequence[Item], columns: Sequence[Numbers], y: Values) -> list[Box]:
    """The box of each item; lanes have none, and no row."""
    top = (y[: len(items)] - CARD_HEIGHT / 2).tolist()
    places = {}
    for number, column in enumerate(columns):
        cards = (vertex for vertex in column.tolist() if vertex < len(items))
        places.update({item: (number, row) for row, item in enumerate(cards)})
    return [
        Box(item.key, MARGIN + places[index][0] * PITCH, top[index], *places[index])
        for index, item in enumerate(items)
    ]


def _curves(
    links: Sequence[Link],
    arcs: Sequence[Arc],
    boxes: Sequence[Box],
    paths: Mapping[tuple[int, int], str],
) -> Iterator[Curve]:
    for link, arc in zip(links, arcs, strict=True):
        path = paths.get((arc.tail, arc.head))
        back = path is None
        yield Curve(link.tail, link.head, path or _back_path(boxes[arc.tail], boxes[arc.head]), back)


def _paths(grid: Grid, column: Sequence[int], y: Values) -> dict[tuple[int, int], str]:
    """The path of each chain: in an S from column to column, straight through lanes, in whole units."""
    chains = list(grid.chains.values())
    starts = _ports([chain[:2] for chain in chains], y)
    ends = _ports([chain[:-3:-1] for chain in chains], y)
    height = np.rint(y).astype(int).tolist()
    paths = {}
    for chain, start, end in zip(chains, starts, ends, strict=True):
        left, right = (MARGIN + column[card] * PITCH for card in (chain[0], chain[-1]))
        lanes = [height[lane] for lane in chain[1:-1]]
        paths[chain[0], chain[-1]] = _path(left + CARD_WIDTH, [start, *lanes, end], right)
    return paths


def _path(left: int, heights: Sequence[int], right: int) -> str:
    """From the card that ends at `left` through one lane a column to the card that begins at `right`."""
    path = [f"M{left} {heights[0]}"]
    for start, lane in pairwise(heights[:-1]):
        path += [_bend(left, start, left + COLUMN_GAP, lane), f"L{left + PITCH} {lane}"]
        left += PITCH
    return "".join([*path, _bend(left, heights[-2], right, heights[-1])])


def _ports(ends: Sequence[tuple[int, ...]], y: Values) -> list[int]:
    """The height at which a chain touches a card (first of each pair), towards its next vertex (second).

    The chains of a card touch it around its middle, in the order of their next vertices.
    """
    cards, others = np.array(ends, dtype=np.intp).reshape(-1, 2).T
    pairs, which = np.unique(cards * len(y) + others, return_inverse=True)
    cards, others = np.divmod(pairs, max(len(y), 1))
    order = np.lexsort((y[others], cards))
    counts = np.bincount(cards, minlength=len(y))
    turn = np.empty_like(order)
    turn[order] = np.arange(len(order)) - (np.cumsum(counts) - counts)[cards[order]]
    rest = counts[cards] - 1
    pitch = np.minimum(PORT_PITCH, (CARD_HEIGHT - 14) / np.maximum(rest, 1))
    heights: list[int] = np.rint(y[cards] + (turn - rest / 2) * pitch).astype(int)[which].tolist()
    return heights


def _bend(x0: int, y0: int, x1: int, y1: int) -> str:
    """From one column to the next: straight where it can be, else in an S."""
    middle = (x0 + x1) // 2
    return f"L{x1} {y1}" if y0 == y1 else f"C{middle} {y0} {middle} {y1} {x1} {y1}"


def _back_path(tail: Box, head: Box) -> str:
    """From underneath one card to underneath the other."""
    x0, x1 = tail.x + CARD_WIDTH / 2, head.x + CARD_WIDTH / 2
    y0, y1 = tail.y + CARD_HEIGHT, head.y + CARD_HEIGHT
    deep = max(y0, y1) + 22
    return f"M{x0:.0f} {y0:.0f}C{x0:.0f} {deep:.0f} {x1:.0f} {deep:.0f} {x1:.0f} {y1:.0f}"
