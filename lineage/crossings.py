"""Orders the columns of a layered drawing so that few edges cross."""

from collections.abc import Mapping, Sequence

SWEEPS = 3


def order_columns(columns: Sequence[Sequence[str]], steps: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The columns, each sorted by the barycentres of its neighbours; ties keep their order.

    `steps` join vertices of neighbouring columns, left to right. Sweeps go right, then left, and
    end going left, so that causes line up with what the reader looks at.
    """
    causes: dict[str, list[str]] = {vertex: [] for column in columns for vertex in column}
    effects: dict[str, list[str]] = {vertex: [] for vertex in causes}
    for tail, head in steps:
        effects[tail].append(head)
        causes[head].append(tail)
    ordered = [list(column) for column in columns]
    place = {vertex: float(index) for column in ordered for index, vertex in enumerate(column)}
    for _ in range(SWEEPS):
        for column in ordered[1:]:
            _sort(column, causes, place)
        for column in reversed(ordered[:-1]):
            _sort(column, effects, place)
    return ordered


def _sort(column: list[str], neighbours: Mapping[str, Sequence[str]], place: dict[str, float]) -> None:
    """Sort one column in place; a vertex without neighbours stays where it is."""
    centre = {
        vertex: sum([place[near] for near in nearby]) / len(nearby)
        if (nearby := neighbours[vertex])
        else place[vertex]
        for vertex in column
    }
    column.sort(key=centre.__getitem__)
    place.update((vertex, float(index)) for index, vertex in enumerate(column))
