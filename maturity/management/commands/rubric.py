"""`manage.py rubric check FILE` and `manage.py rubric coverage`: look at rubrics; no database needed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from maturity.coverage_text import coverage_text
from maturity.criterion import Rubric
from maturity.load_facts import readable_kinds
from maturity.probe import catalogue
from maturity.rubric import RubricError, parse, shipped, whole
from maturity.rubric_tally import tally

PAGE = Path("docs") / "coverage.md"


class Command(BaseCommand):
    help = "Check a rubric file, or write docs/coverage.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("check", help="say what a rubric file has, or what is wrong with it")
        check.add_argument("file", type=Path)
        verbs.add_parser("coverage", help=f"write {PAGE}: what is automatic, attested, not observable")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "coverage":
            page = Path(settings.BASE_DIR) / PAGE
            page.write_text(coverage_text(shipped(), readable=readable_kinds()), encoding="utf-8")
            self.stdout.write(f"{PAGE} is written.")
            return
        found = _read(options["file"])
        self.stdout.write("\n".join(_described(found)))


def _read(file: Path) -> Rubric:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}. Give the path of a UTF-8 YAML file.") from None
    try:
        return parse(whole(text, where=file.name), where=file.name, known=catalogue())
    except RubricError as error:
        raise CommandError(str(error)) from None


def _described(found: Rubric) -> list[str]:
    counts = tally(found, readable=readable_kinds())
    said = [
        f"{found.name} ({found.id} {found.version}) is a rubric that can be used.",
        f"{found.scoring.value}: {' · '.join(f'{k} {name}' for k, name in enumerate(found.levels))}",
        f"{counts.asked} criteria: {counts.automatic} automatic, {counts.attested} attested, "
        f"{counts.waiting} waiting for a source; {counts.optional} optional; "
        f"{counts.omitted} questions left out as not observable",
    ]
    for capability in found.capabilities:
        own = tally(found, readable=readable_kinds(), capability=capability.id)
        levels = sorted({c.level for c in found.of(capability.id)})
        where = "" if found.counts_points else f", levels {', '.join(map(str, levels))}"
        said.append(f"  {capability.id}: {own.asked} criteria{where}")
    return [*said, f"digest {found.digest}"]
