"""Many systems in one view: every count adds up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from maturity.rollup import PILOT, PRODUCTION, TREND_POINTS, Member, Move, RollUp, roll_up

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def member(slug: str, confirmed: int | None, **changes: object) -> Member:
    values = {"name": slug, "team": "growth", "tier": PRODUCTION, "target": 1, "potential": confirmed}
    return Member(slug=slug, confirmed=confirmed, **{**values, **changes})  # type: ignore[arg-type]


def rolled(*members: Member, moves: tuple[Move, ...] = ()) -> RollUp:
    return roll_up(members, moves, top=2, now=NOW)


def test_distribution_counts_each_level_and_tier() -> None:
    found = rolled(
        member("a", 2), member("b", 1), member("c", -1), member("d", None), member("e", 0, tier=PILOT)
    )
    production, pilot = found.tallies
    assert (production.of, production.counts, production.unassessed) == (4, (1, 0, 1, 1), 1)
    assert production.shares == (0.5, 0.5, 0.25)
    assert (pilot.of, pilot.counts, pilot.shares) == (1, (0, 1, 0, 0), (1.0, 0.0, 0.0))


def test_floor_names_the_systems_and_their_cause() -> None:
    low = member("b", 0, held_by=("repro",), next_step="repro-commit-bound")
    found = rolled(member("a", 2), low, member("p", -1, tier=PILOT), member("n", None))
    assert found.floor is not None
    assert (found.floor.level, found.floor.systems) == (0, (low,))
    assert found.floor.example.next_step == "repro-commit-bound"


def test_nothing_assessed_has_no_floor() -> None:
    assert rolled(member("a", None)).floor is None
    assert rolled().production.shares == (None, None, None)


def test_distance_counts_levels_below_the_own_target() -> None:
    found = rolled(member("a", 1), member("b", 0, target=2), member("c", -1), member("d", None)).distance
    assert (found.of, found.reached, found.short, found.unassessed) == (4, 1, (0, 2, 0), 1)


def test_gaps_are_shared_by_two_at_least_and_most_shared_first() -> None:
    found = rolled(
        member("a", 0, gaps=("x", "y")), member("b", 0, gaps=("y", "x", "z")), member("c", 0, gaps=("y",))
    )
    assert [(gap.criterion, len(gap.systems), gap.of) for gap in found.gaps] == [("y", 3, 3), ("x", 2, 3)]


def test_trend_tells_what_held_then() -> None:
    moves = (Move("a", NOW - 100 * DAY, 0), Move("gone", NOW - 90 * DAY, 2), Move("a", NOW - 20 * DAY, 1))
    found = rolled(member("a", 1), member("new", None), moves=moves).trend
    assert len(found) == TREND_POINTS
    assert (found[0].counts, found[0].unassessed) == ((0, 0, 0, 0), 2)
    assert (found[-3].counts, found[-1].counts) == ((0, 1, 0, 0), (0, 0, 1, 0))
    assert found[-1].at == NOW


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, -1, 0, 1, 2]), st.sampled_from([PRODUCTION, PILOT]), st.integers(0, 2)
        )
    )
)
def test_counts_add_up_for_any_systems(cases: list[tuple[int | None, str, int]]) -> None:
    found = rolled(*(member(str(n), c, tier=t, target=g) for n, (c, t, g) in enumerate(cases)))
    for tally in found.tallies:
        assert sum(tally.counts) + tally.unassessed == tally.of
        shares = [share or 0.0 for share in tally.shares]
        assert shares == sorted(shares, reverse=True)
    distance = found.distance
    assert distance.reached + sum(distance.short) + distance.unassessed == distance.of
