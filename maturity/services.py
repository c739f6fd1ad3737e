"""Assessing a system: load, evaluate, and write what changed."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from core.models import System
from maturity import bottlenecks
from maturity.announcements import announce
from maturity.choice import keep_texts, rubrics_of
from maturity.evaluate import evaluate
from maturity.keeping import keep
from maturity.load_facts import load_facts
from maturity.models import Confirmation
from maturity.probe import catalogue, once
from maturity.snapshots import remember


def request_assessments(systems: Iterable[int]) -> None:
    """Queue an assessment of each of these systems (ids), once what was written is there to be read."""
    from maturity.tasks import assess_system_task

    for system_id in sorted(systems):
        transaction.on_commit(partial(assess_system_task.delay, system_id))


def assess_system(system: System, *, now: datetime) -> Confirmation:
    """Judge the system at `now` under all its rubrics; running twice writes nothing new.

    Returns what holds under the headline of its team. Facts, judgements and announcements are
    written together or not at all.
    """
    facts, known = load_facts(system, now=now), once(catalogue())
    found = [(under, evaluate(facts, under, known=known)) for under in rubrics_of(system)]
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)  # two workers: one after the other
        kept = [keep(system, evaluation, facts=facts, under=under) for under, evaluation in found]
        keep_texts([under for under, _ in found])
        remember(system, facts)
        bottlenecks.measure(system, facts)
        announce(system, [each for each in kept if each], now=now)
    headline = found[0][0].id
    return Confirmation.objects.select_related("assessment").get(system=system, rubric=headline)
