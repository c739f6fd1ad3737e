"""`manage.py assess [SYSTEM]`: judge one system, or all of them, now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.models import System
from maturity.services import assess_system


class Command(BaseCommand):
    help = "Assess one system by its slug, or every system."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", nargs="?", help="the system's slug; without one, all systems")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["system"]
        systems = System.objects.select_related("team").order_by("slug")
        chosen = list(systems.filter(slug=slug) if slug else systems)
        if slug and not chosen:
            known = ", ".join(systems.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no system {slug!r}. Systems: {known}.")
        for system in chosen:
            held = assess_system(system, now=timezone.now())
            found = held.assessment
            self.stdout.write(
                f"{system.slug}: level {found.confirmed} confirmed, {found.potential} possible, "
                f"{found.seen} of {found.applicable} criteria seen"
            )
