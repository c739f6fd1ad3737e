"""Gives the vertices of ordered columns their vertical places, close to their neighbours'."""

from collections.abc import Sequence

import networkx as nx
import numpy as np

from lineage.layers import Numbers, Values, sides

SWEEPS = 2


def coordinates(columns: Sequence[Numbers], *, tails: Numbers, heads: Numbers, extents: Values) -> Values:
    """The middle of every vertex, growing downwards; the order of each column is kept.

    `extents`: the height of each vertex with the free space it wants around itself.
    Starts from networkx' multipartite layout and then lets every column move, in turn, as close as
    its order and gaps allow to the mean of its neighbours on one side.
    """
    middle = _multipartite(columns, float(extents.max(initial=0.0)))
    offsets = [_offsets(extents[column]) for column in columns]
    causes, effects = sides(columns, near=heads, far=tails), sides(columns, near=tails, far=heads)
    leftwards = list(zip(effects, offsets, strict=True))[-2::-1]
    rightwards = list(zip(causes, offsets, strict=True))[1:]
    for _ in range(SWEEPS):
        for side, offset in (*leftwards, *rightwards):
            middle[side.vertices] = _settled(side.means(middle) - offset) + offset
    return middle


def _multipartite(columns: Sequence[Numbers], pitch: float) -> Values:
    """networkx' even spacing, each column centred, scaled back so that one place is one `pitch`."""
    layers = {number: column.tolist() for number, column in enumerate(columns)}
    graph = nx.empty_graph(sum(len(column) for column in columns))
    found = nx.multipartite_layout(graph, subset_key=layers)
    y = np.array([found[vertex][1] for vertex in graph])
    tallest = max(columns, key=len, default=np.zeros(0, dtype=np.intp))
    if len(tallest) < 2:
        return np.zeros(len(y))
    unit = (y[tallest[-1]] - y[tallest[0]]) / (len(tallest) - 1)
    scaled: Values = y / unit * pitch
    return scaled


def _offsets(extents: Values) -> Values:
    """The smallest distance of each vertex of a column from its first one."""
    return np.concatenate(([0.0], np.cumsum((extents[:-1] + extents[1:]) / 2)))[: len(extents)]


def _settled(wanted: Values) -> Values:
    """The values nearest (least squares) to those wanted that do not fall along the column.

    Isotonic regression, solved by pooling adjacent violators.
    """
    means: list[float] = []
    sizes: list[int] = []
    for value in wanted.tolist():
        mean, size = value, 1
        while means and means[-1] >= mean:
            other, count = means.pop(), sizes.pop()
            mean, size = (other * count + mean * size) / (count + size), count + size
        means.append(mean)
        sizes.append(size)
    return np.repeat(means, sizes)
