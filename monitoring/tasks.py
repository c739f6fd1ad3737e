"""Celery tasks: they take ids, call one service, and may run twice."""

from celery import shared_task
from django.utils import timezone

from monitoring.check import check_due, run_check


@shared_task
def check_due_monitors_task() -> None:
    """Send every monitor that is due to a worker."""
    check_due(timezone.now())


@shared_task
def check_monitor_task(monitor_id: int) -> None:
    """Check one monitor."""
    run_check(monitor_id, now=timezone.now())
