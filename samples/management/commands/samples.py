"""`manage.py samples build|status`: makes the sample workspace, or tells how far it is."""

import argparse
import logging

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db.models import Max, Min

from samples.build import STEPS, build
from samples.models import BuildStep


class Command(BaseCommand):
    help = "Build the sample workspace from real repositories, trainings and pipeline runs (`up` does it)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="show the steps")
        making = actions.add_parser("build", help="do what is left to do")
        making.add_argument("--web", required=True, help="address of Rashinban itself")
        making.add_argument("--mlflow", required=True, help="address of the sample MLflow server")
        making.add_argument("--kfp", required=True, help="address of the stand-in for Kubeflow Pipelines")
        making.add_argument("--github", required=True, help="address of the stand-in for GitHub")

    def handle(self, *, action: str, **options: str) -> None:
        if action == "status":
            self._show()
            return
        logging.getLogger("httpx").setLevel(logging.WARNING)
        addresses = {name: options[name] for name in ("web", "mlflow", "kfp", "github")}
        folder = settings.DATA_DIR / "samples"
        if not build(folder=folder, tell=self._tell, **addresses):
            raise CommandError("The sample workspace is not complete; it is continued at the next start.")
        span = BuildStep.objects.aggregate(first=Min("started_at"), last=Max("finished_at"))
        seconds = (span["last"] - span["first"]).total_seconds()
        self.stdout.write(f"The sample workspace is complete; it took {seconds:.0f} s.")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _show(self) -> None:
        labels = {step.name: str(step.label) for step in STEPS}
        for row in BuildStep.objects.all():
            self.stdout.write(f"{row.state:8} {labels.get(row.name, row.name)}: {row.detail}")
