"""`manage.py pull`: what a source says, as records on the screen. Stores nothing, needs no database."""

import argparse
import json
import tempfile
from collections.abc import Mapping

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from core.http import AddressPolicy
from evidence.connectors import Connector, ConnectorError, Context
from evidence.records import Blindness, EdgeRecord, EventRecord, Page, Record, as_json


class Command(BaseCommand):
    help = "Read a source and print the records it would write, one JSON object a line. Stores nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("kind", help="the kind of source: mlflow, kfp, git")
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", dest="pairs", help="a setting"
        )
        parser.add_argument("--json", action="store_true", help="JSON lines instead of a short listing")

    def handle(self, *, kind: str, pairs: list[str], json: bool, **_: object) -> None:
        values = dict(map(_pair, pairs))
        try:
            connector, options = _connector(kind, values)
            with tempfile.TemporaryDirectory(prefix="rashinban-pull-") as cache:
                for page in connector.dry_run(_context(cache), options=options):
                    self._print(page, as_lines=json)
        except ConnectorError as error:
            raise CommandError(str(error)) from None

    def _print(self, page: Page, *, as_lines: bool) -> None:
        for record in page.records:
            self.stdout.write(json.dumps(as_json(record), ensure_ascii=False) if as_lines else _short(record))
        for blind in page.blind:
            self.stderr.write(f"not seen: {_sentence(blind)}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text!r} is no setting; write --set NAME=VALUE.")
    return name, value


def _connector(kind: str, values: Mapping[str, str]) -> tuple[Connector, dict[str, str]]:
    from evidence.sources import connector_class

    found = connector_class(kind)
    for_the_shell = {setting.name for setting in found.dry_run_options}
    connector = found({name: value for name, value in values.items() if name not in for_the_shell})
    return connector, {name: value for name, value in values.items() if name in for_the_shell}


def _context(cache: str) -> Context:
    """The person at the shell may name local paths and private hosts."""
    return Context(
        now=timezone.now(),
        cache_dir=cache,
        local_paths_allowed=True,
        policy=AddressPolicy(settings.ALLOWED_PRIVATE_HOSTS | {"*"}),
        full=True,
    )


def _short(record: Record) -> str:
    if isinstance(record, EdgeRecord):
        return f"edge   {record.src} {record.kind} {record.dst}"
    if isinstance(record, EventRecord):
        return f"event  {record.kind} {record.node} {record.at:%Y-%m-%d %H:%M}"
    return f"node   {record.kind} {record.label} {record.state}".rstrip()


def _sentence(blind: Blindness) -> str:
    return f"{blind.what} {blind.why} {blind.remedy}"
