"""The level bar: a cell a level, the one drawing of a level wherever a level is shown.

Points are drawn in the same way: a cell a point, half filled for half a point.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

BELOW = -1
"""Not even level 0 is reached."""

USUAL_TOP = 2
"""The highest level unless said otherwise."""

SHADES = 3
"""So many shades tell the levels apart, the lowest first."""

CELL_WIDTH, CELL_HEIGHT, PITCH = 14, 16, 16


class CellState(StrEnum):
    """What a cell says of its level or point."""

    MET = "met"
    HALF = "half"
    WAIVED = "waived"
    POSSIBLE = "possible"
    EMPTY = "empty"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its level, state, whether it is the target, its left edge, and its shade from 0 up."""

    level: int
    state: CellState
    target: bool
    x: int
    shade: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The cells, level 0 (or the first point) first, in a drawing 16 high."""

    cells: tuple[Cell, ...]

    @property
    def width(self) -> int:
        return PITCH * (len(self.cells) - 1) + CELL_WIDTH


def bar(
    confirmed: int | None,
    *,
    potential: int | None = None,
    target: int | None = None,
    waived: Collection[int] = (),
    top: int = USUAL_TOP,
) -> Bar:
    """The bar of a ladder from level 0 to `top`.

    `confirmed` and `potential` (reached if every unknown turns out well) are levels, or BELOW; None
    as `confirmed` means not assessed. `waived` holds the levels that only a waiver lets count as
    reached. A `target` above the top is not drawn: it was set on another ladder.
    """
    for level in (confirmed, potential, *waived):
        if level is not None and not BELOW <= level <= top:
            raise ValueError(f"A level is a whole number from 0 to {top}, not {level!r}.")
    states = [
        _state(level, confirmed=confirmed, potential=potential, waived=waived) for level in range(top + 1)
    ]
    return _bar(states, target=target)


def points_bar(score: float, potential: float | None = None, *, most: int) -> Bar:
    """The bar of a sum of points out of `most`; `potential` is what it may still become."""
    possible = score if potential is None else potential
    return _bar([_point(number, score=score, possible=possible) for number in range(most)], target=None)


def _bar(states: list[CellState], *, target: int | None) -> Bar:
    last = max(1, len(states) - 1)
    return Bar(
        tuple(
            Cell(
                level=level,
                state=state,
                target=level == target,
                x=level * PITCH,
                shade=level * (SHADES - 1) // last,
            )
            for level, state in enumerate(states)
        )
    )


def _state(level: int, *, confirmed: int | None, potential: int | None, waived: Collection[int]) -> CellState:
    if confirmed is None:
        return CellState.UNSEEN
    if level <= confirmed:
        return CellState.WAIVED if level in waived else CellState.MET
    if potential is not None and level <= potential:
        return CellState.POSSIBLE
    return CellState.EMPTY


def _point(number: int, *, score: float, possible: float) -> CellState:
    """The state of the point after the first `number` ones."""
    if score >= number + 1:
        return CellState.MET
    if score > number:
        return CellState.HALF
    return CellState.POSSIBLE if possible > number else CellState.EMPTY
