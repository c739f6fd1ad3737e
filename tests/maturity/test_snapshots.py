"""What was known on a day comes back exactly; old days are thinned out, today's row follows the facts."""

import zlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maturity.load_facts import load_facts
from maturity.models import FactsSnapshot
from maturity.services import assess_system
from maturity.snapshots import KEPT_DAYS, SnapshotError, kept_days, prune, recall, remember
from maturity.tasks import prune_snapshots_task
from tests.conftest import World
from tests.factories import SystemFactory
from tests.maturity.made import DAY, NOW, dataset, facts, pipeline_run, run, source, version
from tests.maturity.stored import fill

TODAY = NOW.date()


def test_recall_gives_back_what_was_remembered(world: World) -> None:
    remember(world.system, facts())
    assert recall(world.system, TODAY) == facts()
    assert recall(world.system, TODAY - DAY) is None


def test_facts_of_the_store_come_back_exactly(world: World) -> None:
    fill(world.system)
    assess_system(world.system, now=NOW)
    assert recall(world.system, TODAY) == load_facts(world.system, now=NOW)


def test_today_is_replaced_and_yesterday_stays(world: World) -> None:
    remember(world.system, facts(now=NOW - DAY))
    remember(world.system, facts())
    remember(world.system, facts(now=NOW + timedelta(hours=1), models=()))
    today, before = recall(world.system, TODAY), recall(world.system, TODAY - DAY)
    assert today is not None
    assert before is not None
    assert (today.models, today.now, before.now) == ((), NOW + timedelta(hours=1), NOW - DAY)
    assert kept_days(world.system) == (TODAY, TODAY - DAY)


def test_equal_facts_are_not_written_again_but_their_moments_move(world: World) -> None:
    remember(world.system, facts())
    first = FactsSnapshot.objects.get()
    later = NOW + timedelta(hours=1)
    seen = tuple(replace(each, seen_at=later) for each in facts().sources)
    with CaptureQueriesContext(connection) as queries:
        remember(world.system, facts(now=later, sources=seen))
    assert not any('"body" =' in query["sql"] for query in queries)
    again = FactsSnapshot.objects.get()
    assert (again.digest, bytes(again.body), again.taken_at) == (first.digest, bytes(first.body), later)
    assert recall(world.system, TODAY) == facts(now=later, sources=seen)


def test_older_facts_never_replace_newer_ones(world: World) -> None:
    remember(world.system, facts())
    remember(world.system, facts(now=NOW - DAY, models=()))
    remember(world.system, facts(now=NOW - timedelta(hours=1), models=()))
    assert kept_days(world.system) == (TODAY,)
    assert recall(world.system, TODAY) == facts()


def test_a_source_that_was_never_seen_stays_so(world: World) -> None:
    given = facts(sources=(source("mlflow", seen_at=None),))
    remember(world.system, given)
    assert recall(world.system, TODAY) == given


def test_an_unknown_format_says_what_to_do(world: World) -> None:
    remember(world.system, facts())
    FactsSnapshot.objects.update(format=9)
    with pytest.raises(SnapshotError, match="kept in format 9; this version of Rashinban reads format 1"):
        recall(world.system, TODAY)


@pytest.mark.parametrize("body", [b"", b"no zlib", zlib.compress(b"{}"), zlib.compress(b"\xff\xff")])
def test_a_broken_body_says_so(world: World, body: bytes) -> None:
    remember(world.system, facts())
    FactsSnapshot.objects.update(body=body)
    with pytest.raises(SnapshotError, match="cannot be read"):
        recall(world.system, TODAY)


def test_a_thousand_runs_take_less_than_300_kilobytes(world: World) -> None:
    runs = tuple(
        run(
            f"{n * 7919:032x}",
            params={f"p{p}": f"{n * p / 7:.12f}" for p in range(8)},
            metrics={f"m{m}": n / (m + 3) for m in range(6)},
            datasets=(dataset(digest=f"{n:08x}"),),
            pipeline_run=pipeline_run(f"{n * 104729:032x}"),
        )
        for n in range(1_000)
    )
    remember(
        world.system,
        facts(
            runs=runs,
            pipeline_runs=tuple(each.pipeline_run for each in runs if each.pipeline_run),
            versions=tuple(version(str(n), run=each) for n, each in enumerate(runs[:200])),
        ),
    )
    assert len(FactsSnapshot.objects.get().body) < 300_000


def _row(world: World, day: date) -> None:
    FactsSnapshot.objects.create(
        system=world.system, day=day, taken_at=NOW, format=1, digest=f"{day}", body=b""
    )


def test_prune_keeps_recent_days_ends_of_months_and_days_of_change(world: World) -> None:
    changed = NOW - timedelta(days=KEPT_DAYS + 60)
    assess_system(world.system, now=changed)
    FactsSnapshot.objects.all().delete()
    old = [changed.date() + timedelta(days=n) for n in range(-40, 40)]
    recent = [TODAY - timedelta(days=n) for n in (0, KEPT_DAYS - 1, KEPT_DAYS)]
    for day in (*old, *recent):
        _row(world, day)
    dropped = prune(now=NOW)
    left = set(kept_days(world.system))
    ends = {max(d for d in old if (d.year, d.month) == month) for month in {(d.year, d.month) for d in old}}
    assert left == {*recent, *ends, changed.date()}
    assert (dropped, prune(now=NOW)) == (len(old) + len(recent) - len(left), 0)


def test_prune_looks_at_each_system_alone(world: World) -> None:
    other = SystemFactory.create(team=world.team)
    day = date(2025, 1, 10)
    _row(world, day)
    FactsSnapshot.objects.create(
        system=other, day=day + timedelta(days=5), taken_at=NOW, format=1, digest="", body=b""
    )
    prune_snapshots_task()
    assert FactsSnapshot.objects.count() == 2


def test_remember_takes_three_statements_at_most(world: World) -> None:
    for given in (facts(), facts(), replace(facts(), models=())):
        with CaptureQueriesContext(connection) as queries:
            remember(world.system, given)
        assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 3
