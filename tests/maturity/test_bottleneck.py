"""Where the time goes: every number from facts, every decision by the written rule."""

from dataclasses import replace
from datetime import timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maturity.bottleneck import Bottleneck, Certainty, Side, Sign, bottleneck, decide
from maturity.facts import Deployment, ModelVersion, PipelineRun, PipelineVersion, Run, SystemFacts
from maturity.measures import FIRM, Measure, Measured, measures, median_interval, wilson_interval
from tests.maturity.made import (
    DAY,
    NOW,
    commit,
    dataset,
    deployment,
    facts,
    happening,
    pipeline_run,
    pipeline_version,
    ref,
    run,
    version,
)

HOUR = timedelta(hours=1)
CLEAR, LEANING = Certainty.CLEAR, Certainty.LEANING


def changes(
    count: int,
    *,
    commit_to_run: float = 1,
    to_registered: float = 1,
    to_deployed: float = 1,
    pipeline: float = 1,
    failed: int = 0,
) -> SystemFacts:
    """`count` changes of the model and of the pipeline, a week apart; lead times in hours."""
    runs: list[Run] = []
    versions: list[ModelVersion] = []
    deployments: list[Deployment] = []
    pipelines: list[PipelineVersion] = []
    executions: list[PipelineRun] = []
    for n in range(count):
        made = commit(sha=f"{n:040d}", ref=ref("commit", str(n)), committed_at=NOW - (10 + 7 * n) * DAY)
        started = made.committed_at + timedelta(hours=commit_to_run)  # type: ignore[operator]
        each = run(
            f"run-{n}",
            commit=made,
            started_at=started,
            ended_at=started + HOUR,
            datasets=(dataset(digest=str(n)),),
        )
        registered = started + HOUR + timedelta(hours=to_registered)
        ours = version(str(n), run=each, created_at=registered)
        changed = NOW - (10 + 7 * n) * DAY
        pipe = pipeline_version(ref=ref("pipeline_version", str(n)), created_at=changed, commit=None)
        runs.append(each)
        versions.append(ours)
        deployments.append(
            deployment(
                ref=ref("deployment", str(n)),
                version_uid=ours.ref.uid,
                at=registered + timedelta(hours=to_deployed),
            )
        )
        pipelines.append(pipe)
        executions.append(
            pipeline_run(
                f"good-{n}",
                version_uid=pipe.ref.uid,
                started_at=changed,
                ended_at=changed + timedelta(hours=pipeline),
            )
        )
    executions += [
        pipeline_run(f"bad-{n}", state="FAILED", started_at=NOW - (n + 1) * HOUR) for n in range(failed)
    ]
    return facts(
        runs=tuple(runs),
        versions=tuple(versions),
        deployments=tuple(deployments),
        pipeline_versions=tuple(pipelines),
        pipeline_runs=tuple(executions),
        events=(),
    )


def named(found: SystemFacts) -> dict[Measured, Measure]:
    return {each.id: each for each in measures(found)}


def test_every_lead_time_has_value_interval_span_source_and_evidence() -> None:
    found = named(changes(6, commit_to_run=3, to_registered=2, to_deployed=5, pipeline=7))
    times = {name: found[name].value for name in list(Measured)[:4]}
    assert times == {
        Measured.COMMIT_TO_RUN: 3,
        Measured.RUN_TO_REGISTERED: 2,
        Measured.REGISTERED_TO_DEPLOYED: 5,
        Measured.PIPELINE_TO_LIVE: 7,
    }
    first = found[Measured.COMMIT_TO_RUN]
    assert (first.n, first.low, first.high, first.sources) == (6, 3, 3, ("git", "mlflow"))
    assert (first.since, first.until) == (NOW - 45 * DAY, NOW - 10 * DAY + 3 * HOUR)
    assert [e.kind for e in first.examples[0].evidence] == ["commit", "run"]


def test_a_commit_counts_once_with_its_first_run() -> None:
    made = changes(3, commit_to_run=2)
    again = replace(made.runs[0], ref=ref("run", "again"), started_at=NOW - DAY)
    found = named(replace(made, runs=(again, *made.runs)))[Measured.COMMIT_TO_RUN]
    assert (found.n, found.value) == (3, 2)


def test_an_old_commit_says_nothing_of_how_long_it_waited() -> None:
    old = run(commit=commit(committed_at=NOW - 300 * DAY), started_at=NOW - DAY)
    assert named(facts(runs=(old,)))[Measured.COMMIT_TO_RUN].n == 0


def test_a_run_before_its_commit_is_left_out() -> None:
    odd = run(commit=commit(committed_at=NOW - DAY), started_at=NOW - 2 * DAY)
    assert named(facts(runs=(odd,)))[Measured.COMMIT_TO_RUN].n == 0


def test_registered_while_the_run_goes_on_waited_for_nothing() -> None:
    made = changes(3, to_registered=-0.5)
    assert named(made)[Measured.RUN_TO_REGISTERED].value == 0


def test_a_moment_in_the_future_is_left_out() -> None:
    made = changes(3)
    ahead = replace(made.versions[0], created_at=NOW + DAY)
    assert named(replace(made, versions=(ahead, *made.versions[1:])))[Measured.RUN_TO_REGISTERED].n == 2


def test_a_claim_is_no_deployment() -> None:
    made = changes(3)
    claimed = tuple(replace(d, observed=False) for d in made.deployments)
    assert named(replace(made, deployments=claimed))[Measured.REGISTERED_TO_DEPLOYED].n == 0


def test_pipeline_change_begins_with_its_commit_where_that_is_known() -> None:
    made = changes(3, pipeline=1)
    early = tuple(
        replace(p, commit=commit(committed_at=p.created_at - 4 * HOUR))  # type: ignore[operator]
        for p in made.pipeline_versions
    )
    assert named(replace(made, pipeline_versions=early))[Measured.PIPELINE_TO_LIVE].value == 5


def test_failed_runs_leave_out_what_a_person_stopped() -> None:
    made = changes(8, failed=2)
    stopped = pipeline_run("stopped", state="CANCELED")
    found = named(replace(made, pipeline_runs=(*made.pipeline_runs, stopped)))[Measured.FAILED_RUNS]
    assert (found.count, found.n, found.value) == (2, 10, 0.2)
    assert [e.label for e in found.examples] == ["bad-0", "bad-1"]


def test_repeated_runs_have_the_same_commit_parameters_and_data() -> None:
    same = tuple(run(f"r{n}", started_at=NOW - n * DAY) for n in range(1, 4))
    other = run("other", started_at=NOW - 4 * DAY, params={"depth": "5"})
    unknown = run("unknown", started_at=NOW - 5 * DAY, commit=None)
    found = named(facts(runs=(*same, other, unknown)))[Measured.REPEATED_RUNS]
    assert (found.count, found.n) == (2, 4)


def test_manual_runs_leave_open_who_called_the_api() -> None:
    hand = run("by-hand", orchestrator_run_id="", pipeline_run=None)
    called = pipeline_run("called", schedule_id="")
    made = facts(versions=(version(run=hand),), runs=(hand,), pipeline_runs=(called, *facts().pipeline_runs))
    found = named(made)[Measured.MANUAL_RUNS]
    assert (found.count, found.n, found.u) == (1, 1 + len(facts().pipeline_runs), 1)


def test_manual_deployments_are_those_of_people() -> None:
    kinds = ("token ci", "mei", "mei")
    made = tuple(deployment(ref=ref("deployment", str(n))) for n in range(3))
    events = tuple(happening("deployed", d.ref, actor=a) for d, a in zip(made, kinds, strict=True))
    found = named(facts(deployments=made, events=events))[Measured.MANUAL_DEPLOYMENTS]
    assert (found.count, found.n) == (2, 3)


@pytest.mark.parametrize("n", range(1, 40))
def test_median_interval_covers_ninety_percent_and_not_more_than_it_must(n: int) -> None:
    low, high = median_interval([float(i) for i in range(n)])
    cut = int(low)
    assert high == n - 1 - cut
    missed = 2 * sum(comb(n, j) for j in range(cut + 1)) / 2**n
    tighter = 2 * sum(comb(n, j) for j in range(cut + 2)) / 2**n
    assert missed <= 0.1 or cut == 0
    assert tighter > 0.1
    assert (missed <= 0.1) == (n >= FIRM)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(2, 10, 0.0686, 0.4599), (0, 10, 0.0, 0.2130), (10, 10, 0.7870, 1.0)]
)
def test_wilson_interval(count: int, n: int, low: float, high: float) -> None:
    assert list(wilson_interval(count, n)) == pytest.approx([low, high], abs=1e-3)


@given(st.integers(1, 500), st.data())
def test_wilson_interval_holds_the_share(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    low, high = wilson_interval(count, n)
    assert 0 <= low <= count / n + 1e-12
    assert count / n - 1e-12 <= high <= 1


def verdict(found: Bottleneck) -> tuple[Side, Certainty | None, int | None]:
    return found.side, found.certainty, found.fits


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (changes(6, commit_to_run=100), (Side.MAKING, CLEAR, 1)),
        (changes(6, pipeline=100), (Side.MAINTAINING, CLEAR, 2)),
        (changes(4, pipeline=100), (Side.MAINTAINING, LEANING, 2)),
        (changes(2, pipeline=100), (Side.UNKNOWN, None, None)),
        (changes(6, pipeline=3), (Side.UNKNOWN, None, None)),
        (changes(12, failed=12, pipeline=3), (Side.MAINTAINING, CLEAR, 2)),
        (changes(12, failed=4, pipeline=3), (Side.MAINTAINING, LEANING, 2)),
        (changes(12, failed=12, commit_to_run=100), (Side.UNKNOWN, None, None)),
        (changes(12, failed=4, commit_to_run=100), (Side.MAKING, LEANING, 1)),
        (facts(runs=(), versions=(), pipeline_runs=(), deployments=()), (Side.UNKNOWN, None, None)),
    ],
)
def test_verdict(found: SystemFacts, expected: tuple[Side, Certainty | None, int | None]) -> None:
    assert verdict(bottleneck(found)) == expected


def test_contradicting_signs_are_told_from_no_sign() -> None:
    torn, silent = bottleneck(changes(12, failed=12, commit_to_run=100)), bottleneck(changes(2))
    assert (torn.is_torn, silent.is_torn) == (True, False)


def test_a_leg_that_nobody_saw_may_be_of_any_length() -> None:
    made = replace(changes(6, pipeline=100), deployments=())
    found = bottleneck(made)
    assert (found.side, found.model_way.is_whole) == (Side.UNKNOWN, False)
    longer = replace(changes(6, commit_to_run=100), deployments=())
    assert verdict(bottleneck(longer)) == (Side.MAKING, CLEAR, 1)


@given(
    st.lists(
        st.builds(
            Sign,
            st.sampled_from([Side.MAKING, Side.MAINTAINING]),
            st.sampled_from(Certainty),
            st.just("ways"),
        ),
        max_size=4,
    )
)
def test_decision_never_goes_against_all_signs(signs: list[Sign]) -> None:
    side, certainty = decide(signs)
    assert side is Side.UNKNOWN or side in {sign.side for sign in signs}
    assert (certainty is None) == (side is Side.UNKNOWN)
