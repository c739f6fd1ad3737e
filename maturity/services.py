"""Assessing a system: load, evaluate, and write what changed."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from core.models import System
from maturity import bottlenecks
from maturity.announcements import announce
from maturity.evaluate import evaluate
from maturity.keeping import Kept, keep
from maturity.load_facts import load_facts
from maturity.models import Confirmation
from maturity.probe import catalogue
from maturity.rubric import rubric
from maturity.snapshots import remember


def request_assessments(systems: Iterable[int]) -> None:
    """Queue an assessment of each of these systems (ids), once what was written is there to be read."""
    from maturity.tasks import assess_system_task

    for system_id in sorted(systems):
        transaction.on_commit(partial(assess_system_task.delay, system_id))


def assess_system(system: System, *, now: datetime) -> Confirmation:
    """Judge the system at `now` and return what holds; running twice writes nothing new.

    Facts, judgement and announcements are written together or not at all.
    """
    facts = load_facts(system, now=now)
    under = rubric()
    evaluation = evaluate(facts, under, known=catalogue())
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)  # two workers: one after the other
        kept = keep(system, evaluation, facts=facts, under=under)
        found: list[Kept] = [kept] if kept else []
        remember(system, facts)
        bottlenecks.measure(system, facts)
        announce(system, found, now=now)
    return Confirmation.objects.select_related("assessment").get(system=system, rubric=under.id)
