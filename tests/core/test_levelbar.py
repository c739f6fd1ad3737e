"""The cells of the level bar."""

import pytest

from core.levelbar import BAR_WIDTH, BELOW, CELL_WIDTH, CellState, cells

MET, WAIVED, POSSIBLE, EMPTY, UNSEEN = CellState


@pytest.mark.parametrize(
    ("confirmed", "potential", "waived", "states"),
    [
        (None, None, (), [UNSEEN, UNSEEN, UNSEEN]),
        (None, 2, (), [UNSEEN, UNSEEN, UNSEEN]),
        (BELOW, BELOW, (), [EMPTY, EMPTY, EMPTY]),
        (BELOW, 0, (), [POSSIBLE, EMPTY, EMPTY]),
        (0, None, (), [MET, EMPTY, EMPTY]),
        (0, 1, (), [MET, POSSIBLE, EMPTY]),
        (0, 2, (), [MET, POSSIBLE, POSSIBLE]),
        (1, 1, (), [MET, MET, EMPTY]),
        (2, 2, (2,), [MET, MET, WAIVED]),
        (1, 2, (2,), [MET, MET, POSSIBLE]),
    ],
)
def test_cells_states(
    confirmed: int | None, potential: int | None, waived: tuple[int, ...], states: list[CellState]
) -> None:
    drawn = cells(confirmed, potential=potential, waived=waived)
    assert [cell.state for cell in drawn] == states


def test_cells_mark_the_target_only() -> None:
    assert [cell.target for cell in cells(1, target=2)] == [False, False, True]
    assert not any(cell.target for cell in cells(1))


def test_cells_fill_the_width() -> None:
    drawn = cells(2)
    assert [cell.level for cell in drawn] == [0, 1, 2]
    assert drawn[-1].x + CELL_WIDTH == BAR_WIDTH


@pytest.mark.parametrize("wrong", [{"potential": 3}, {"target": -2}, {"waived": (4,)}])
def test_cells_refuse_unknown_levels(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="A level is 0, 1 or 2"):
        cells(1, **wrong)  # type: ignore[arg-type]
