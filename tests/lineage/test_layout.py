"""The drawing: no overlap, always from left to right, always the same."""

import random
import re
from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hub_graph import HubGraph
from evidence.records import NodeKind
from lineage.layout import CARD_HEIGHT, CARD_WIDTH, Drawing, Item, Link, arrange
from lineage.picture import RANKS
from lineage.straighten import coordinates

Graph = tuple[list[Item], list[Link]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph of up to 24 cards; cycles, loops and doubled pairs are welcome."""
    ranks = draw(st.lists(st.integers(0, 8), min_size=1, max_size=24))
    items = [Item(f"n{index}", rank) for index, rank in enumerate(ranks)]
    ends = st.integers(0, len(items) - 1)
    pairs = draw(st.lists(st.tuples(ends, ends, st.booleans()), max_size=50, unique_by=lambda pair: pair[:2]))
    return items, [Link(f"n{tail}", f"n{head}", loose) for tail, head, loose in pairs]


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    return [
        (one.key, other.key)
        for one, other in combinations(drawing.boxes.values(), 2)
        if abs(one.x - other.x) < CARD_WIDTH and abs(one.y - other.y) < CARD_HEIGHT
    ]


def numbers(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+", path)]


@settings(max_examples=150)
@given(graphs())
def test_arrange_never_lets_cards_overlap(graph: Graph) -> None:
    drawing = arrange(*graph)
    assert set(drawing.boxes) == {item.key for item in graph[0]}
    assert overlaps(drawing) == []


@settings(max_examples=150)
@given(graphs())
def test_arrange_draws_every_forward_link_to_the_right(graph: Graph) -> None:
    drawing = arrange(*graph)
    assert len(drawing.curves) == len(graph[1])
    for curve in drawing.curves:
        if not curve.is_back:
            assert drawing.boxes[curve.tail].column < drawing.boxes[curve.head].column


@settings(max_examples=100)
@given(graphs())
def test_arrange_keeps_everything_on_the_sheet(graph: Graph) -> None:
    drawing = arrange(*graph)
    for box in drawing.boxes.values():
        assert 0 <= box.x <= drawing.width - CARD_WIDTH
        assert 0 <= box.y <= drawing.height - CARD_HEIGHT


@given(graphs())
@settings(max_examples=50)
def test_arrange_is_deterministic(graph: Graph) -> None:
    assert arrange(*graph) == arrange(*graph)


def test_arrange_of_nothing_is_empty() -> None:
    assert arrange([], []).boxes == {}


def test_arrange_aligns_a_chain_on_one_line() -> None:
    items = [Item(key, rank) for rank, key in enumerate("abcd")]
    drawing = arrange(items, [Link("a", "b"), Link("b", "c"), Link("c", "d")])
    assert {box.y for box in drawing.boxes.values()} == {drawing.boxes["a"].y}
    assert [drawing.boxes[key].column for key in "abcd"] == [0, 1, 2, 3]


def test_arrange_gives_way_with_the_loose_link_of_a_two_cycle() -> None:
    items = [Item("run", 3), Item("model", 5)]
    drawing = arrange(items, [Link("model", "run", loose=True), Link("run", "model")])
    assert [curve.is_back for curve in drawing.curves] == [True, False]


def test_arrange_moves_a_chained_item_right_of_its_cause() -> None:
    items = [Item("prepared", 2), Item("preparation", 3), Item("raw", 2)]
    drawing = arrange(items, [Link("raw", "preparation"), Link("preparation", "prepared")])
    assert drawing.boxes["prepared"].column > drawing.boxes["preparation"].column


def test_arrange_leads_long_links_between_the_cards_they_pass() -> None:
    items = [Item("commit", 0), Item("run", 2), *(Item(f"data{n}", 1) for n in range(3))]
    links = [Link("commit", "run"), *(Link(f"data{n}", "run") for n in range(3))]
    drawing = arrange(items, links)
    values = numbers(drawing.curves[0].path)
    heights = {y for x, y in zip(values[::2], values[1::2], strict=True) if x == drawing.boxes["data0"].x}
    assert heights
    for y in heights:
        assert all(not box.y < y < box.y + CARD_HEIGHT for key, box in drawing.boxes.items() if "data" in key)


def test_arrange_uncrosses_what_can_be_uncrossed() -> None:
    items = [Item(f"a{n}", 0) for n in range(5)] + [Item(f"b{n}", 1) for n in range(5)]
    drawing = arrange(items, [Link(f"a{n}", f"b{4 - n}") for n in range(5)])
    order = sorted(range(5), key=lambda n: drawing.boxes[f"a{n}"].y)
    assert order == sorted(range(5), key=lambda n: drawing.boxes[f"b{4 - n}"].y)


def crossed(order: Drawing, links: list[Link]) -> int:
    """Pairs of links between the same two columns that cross."""
    spans: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for link in links:
        tail, head = order.boxes[link.tail], order.boxes[link.head]
        spans.setdefault((tail.column, head.column), []).append((tail.y, head.y))
    return sum(
        (one[0] - other[0]) * (one[1] - other[1]) < 0
        for span in spans.values()
        for one, other in combinations(span, 2)
    )


def test_arrange_crosses_far_fewer_links_than_the_order_it_is_given() -> None:
    """ELK's layered algorithm leaves 0.6 of the crossings of an unsorted drawing of such graphs."""
    graph = HubGraph(300)
    items = [Item(str(node.id), RANKS[NodeKind(node.kind)]) for node in graph.nodes()]
    links = [Link(str(edge.src), str(edge.dst), edge.kind == "version_of") for edge in graph.edges]
    shuffled = random.Random(1).sample(items, len(items))
    drawing = arrange(shuffled, links)
    unsorted = {item.key: replace(drawing.boxes[item.key], y=y) for y, item in enumerate(shuffled)}
    assert crossed(drawing, links) < 0.69 * crossed(replace(drawing, boxes=unsorted), links)


def test_coordinates_spaces_the_unlinked_evenly_in_their_order() -> None:
    columns = [np.arange(0, 40), np.arange(40, 43)]
    none = np.zeros(0, dtype=np.intp)
    middle = coordinates(columns, tails=none, heads=none, extents=np.full(43, 82.0))
    assert np.allclose(np.diff(middle[:40]), 82)
    assert np.allclose(np.diff(middle[40:]), 82)
