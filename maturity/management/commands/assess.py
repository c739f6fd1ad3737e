"""`manage.py assess [SYSTEM]`: judge now; with `--at` or `--rubric`, judge a day again and write nothing."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.models import System
from maturity import cause_words
from maturity.causes import Cause
from maturity.choice import headline_of
from maturity.past_documents import replay_document
from maturity.probe import catalogue
from maturity.replay import Replay, ReplayError, replay
from maturity.rubric import Rubric, RubricError, parse, whole
from maturity.services import assess_system
from maturity.snapshots import kept_days

LARGEST = 1_000_000
"""Characters of a rubric file; the shipped ones have a tenth of that."""


class Command(BaseCommand):
    help = (
        "Assess one system by its slug, or every system. With --at or --rubric: judge that day again under "
        "that rubric, show how it differs from what held, and write nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", nargs="?", help="the system's slug; without one, all systems")
        parser.add_argument(
            "--at", help="a day (UTC) such as 2026-11-20; without it the newest that was kept"
        )
        parser.add_argument("--rubric", help="a rubric file; without it the headline of the system's team")
        parser.add_argument("--json", action="store_true", help="the difference as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = _systems(options["system"])
        if not (options["at"] or options["rubric"] or options["json"]):
            self._assess(chosen)
            return
        if not options["system"]:
            raise CommandError(
                "--at, --rubric and --json ask for one system: manage.py assess SYSTEM --at DATE."
            )
        found = _replay(chosen[0], at=options["at"], file=options["rubric"])
        told = json.dumps(replay_document(found), indent=2) if options["json"] else "\n".join(_lines(found))
        self.stdout.write(told)

    def _assess(self, systems: list[System]) -> None:
        for system in systems:
            held = assess_system(system, now=timezone.now())
            found = held.assessment
            self.stdout.write(
                f"{system.slug}: level {found.confirmed} confirmed, {found.potential} possible, "
                f"{found.seen} of {found.applicable} criteria seen"
            )


def _systems(slug: str | None) -> list[System]:
    systems = System.objects.select_related("team").order_by("slug")
    chosen = list(systems.filter(slug=slug) if slug else systems)
    if slug and not chosen:
        known = ", ".join(systems.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no system {slug!r}. Systems: {known}.")
    return chosen


def _replay(system: System, *, at: str | None, file: str | None) -> Replay:
    try:
        day = date.fromisoformat(at) if at else next(iter(kept_days(system)), timezone.now().date())
    except ValueError:
        raise CommandError(f"{at!r} is no day; write it like 2026-11-20.") from None
    try:
        return replay(system, at=day, under=_rubric(file) if file else headline_of(system.team))
    except ReplayError as error:
        raise CommandError(str(error)) from error


def _rubric(file: str) -> Rubric:
    path = Path(file)
    try:
        with path.open(encoding="utf-8") as stream:
            text = stream.read(LARGEST)
        return parse(whole(text, where=path.name), where=path.name, known=catalogue())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    except RubricError as error:
        raise CommandError(str(error)) from error


def _lines(found: Replay) -> list[str]:
    """The difference in words: levels, then the criteria with their causes."""
    held = f"what held: {found.compared}" if found.held else "nothing held yet"
    head = (
        f"{found.system.slug} on {found.day}, facts of {found.at:%H:%M} UTC, "
        f"under {found.under.id} {found.under.version} ({held})"
    )
    moved = [cause_words.move_sentence(move) for move in found.moves if move.moved]
    told = [line for cause in found.causes for line in _cause(cause)]
    if found.held and not moved:
        moved = ["No level differs."]
    return [head, *moved, *(told or ["Every criterion says the same."]), "Nothing was written."]


def _cause(cause: Cause) -> list[str]:
    if not cause.criterion:
        return [cause_words.gist(cause)]
    was, now = (verdict.value if verdict else "not asked" for verdict in (cause.was, cause.now))
    verdicts = was if was == now else f"{was} → {now}"
    parts = [f"{cause.criterion}: {verdicts}", cause_words.counts(cause), f"{cause.kind}", cause.why]
    named = [f"    {cause_words.change_sentence(change)}" for change in cause.changes]
    more = cause_words.more_sentence(cause)
    return ["  " + " · ".join(part for part in parts if part), *named, *([f"    {more}"] if more else [])]
