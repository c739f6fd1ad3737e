"""The cheapest way is really the cheapest, and what would be is what the one evaluation says."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.records import BlindReason
from maturity.criterion import Capability, Criterion, Effort, Rubric, Scoring
from maturity.evaluate import unknown
from maturity.finding import Strength, Verdict
from maturity.plan import OPEN, Turn, cheapest, cost_of, leverage, open_results, plan, turn_of, what_if
from maturity.result import Result

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
CAPABILITIES = ("exec", "repro", "deploy")


PLAIN = Criterion(
    id="plain",
    capability="exec",
    level=1,
    question="Is it so?",
    why="It matters.",
    how="By looking.",
    remedy="Mend it.",
    snippet="",
    effort=Effort.SMALL,
    subject="thing",
    probe="execution.not_notebook",
    condition="",
    needs=(),
    threshold=1,
    window=timedelta(days=90),
    gating=True,
    min_strength=Strength.ATTESTED,
)
LADDER = Rubric(
    id="ladder",
    version="1",
    name="A ladder",
    digest="",
    levels=("Zero", "One", "Two"),
    ttl={},
    default_ttl=timedelta(days=1),
    capabilities=(),
    criteria=(),
)


def criterion(name: str, capability: str = "exec", **changes: object) -> Criterion:
    return replace(PLAIN, id=name, capability=capability, **changes)  # type: ignore[arg-type]


def small(*criteria: Criterion) -> Rubric:
    names = dict.fromkeys(c.capability for c in criteria)
    capabilities = tuple(Capability(name, name, name) for name in names)
    return replace(LADDER, capabilities=capabilities, criteria=criteria)


def judged(each: Criterion, verdict: Verdict, reason: BlindReason | None = None) -> Result:
    reason = (reason or BlindReason.NO_SAMPLE) if verdict is UNKNOWN else None
    return replace(unknown(each, reason, "so"), verdict=verdict)


@st.composite
def judgements(draw: st.DrawFn) -> tuple[Rubric, tuple[Result, ...]]:
    criteria, results = [], []
    for capability in draw(st.sampled_from([CAPABILITIES[:1], CAPABILITIES[:2], CAPABILITIES])):
        for n in range(draw(st.integers(1, 3))):
            each = criterion(
                f"{capability}-{n}",
                capability,
                level=draw(st.integers(0, 2)),
                effort=draw(st.sampled_from(Effort)),
                attested=(word := draw(st.booleans())),
                probe="" if word else "execution.not_notebook",
                gating=n == 0 or draw(st.booleans()),
            )
            reason = draw(st.sampled_from([BlindReason.NO_SAMPLE, BlindReason.SOURCE_NOT_CONNECTED]))
            criteria.append(each)
            results.append(judged(each, draw(st.sampled_from(Verdict)), reason))
    under = small(*criteria)
    if draw(st.booleans()):
        under = replace(
            under, scoring=Scoring.POINTS, bands=draw(st.sampled_from([(0, 1), (0.5, 1.5), (1, 2)]))
        )
    return under, tuple(results)


def by_trying_all(results: tuple[Result, ...], under: Rubric, goal: int, capability: str = "") -> int | None:
    """The least cost of any set of open criteria that reaches the goal."""
    names = [r.criterion for r in open_results(results, under=under)]
    costs = [
        cost_of(done, under=under)
        for size in range(len(names) + 1)
        for done in combinations(names, size)
        if (level_of(results, done, under, capability)) >= goal
    ]
    return min(costs, default=None)


def level_of(results: tuple[Result, ...], done: tuple[str, ...], under: Rubric, capability: str) -> int:
    then = what_if(results, done=done, under=under)
    if not capability:
        return -2 if then.confirmed is None else then.confirmed
    confirmed = next(s.confirmed for s in then.standings if s.capability == capability)
    return -2 if confirmed is None else confirmed


@given(judgements(), st.integers(0, 2))
def test_cheapest_for_the_system_is_what_trying_all_finds(
    case: tuple[Rubric, tuple[Result, ...]], goal: int
) -> None:
    under, results = case
    found = cheapest(results, under=under, goal=goal)
    cost = None if found is None else cost_of(found, under=under)
    assert cost == by_trying_all(results, under, goal)


@given(judgements(), st.integers(0, 2))
def test_cheapest_for_a_capability_is_what_trying_all_finds(
    case: tuple[Rubric, tuple[Result, ...]], goal: int
) -> None:
    under, results = case
    found = cheapest(results, under=under, goal=goal, capability="exec")
    cost = None if found is None else cost_of(found, under=under)
    assert cost == by_trying_all(results, under, goal, "exec")


@given(judgements(), st.integers(0, 2))
def test_plan_reaches_what_it_says(case: tuple[Rubric, tuple[Result, ...]], goal: int) -> None:
    under, results = case
    made = plan(results, under=under, goal=goal)
    then = what_if(results, done=[step.criterion.id for step in made.steps], under=under)
    assert made.after == then.confirmed
    if made.reachable:
        assert made.after is not None
        assert made.after >= goal
    assert [lift for step in made.steps for lift in step.lifts if lift.after == -1] == []


@given(judgements())
def test_leverage_is_what_the_evaluation_says_of_each_alone(
    case: tuple[Rubric, tuple[Result, ...]],
) -> None:
    under, results = case
    found = {each.criterion: each for each in leverage(results, under=under)}
    before = what_if(results, done=(), under=under)
    for result in open_results(results, under=under):
        then = what_if(results, done=[result.criterion], under=under)
        pairs = zip(before.standings, then.standings, strict=True)
        rises = [
            b.capability
            for b, a in pairs
            if a.confirmed is not None and b.confirmed is not None and a.confirmed > b.confirmed
        ]
        each = found.get(result.criterion)
        assert rises == ([each.lift.capability] if each else [])
        if each:
            assert each.lifts_overall == (then.confirmed > before.confirmed)  # type: ignore[operator]


@given(judgements())
def test_what_if_of_nothing_changes_nothing(case: tuple[Rubric, tuple[Result, ...]]) -> None:
    under, results = case
    assert what_if(results, done=("no-such",), under=under).results == results


def test_what_if_leaves_what_holds_as_it_is() -> None:
    under = small(criterion("a", level=1))
    waived = judged(under.criteria[0], Verdict.WAIVED)
    assert what_if([waived], done=["a"], under=under).results == (waived,)
    assert Verdict.WAIVED not in OPEN


def test_points_are_raised_by_the_cheapest_tests_of_the_lowest_section() -> None:
    tests = (
        criterion("dear", "exec", effort=Effort.LARGE),
        criterion("cheap", "exec", effort=Effort.SMALL),
        criterion("word", "exec", effort=Effort.SMALL, attested=True, probe=""),
        criterion("high", "repro", effort=Effort.SMALL),
    )
    under = replace(small(*tests), scoring=Scoring.POINTS, bands=(0, 1))
    results = [judged(each, MET if each.id == "high" else NOT_MET) for each in tests]
    one = plan(results, under=under)
    assert [step.criterion.id for step in one.steps] == ["cheap"]
    more = plan(results, under=under, goal=2, capability="exec")
    assert {step.criterion.id for step in more.steps} == {"cheap", "word"}
    assert what_if(results, done=["cheap", "word"], under=under).score == 1


def test_a_word_does_not_confirm_a_level() -> None:
    under = small(criterion("a", level=1, attested=True, probe=""))
    assert not plan([judged(under.criteria[0], UNKNOWN)], under=under).reachable


def test_plan_goes_over_cheap_capabilities_first_and_tells_what_each_step_completes() -> None:
    under = small(
        criterion("image", "exec", level=1, effort=Effort.LARGE),
        criterion("commit", "repro", level=1, effort=Effort.MEDIUM),
        criterion("lock", "repro", level=1, effort=Effort.SMALL),
    )
    made = plan([judged(each, NOT_MET) for each in under.criteria], under=under)
    assert (made.before, made.goal, made.after, made.cost) == (0, 1, 2, 14)
    assert [step.criterion.id for step in made.steps] == ["lock", "commit", "image"]
    assert [[lift.capability for lift in step.lifts] for step in made.steps] == [[], ["repro"], ["exec"]]
    assert [lift.capability for lift in made.lifts] == ["exec", "repro"]


def test_plan_tells_apart_what_to_mend_and_what_to_find_out() -> None:
    under = small(criterion("a", level=1), criterion("b", level=1))
    made = plan([judged(under.criteria[0], UNKNOWN), judged(under.criteria[1], NOT_MET)], under=under)
    assert [step.criterion.id for step in made.to_mend] == ["b"]
    assert [step.criterion.id for step in made.to_find_out] == ["a"]
    assert [step.criterion.id for step in made.steps] == ["b", "a"]


def test_plan_of_a_finished_system_has_no_step() -> None:
    under = small(criterion("a", level=2))
    made = plan([judged(under.criteria[0], MET)], under=under)
    assert (made.goal, made.before, made.steps, made.reachable) == (2, 2, (), True)


def test_plan_says_when_nothing_leads_to_the_goal() -> None:
    under = small(criterion("a", level=1))
    made = plan([judged(under.criteria[0], Verdict.NOT_APPLICABLE)], under=under, goal=1)
    assert (made.reachable, made.steps) == (False, ())


def test_plan_leaves_capabilities_alone_that_nothing_can_see() -> None:
    under = small(criterion("a", "exec", level=1), criterion("b", "deploy", level=1))
    dark = judged(under.criteria[1], UNKNOWN, BlindReason.SOURCE_NOT_CONNECTED)
    made = plan([judged(under.criteria[0], NOT_MET), dark], under=under)
    assert [step.criterion.id for step in made.steps] == ["a"]


def test_an_unknown_id_of_an_old_row_is_left_out() -> None:
    under = small(criterion("a", level=1))
    old = judged(criterion("gone", level=1), NOT_MET)
    assert open_results([old], under=under) == ()


@pytest.mark.parametrize(
    ("verdict", "reason", "pending", "turn"),
    [
        (NOT_MET, None, (), Turn.TEAM),
        (NOT_MET, None, ("a",), Turn.APPROVER),
        (UNKNOWN, BlindReason.NO_SAMPLE, (), Turn.TEAM),
        (UNKNOWN, BlindReason.STALE, (), Turn.SOURCE),
        (UNKNOWN, BlindReason.PERMISSION_DENIED, (), Turn.SOURCE),
        (UNKNOWN, BlindReason.SOURCE_NOT_CONNECTED, (), Turn.CONNECT),
    ],
)
def test_turn(verdict: Verdict, reason: BlindReason | None, pending: tuple[str, ...], turn: Turn) -> None:
    assert turn_of(judged(criterion("a"), verdict, reason), pending=pending) is turn
