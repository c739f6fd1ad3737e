"""Work for the queue "assess": takes ids, calls one service."""

from celery import shared_task
from django.utils import timezone

from core.models import System, Tier
from maturity import snapshots
from maturity.inputs.drills import finish_proven, look_for_proofs
from maturity.services import assess_system, request_assessments


@shared_task
def assess_system_task(system_id: int) -> None:
    """Assess one system; one that is gone is no error."""
    system = System.objects.select_related("team").filter(pk=system_id).first()
    if system is not None:
        assess_system(system, now=timezone.now())


@shared_task
def assess_all_task() -> None:
    """Queue every system that is in use: time passes for windows and ages even when nothing is synced."""
    systems = list(System.objects.exclude(tier=Tier.RETIRED).values_list("pk", flat=True))
    request_assessments(systems)
    look_for_proofs(systems)


@shared_task
def finish_proven_drills_task(system_id: int) -> None:
    """End the drills of one system that the store proves by now; a system that is gone is no error."""
    system = System.objects.select_related("team").filter(pk=system_id).first()
    if system is not None:
        finish_proven(system, now=timezone.now())


@shared_task
def prune_snapshots_task() -> None:
    """Thin out old facts; doing it twice drops nothing more."""
    snapshots.prune(now=timezone.now())
