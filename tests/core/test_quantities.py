"""How numbers are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quantities import ABSENT, percentage, written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.084321, "0.0843"),
        (0.5, "0.5"),
        (90.0, "90"),
        (0.0, "0"),
        (9.996, "10"),
        (12345.6, "12,300"),
        (1234567, "1,234,567"),
        (-2.25, "−2.25"),
        (3.21e-5, "3.21 × 10⁻⁵"),
        (2.5e15, "2.5 × 10¹⁵"),
        (None, ABSENT),
        (math.nan, ABSENT),
        (math.inf, ABSENT),
    ],
)
def test_written_three_digits(value: float | None, text: str) -> None:
    assert written(value) == text


def test_written_unit_stays_on_the_line() -> None:
    assert written(640, unit="ms") == "640\N{NO-BREAK SPACE}ms"


@pytest.mark.parametrize(
    ("share", "text"), [(0.843, "84.3 %"), (1, "100 %"), (0, "0 %"), (0.9999, "> 99.9 %"), (None, ABSENT)]
)
def test_percentage_never_claims_a_whole_that_is_none(share: float | None, text: str) -> None:
    assert percentage(share).replace("\N{NO-BREAK SPACE}", " ") == text


@given(st.floats(min_value=1e-3, max_value=1e11))
def test_written_keeps_three_digits(value: float) -> None:
    back = float(written(value).replace(",", ""))
    assert back == pytest.approx(value, rel=0.00501)
