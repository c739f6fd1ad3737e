"""Gives the vertices of ordered columns their vertical places, close to their neighbours'."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import networkx as nx

SWEEPS = 2


def coordinates(
    columns: Sequence[Sequence[str]], steps: Sequence[tuple[str, str]], extents: Mapping[str, float]
) -> dict[str, float]:
    """The middle of every vertex, growing downwards; the order of each column is kept.

    `extents`: the height of each vertex with the free space it wants around itself.
    Starts from networkx' multipartite layout and then lets every column move, in turn, as close as
    its order and gaps allow to the mean of its neighbours on one side.
    """
    middle = _multipartite(columns, steps, max(extents.values(), default=0.0))
    causes: dict[str, list[str]] = {vertex: [] for vertex in middle}
    effects: dict[str, list[str]] = {vertex: [] for vertex in middle}
    for tail, head in steps:
        effects[tail].append(head)
        causes[head].append(tail)
    offsets = [_offsets(column, extents) for column in columns]
    spaced = list(zip(columns, offsets, strict=True))
    for _ in range(SWEEPS):
        for column, offset in reversed(spaced[:-1]):
            _settle(column, offset, effects, middle)
        for column, offset in spaced[1:]:
            _settle(column, offset, causes, middle)
    return middle


def _multipartite(
    columns: Sequence[Sequence[str]], steps: Sequence[tuple[str, str]], pitch: float
) -> dict[str, float]:
    """networkx' even spacing, each column centred, scaled back so that one place is one `pitch`."""
    graph = nx.DiGraph()
    for number, column in enumerate(columns):
        graph.add_nodes_from(column, column=number)
    graph.add_edges_from(steps)
    found = nx.multipartite_layout(graph, subset_key="column")
    tallest = max(columns, key=len, default=())
    if len(tallest) < 2:
        return dict.fromkeys(found, 0.0)
    unit = (found[tallest[-1]][1] - found[tallest[0]][1]) / (len(tallest) - 1)
    return {vertex: float(y / unit) * pitch for vertex, (_x, y) in found.items()}


def _offsets(column: Sequence[str], extents: Mapping[str, float]) -> list[float]:
    """The smallest distance of each vertex from the column's first one."""
    steps = ((extents[above] + extents[below]) / 2 for above, below in pairwise(column))
    return list(accumulate(steps, initial=0.0))


def _settle(
    column: Sequence[str],
    offsets: Sequence[float],
    neighbours: Mapping[str, Sequence[str]],
    middle: dict[str, float],
) -> None:
    """Move one column to the places nearest (least squares) to its neighbours' means.

    Wanted place minus offset must not fall along the column: isotonic regression, solved by pooling
    adjacent violators.
    """
    blocks: list[tuple[float, int]] = []
    for vertex, offset in zip(column, offsets, strict=True):
        nearby = neighbours[vertex]
        wanted = sum([middle[near] for near in nearby]) / len(nearby) if nearby else middle[vertex]
        mean, size = wanted - offset, 1
        while blocks and blocks[-1][0] >= mean:
            other, count = blocks.pop()
            mean, size = (other * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    place = 0
    for mean, size in blocks:
        for index in range(place, place + size):
            middle[column[index]] = mean + offsets[index]
        place += size
