"""Orders the columns of a layered drawing so that few edges cross."""

from collections.abc import Sequence

import numpy as np

from lineage.layers import Numbers, Side, Values, sides

SWEEPS = 3


def order_columns(columns: Sequence[Numbers], *, tails: Numbers, heads: Numbers) -> list[Numbers]:
    """The columns, each sorted by the barycentres of its neighbours; ties keep their order.

    `tails[i]` and `heads[i]` are vertices of neighbouring columns, left to right. Sweeps go right, then
    left, and end going left, so that causes line up with what the reader looks at; they stop early when
    one changes nothing.
    """
    causes, effects = sides(columns, near=heads, far=tails), sides(columns, near=tails, far=heads)
    place = np.zeros(sum(len(column) for column in columns))
    ordered = [np.arange(len(column)) for column in columns]
    for column in columns:
        place[column] = np.arange(len(column))
    walk = [*enumerate(causes)][1:] + [*enumerate(effects)][-2::-1]
    for _ in range(SWEEPS):
        before = place.copy()
        for number, side in walk:
            ordered[number] = _sorted(side, ordered[number], place)
        if np.array_equal(before, place):
            break
    return [column[order] for column, order in zip(columns, ordered, strict=True)]


def _sorted(side: Side, order: Numbers, place: Values) -> Numbers:
    """The new order of a column (indices into it), noted in `place` too."""
    order = order[np.argsort(side.means(place)[order], kind="stable")]
    place[side.vertices[order]] = np.arange(len(order))
    return order
