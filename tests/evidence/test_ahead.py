"""Reading ahead keeps order, errors and ends."""

import threading
from collections.abc import Iterator

import pytest

from evidence.ahead import ahead


def test_ahead_keeps_the_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))


def test_ahead_makes_the_next_item_while_this_one_is_used() -> None:
    second = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    for item in ahead(items()):
        assert item == 2 or second.wait(5)


def test_ahead_never_makes_more_than_its_depth_and_the_one_in_hand() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    found = ahead(items(), depth=2)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert len(made) <= 4


def test_ahead_raises_where_the_source_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the source broke")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="the source broke"):
        next(found)


def test_ahead_closes_the_source_when_its_reader_stops() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    found = ahead(items())
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert closed.is_set()
