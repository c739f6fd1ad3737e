"""The cells of the level bar."""

import pytest

from core.levelbar import BELOW, CELL_WIDTH, CellState, bar, points_bar

MET, HALF, WAIVED, POSSIBLE, EMPTY, UNSEEN = CellState


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
def test_bar_states(
    confirmed: int | None, potential: int | None, waived: tuple[int, ...], states: list[CellState]
) -> None:
    drawn = bar(confirmed, potential=potential, waived=waived)
    assert [cell.state for cell in drawn.cells] == states


def test_bar_marks_the_target_only() -> None:
    assert [cell.target for cell in bar(1, target=2).cells] == [False, False, True]
    assert not any(cell.target for cell in bar(1).cells)
    assert not any(cell.target for cell in bar(1, target=4).cells)


@pytest.mark.parametrize("top", [1, 2, 4, 5])
def test_bar_has_a_cell_for_each_level(top: int) -> None:
    drawn = bar(top, top=top)
    assert [cell.level for cell in drawn.cells] == list(range(top + 1))
    assert drawn.cells[-1].x + CELL_WIDTH == drawn.width
    assert (drawn.cells[0].shade, drawn.cells[-1].shade) == (0, 2)


@pytest.mark.parametrize("wrong", [{"potential": 3}, {"potential": -2}, {"waived": (4,)}])
def test_bar_refuses_unknown_levels(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="A level is a whole number from 0 to 2"):
        bar(1, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "potential", "states"),
    [
        (0, None, [EMPTY] * 4),
        (1.5, 3, [MET, HALF, POSSIBLE, EMPTY]),
        (2, 2.5, [MET, MET, POSSIBLE, EMPTY]),
        (4, 4, [MET] * 4),
    ],
)
def test_points_bar_states(score: float, potential: float | None, states: list[CellState]) -> None:
    assert [cell.state for cell in points_bar(score, potential, most=4).cells] == states
