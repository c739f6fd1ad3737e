"""The drawing: no overlap, always from left to right, always the same."""

import re
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.layout import CARD_HEIGHT, CARD_WIDTH, Drawing, Item, Link, arrange

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


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_arrange_never_lets_cards_overlap(graph: Graph) -> None:
    drawing = arrange(*graph)
    assert set(drawing.boxes) == {item.key for item in graph[0]}
    assert overlaps(drawing) == []


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_arrange_draws_every_forward_link_to_the_right(graph: Graph) -> None:
    drawing = arrange(*graph)
    assert len(drawing.curves) == len(graph[1])
    for curve in drawing.curves:
        if not curve.is_back:
            assert drawing.boxes[curve.tail].column < drawing.boxes[curve.head].column


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_arrange_keeps_everything_on_the_sheet(graph: Graph) -> None:
    drawing = arrange(*graph)
    for box in drawing.boxes.values():
        assert 0 <= box.x <= drawing.width - CARD_WIDTH
        assert 0 <= box.y <= drawing.height - CARD_HEIGHT


@given(graphs())
@settings(max_examples=50, deadline=None)
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
