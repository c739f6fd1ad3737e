"""Assessing writes what changed, and nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from evidence.models import Event, Node
from maturity.believe import believed
from maturity.evaluate import evaluate
from maturity.finding import Verdict
from maturity.models import Assessment, Confirmation, CriterionResult
from maturity.probe import catalogue
from maturity.rubric import rubric
from maturity.selectors import scorecard
from maturity.services import assess_system
from maturity.tasks import assess_all_task, assess_system_task
from tests.conftest import World
from tests.maturity.made import DAY, NOW, facts
from tests.maturity.stored import fill

HOUR = timedelta(hours=1)


def test_assess_keeps_every_result(world: World) -> None:
    fill(world.system)
    held = assess_system(world.system, now=NOW)
    assessment = held.assessment
    assert (assessment.confirmed, assessment.potential, assessment.moved) == (1, 1, True)
    assert assessment.rubric_digest == rubric().digest
    assert assessment.evidence_at == NOW - timedelta(minutes=5)
    assert CriterionResult.objects.filter(assessment=assessment).count() == len(rubric().criteria)
    bound = CriterionResult.objects.get(assessment=assessment, criterion="repro-commit-bound")
    assert (bound.verdict, bound.n, bound.low, bound.probe_version) == ("met", 1, 1.0, 1)
    evidence = bound.findings[0]["evidence"][0]
    assert Node.objects.get(pk=evidence["node_id"]).label == evidence["label"]


def test_assess_twice_writes_nothing_new(world: World) -> None:
    fill(world.system)
    first = assess_system(world.system, now=NOW)
    second = assess_system(world.system, now=NOW + HOUR)
    assert second.assessment_id == first.assessment_id
    assert Assessment.objects.filter(rubric="google").count() == 1
    assert second.confirmed_at == NOW + HOUR


def test_assess_writes_when_a_fact_changes(world: World) -> None:
    fill(world.system)
    first = assess_system(world.system, now=NOW).assessment
    Event.objects.filter(kind="approved").delete()
    second = assess_system(world.system, now=NOW + HOUR).assessment
    assert (second.pk > first.pk, second.confirmed, second.moved) == (True, 0, True)


def test_assess_older_moment_changes_nothing(world: World) -> None:
    fill(world.system)
    first = assess_system(world.system, now=NOW)
    again = assess_system(world.system, now=NOW - DAY)
    assert (again.assessment_id, again.confirmed_at) == (first.assessment_id, NOW)


def test_assess_empty_system_reaches_no_level(world: World) -> None:
    held = assess_system(world.system, now=NOW)
    assert (held.assessment.confirmed, held.assessment.potential) == (0, 2)
    Node.objects.all().delete()
    assert Confirmation.objects.get(rubric="google").assessment.seen > 0


@pytest.mark.parametrize("table", [Assessment, CriterionResult])
def test_history_refuses_update_and_delete(
    world: World, table: type[Assessment] | type[CriterionResult]
) -> None:
    assess_system(world.system, now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        table._default_manager.update(**{"potential" if table is Assessment else "n": 0})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        table._default_manager.all()._raw_delete(using="default")


def test_potential_below_confirmed_is_refused(world: World) -> None:
    with pytest.raises(IntegrityError, match="potential_not_below_confirmed"), transaction.atomic():
        Assessment.objects.create(
            system=world.system,
            assessed_at=NOW,
            confirmed=2,
            potential=1,
            seen=0,
            applicable=0,
            capabilities=[],
            moved=True,
        )


def test_outage_degrades_to_unknown_when_read_and_never_to_not_met(world: World) -> None:
    fill(world.system)
    assess_system(world.system, now=NOW)
    fresh, old = scorecard(world.system, now=NOW), scorecard(world.system, now=NOW + 2 * DAY)
    assert fresh is not None
    assert old is not None
    assert (fresh.summary.confirmed, old.summary.confirmed, old.summary.potential) == (1, -1, 2)
    assert not [r for r in old.results if r.verdict is Verdict.NOT_MET]
    assert {"*", "mlflow", "kfp"} <= old.summary.stale


def test_only_the_stale_source_becomes_unknown(world: World) -> None:
    fill(world.system)
    assess_system(world.system, now=NOW)
    Confirmation.objects.update(
        fresh_until={"*": (NOW + DAY).isoformat(), "kfp": (NOW - HOUR).isoformat(), "git": NOW.isoformat()}
    )
    card = scorecard(world.system, now=NOW)
    assert card is not None
    verdicts = {r.criterion: r.verdict for r in card.results}
    assert verdicts["exec-containerised"] is Verdict.UNKNOWN
    assert verdicts["exec-not-notebook"] is Verdict.MET


def test_stored_results_come_back_whole(world: World) -> None:
    fill(world.system)
    assessment = assess_system(world.system, now=NOW).assessment
    rows = CriterionResult.objects.filter(assessment=assessment)
    again = believed(rows, stale=frozenset(), now=NOW)
    assert [r.criterion for r in again] == [c.id for c in rubric().criteria]
    assert all(r.findings or not r.n for r in again)


def test_evaluation_is_the_same_for_the_same_facts() -> None:
    given = facts()
    other = replace(given, versions=tuple(reversed(given.versions)), events=tuple(reversed(given.events)))
    one, two = (evaluate(each, rubric(), known=catalogue()) for each in (given, other))
    assert [r.verdict for r in one.results] == [r.verdict for r in two.results]


def test_task_of_a_system_that_is_gone_does_nothing(world: World) -> None:
    assess_system_task(987_654)
    assert not Assessment.objects.exists()


def test_assess_all_queues_systems_in_use(world: World, django_capture_on_commit_callbacks: object) -> None:
    with django_capture_on_commit_callbacks() as queued:  # type: ignore[operator]
        assess_all_task()
    assert len(queued) == 1


def test_command_assesses_one_system(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    fill(world.system)
    call_command("assess", world.system.slug)
    assert f"{world.system.slug}: level" in capsys.readouterr().out


def test_command_names_the_known_systems(world: World) -> None:
    with pytest.raises(CommandError, match=world.system.slug):
        call_command("assess", "nothing-here")
