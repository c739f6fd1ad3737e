"""Work for the queue "assess": takes ids, calls one service."""

from celery import shared_task
from django.utils import timezone

from core.models import System, Tier
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
    request_assessments(System.objects.exclude(tier=Tier.RETIRED).values_list("pk", flat=True))
