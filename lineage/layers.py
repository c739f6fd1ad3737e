"""The columns of a layered drawing as arrays: numbered vertices, and their neighbours on either side."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One column's vertices with their neighbours on one side.

    A step joins `near`, an index into `vertices`, with the vertex `far` of the column next to it.
    """

    vertices: Numbers
    near: Numbers
    far: Numbers
    counts: Numbers

    def means(self, values: Values) -> Values:
        """The mean of each vertex' neighbours; its own value where it has none."""
        sums = np.bincount(self.near, weights=values[self.far], minlength=len(self.vertices))
        return np.where(self.counts, sums / np.maximum(self.counts, 1), values[self.vertices])


def sides(columns: Sequence[Numbers], *, near: Numbers, far: Numbers) -> list[Side]:
    """Each column with the neighbours that the steps (`near[i]`, `far[i]`) give its vertices."""
    total = sum(len(column) for column in columns)
    home, index = np.zeros(total, dtype=np.intp), np.zeros(total, dtype=np.intp)
    for number, column in enumerate(columns):
        home[column], index[column] = number, np.arange(len(column))
    order = np.argsort(home[near], kind="stable")
    cuts = np.searchsorted(home[near][order], np.arange(len(columns) + 1))
    parts = (order[start:end] for start, end in pairwise(cuts.tolist()))
    return [
        Side(column, index[near[part]], far[part], np.bincount(index[near[part]], minlength=len(column)))
        for column, part in zip(columns, parts, strict=True)
    ]
