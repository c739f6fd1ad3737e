"""The level bar: three cells 0 · 1 · 2, the one drawing of a level wherever a level is shown."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

LEVELS = (0, 1, 2)
BELOW = -1
"""Not even level 0 is reached."""

CELL_WIDTH, CELL_HEIGHT, PITCH = 14, 16, 16
BAR_WIDTH = PITCH * (len(LEVELS) - 1) + CELL_WIDTH


class CellState(StrEnum):
    """What a cell says of its level."""

    MET = "met"
    WAIVED = "waived"
    POSSIBLE = "possible"
    EMPTY = "empty"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Cell:
    """One level's cell: its state, whether it is the target, and its left edge in a bar 46 wide, 16 high."""

    level: int
    state: CellState
    target: bool
    x: int


def cells(
    confirmed: int | None,
    *,
    potential: int | None = None,
    target: int | None = None,
    waived: Collection[int] = (),
) -> tuple[Cell, ...]:
    """The three cells, level 0 first.

    `confirmed` and `potential` (reached if every unknown turns out well) are levels 0 to 2, or BELOW;
    None as `confirmed` means not assessed. `waived` holds the levels that only a waiver lets count as
    reached.
    """
    for level in (confirmed, potential, target, *waived):
        if level is not None and level not in (BELOW, *LEVELS):
            raise ValueError(f"A level is 0, 1 or 2, not {level!r}.")
    return tuple(
        Cell(
            level=level,
            state=_state(level, confirmed=confirmed, potential=potential, waived=waived),
            target=level == target,
            x=level * PITCH,
        )
        for level in LEVELS
    )


def _state(level: int, *, confirmed: int | None, potential: int | None, waived: Collection[int]) -> CellState:
    if confirmed is None:
        return CellState.UNSEEN
    if level <= confirmed:
        return CellState.WAIVED if level in waived else CellState.MET
    if potential is not None and level <= potential:
        return CellState.POSSIBLE
    return CellState.EMPTY
