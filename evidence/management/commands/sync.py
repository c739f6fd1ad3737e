"""`manage.py sync`: pull sources into the evidence store now, in this process."""

import argparse

from django.core.management import BaseCommand, CommandError

from evidence.models import Source, Sync, SyncStatus
from evidence.sync import open_sync, run_sync


class Command(BaseCommand):
    help = "Read one source, or all that are enabled, into the evidence store."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("source", nargs="?", help="the short name of a source; without it, all of them")
        parser.add_argument("--full", action="store_true", help="read everything again")

    def handle(self, *, source: str | None, full: bool, **_: object) -> None:
        sources = Source.objects.filter(slug=source) if source else Source.objects.filter(enabled=True)
        if source and not sources:
            known = ", ".join(Source.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no source {source!r}. Known sources: {known}.")
        failed = [each.slug for each in sources if not self._one(each, full=full)]
        if failed:
            raise CommandError(f"Not in sync: {', '.join(failed)}.")

    def _one(self, source: Source, *, full: bool) -> bool:
        done = run_sync(open_sync(source, full=full))
        if done is None:
            self.stdout.write(f"{source.slug}: a worker is at it already")
            return True
        self.stdout.write(f"{source.slug}: {done.get_status_display()}{_counts(done)}")
        for blind in done.blind:
            self.stdout.write(f"  not seen: {blind['what']} {blind['why']} {blind['remedy']}")
        if done.status == SyncStatus.FAILED:
            self.stderr.write(f"  {done.error['what']} {done.error['why']} {done.error['remedy']}")
        return done.status != SyncStatus.FAILED


def _counts(sync: Sync) -> str:
    read = sync.counts.get("records", 0)
    return f", {read:,} records read, {sync.counts.get('nodes', 0):,} things new or changed"
