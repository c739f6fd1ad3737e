"""`manage.py drift REFERENCE CURRENT`: compare two Parquet files, no database needed."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from monitoring.drift import DriftReport

DRIFTED = 1
SHOWN = ("wasserstein_normalised", "ks", "kl", "js", "psi", "cramers_v")


class Command(BaseCommand):
    """Print how far each column of CURRENT is from REFERENCE."""

    help = (
        "Compare two Parquet files column by column: distances, noise floors, a verdict with its reason, and "
        "the schema. Needs no database. Exits with 0 whether or not something drifted, with 2 on bad input."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two files and the form of the answer."""
        parser.add_argument("reference", type=Path, help="Parquet file that is held to be normal")
        parser.add_argument("current", type=Path, help="Parquet file that is compared with it")
        parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
        parser.add_argument("--columns", default="", help="compare only these, separated by commas")
        parser.add_argument(
            "--fail-on-drift", action="store_true", help=f"exit with {DRIFTED} when a column drifted"
        )

    def handle(
        self,
        *args: object,
        reference: Path,
        current: Path,
        json: bool,
        columns: str,
        fail_on_drift: bool,
        **options: object,
    ) -> None:
        """Compare and print."""
        report = _compare(reference, current, names=[name for name in columns.split(",") if name])
        self.stdout.write(_as_json(report) if json else _as_table(report))
        if fail_on_drift and any(column.is_drifted for column in report.columns.values()):
            sys.exit(DRIFTED)


def _compare(reference: Path, current: Path, *, names: list[str]) -> "DriftReport":
    from monitoring.drift import compare_files  # here, so that other commands start without NumPy
    from monitoring.parquet import ParquetError

    try:
        return compare_files(reference, current, names=names)
    except ParquetError as error:
        raise CommandError(str(error), returncode=2) from error


def _as_json(report: "DriftReport") -> str:
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False, allow_nan=False)


def _as_table(report: "DriftReport") -> str:
    width = max([len("column"), *(len(name) for name in report.columns)])
    heads = ("norm. W1", "KS", "KL", "JS", "PSI", "V")
    lines = [f"{'column':<{width}}  {'state':<12} " + " ".join(f"{head:>9}" for head in heads)]
    for name, column in report.columns.items():
        figures = " ".join(_figure(column.statistics[slug]) for slug in SHOWN)
        lines.append(f"{name:<{width}}  {column.verdict.state:<12} {figures}")
    return "\n".join([*lines, "", *_sentences(report)])


def _sentences(report: "DriftReport") -> list[str]:
    unwell = {name: column.verdict for name, column in report.columns.items() if column.verdict.state != "ok"}
    return [
        *(f"{name}: {verdict.reason}" for name, verdict in unwell.items()),
        *(finding.reason for finding in report.schema.findings),
        f"{report.verdict.reason} {report.rows[1]:,} rows against {report.rows[0]:,}, {report.mode} mode.",
    ]


def _figure(value: float | None) -> str:
    return f"{'–':>9}" if value is None else f"{value:>9.3g}"
