"""A gain is told at once, a loss when a second look agrees, blindness never."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.models import System
from maturity import services
from maturity.announcements import SETTLED, Levels, level_to_tell
from maturity.facts import SystemFacts
from maturity.models import Announcement, Assessment, Confirmation, FactsSnapshot
from maturity.services import assess_system
from tests.conftest import World
from tests.maturity.made import NOW, facts, source, with_version

HOUR = timedelta(hours=1)
GOOD, BAD = facts(), with_version(commit=None)


def assess(system: System, given: SystemFacts, *, hours: float) -> None:
    now = NOW + hours * HOUR
    sources = tuple(
        source(each.kind, seen_at=now, blind=each.blind, reason=each.reason) for each in given.sources
    )
    with patch.object(services, "load_facts", return_value=replace(given, now=now, sources=sources)):
        assess_system(system, now=now)


def told(capability: str = "repro") -> list[tuple[int | None, int | None]]:
    rows = Announcement.objects.filter(capability=capability, rubric="google").order_by("pk")
    return list(rows.values_list("before", "after"))


@pytest.mark.parametrize(
    ("known", "before", "now", "settled", "expected"),
    [
        (1, (1, 1), (2, 2), False, 2),  # a gain at once
        (2, (2, 2), (1, 1), True, None),  # the first look at a loss
        (2, (1, 1), (1, 1), True, 1),  # the second agrees
        (2, (1, 1), (1, 1), False, None),  # a repetition is no second look
        (2, (1, 2), (1, 2), True, None),  # only unseen
        (2, (0, 1), (0, 1), True, 1),  # told as far as it is known
        (2, (0, 0), (1, 1), True, 1),  # told as far as both agree
        (2, (None, None), (1, 1), True, None),  # nothing was known before
        (2, (1, 1), (None, None), True, None),  # blind
        (None, (None, None), (0, 2), False, 0),  # the first level ever
        (None, (None, None), (-1, 2), False, None),
        (1, (1, 1), (1, 2), True, None),
    ],
)
def test_level_to_tell(
    known: int | None,
    before: tuple[int | None, int | None],
    now: tuple[int | None, int | None],
    settled: bool,
    expected: int | None,
) -> None:
    found = level_to_tell(known, before=Levels(*before), now=Levels(*now), settled=settled)
    assert found == expected


pairs = st.tuples(st.integers(-1, 4), st.integers(0, 3)).map(lambda p: Levels(p[0], min(4, p[0] + p[1])))


@given(known=st.integers(-1, 4), before=pairs, now=pairs, settled=st.booleans())
def test_a_loss_is_never_told_while_the_level_is_possible(
    known: int, before: Levels, now: Levels, settled: bool
) -> None:
    found = level_to_tell(known, before=before, now=now, settled=settled)
    assert found != known
    if found is not None and found < known:
        assert settled
        assert before.potential is not None
        assert now.potential is not None
        assert max(before.potential, now.potential) == found
    if found is not None and found > known:
        assert found == now.confirmed


def test_the_first_assessment_announces_nothing(world: World) -> None:
    assess(world.system, GOOD, hours=0)
    assert not Announcement.objects.exists()


def test_a_loss_waits_for_the_second_look_and_a_gain_does_not(world: World) -> None:
    assess(world.system, GOOD, hours=0)
    high = _level(world.system)
    assess(world.system, BAD, hours=1)
    assert told() == []
    assess(world.system, BAD, hours=2)
    assert told() == [(high, 0)]
    assess(world.system, BAD, hours=3)
    assert told() == [(high, 0)]
    assess(world.system, GOOD, hours=4)
    assert told() == [(high, 0), (0, high)]


def test_a_loss_that_does_not_last_is_not_told(world: World) -> None:
    for hours, each in enumerate((GOOD, BAD, GOOD, GOOD)):
        assess(world.system, each, hours=hours)
    assert told() == []


def test_a_blind_spell_never_announces_a_loss(world: World) -> None:
    assess(world.system, GOOD, hours=0)
    dark = facts(sources=tuple(source(kind) for kind in ("kfp", "deployments")))
    for hours in range(1, 5):
        assess(world.system, dark, hours=hours)
    assert not Announcement.objects.exists()
    assess(world.system, GOOD, hours=5)
    assert not Announcement.objects.exists()


def test_the_same_message_twice_is_no_second_look(world: World) -> None:
    assess(world.system, GOOD, hours=0)
    assess(world.system, BAD, hours=1)
    assess(world.system, BAD, hours=1)
    assess(world.system, BAD, hours=1 + SETTLED / HOUR / 2)
    assert told() == []
    assess(world.system, BAD, hours=1 + SETTLED / HOUR)
    assert len(told()) == 1


def test_a_kill_before_the_end_leaves_nothing_half_written(world: World) -> None:
    assess(world.system, GOOD, hours=0)
    held, days = Confirmation.objects.get(rubric="google"), FactsSnapshot.objects.get()
    with patch.object(services, "announce", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        assess(world.system, BAD, hours=1)
    assert Assessment.objects.filter(rubric="google").count() == 1
    assert Confirmation.objects.get(rubric="google").confirmed_at == held.confirmed_at
    assert FactsSnapshot.objects.get().digest == days.digest
    assess(world.system, BAD, hours=1)
    assert Assessment.objects.filter(rubric="google").count() == 2


def test_announcing_takes_as_many_statements_after_many_changes(world: World) -> None:
    counts = []
    for start in (0, 40):
        for hours in range(start, start + 10 + start // 4):
            assess(world.system, BAD if hours % 3 else GOOD, hours=hours)
        with CaptureQueriesContext(connection) as queries:
            assess(world.system, GOOD, hours=start + 30)
            assess(world.system, GOOD, hours=start + 31)
        counts.append(len(queries))
    assert abs(counts[0] - counts[1]) <= 6  # an assessment that is written or not, never more
    assert told()


def _level(system: System) -> int:
    held = Confirmation.objects.select_related("assessment").get(system=system, rubric="google").assessment
    found = next(c["confirmed"] for c in held.capabilities if c["capability"] == "repro")
    return int(found)
