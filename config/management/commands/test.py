"""`manage.py test`: every check that a change must pass, then the tests."""

import os
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import BaseCommand

CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
    "djlint": ["djlint", "templates", "--lint", "--quiet"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
}


class Command(BaseCommand):
    help = "Run the linters, the type checker and the tests. Further arguments go to pytest alone."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        arguments = argv[2:]
        if not arguments:
            self._checks()
        sys.exit(self._pytest(arguments or ["-n", "2", "--dist", "loadgroup"]))

    def _checks(self) -> None:
        failed = [name for name, command in CHECKS.items() if not self._passes(name, command)]
        if failed:
            sys.exit(f"Not passed: {', '.join(failed)}. The tests were not run.")

    def _passes(self, name: str, command: list[str]) -> bool:
        began = time.monotonic()
        path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env={**os.environ, "PATH": path, "NO_BOOTSTRAP": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        self.stdout.write(f"{name:14} {'passed' if done.returncode == 0 else 'FAILED'} in {seconds:.1f} s")
        if done.returncode:
            self.stdout.write(done.stdout + done.stderr)
        return done.returncode == 0

    def _pytest(self, arguments: list[str]) -> int:
        return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=settings.BASE_DIR)
