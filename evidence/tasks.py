"""Celery tasks: they take ids, call one service, and may run twice."""

from celery import shared_task
from django.utils import timezone

from evidence.sync import run_sync, start_due


@shared_task
def sync_source_task(sync_id: int) -> None:
    """Run one sync."""
    run_sync(sync_id)


@shared_task
def start_due_syncs_task() -> None:
    """Queue every sync that is due; send lost ones again."""
    start_due(timezone.now())
