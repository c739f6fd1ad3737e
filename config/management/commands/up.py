"""`manage.py up`: the whole product on this machine."""

import argparse
import contextlib
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from config import programs
from config.embedded import EmbeddedError
from config.processes import Group, Program

FIRST_FREE_TRIES = 20
SAMPLE_SERVERS = ("MLflow server", "KFP stand-in", "GitHub stand-in")


class Command(BaseCommand):
    help = (
        "Run Rashinban on this machine: database, broker, web, worker and timetable, with a sample workspace"
        " built from a real MLflow server, real Git repositories and really executed pipelines."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the web page (default 8000)")
        parser.add_argument(
            "--no-samples", action="store_true", help="start empty, without the sample workspace"
        )

    def handle(self, *, port: int, no_samples: bool, **_: object) -> None:
        self._check_port(port)
        with contextlib.ExitStack() as servers:
            servers.enter_context(_only_one(settings.DATA_DIR))
            try:
                _start_servers(servers)
            except EmbeddedError as error:
                raise CommandError(str(error)) from None
            settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where it is missing
            call_command("migrate", verbosity=0, interactive=False)
            group = _programs(port, samples=not no_samples)
            self._greet(port, samples=not no_samples)
            well = Group(group, folder=settings.BASE_DIR).run()
        self.stdout.write("Stopped; the data stays in " + _relative(settings.DATA_DIR))
        sys.exit(0 if well else 1)

    def _check_port(self, port: int) -> None:
        if not _is_free(port):
            raise CommandError(
                f"Port {port} is in use. Choose another one: python3 manage.py up --port {port + 1}"
            )

    def _greet(self, port: int, *, samples: bool) -> None:
        name, password = _first_account(samples=samples)
        self.stdout.write(self.style.SUCCESS(f"\nRashinban is at http://127.0.0.1:{port}/"))
        self.stdout.write(f"Sign in as {name} with the password {password}")
        if samples:
            self.stdout.write("The first page shows how far the sample workspace is.")
        self.stdout.write("Ctrl-C stops everything.\n")


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the lock of the data folder: two `up` on the same data would fight over it."""
    data.mkdir(parents=True, exist_ok=True)
    with open(data / "up.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"Rashinban is running already, with its data in {_relative(data)}.") from None
        yield


def _start_servers(servers: contextlib.ExitStack) -> None:
    """Start the embedded servers that no environment variable replaces; they stop with `servers`."""
    if not settings.DATABASE_URL:
        settings.EMBEDDED_POSTGRES.start()
        servers.callback(settings.EMBEDDED_POSTGRES.stop)
    if not settings.REDIS_URL:
        settings.EMBEDDED_VALKEY.start()
        servers.callback(settings.EMBEDDED_VALKEY.stop)


def _programs(port: int, *, samples: bool) -> list[Program]:
    web, workers = programs.web(port), [programs.worker(), programs.beat(settings.DATA_DIR)]
    if not samples:
        return [web, *workers]
    folder = settings.DATA_DIR / "samples"
    ports = _sample_ports(folder, port)
    own, mlflow, kfp, github = (f"http://127.0.0.1:{each}" for each in (port, *ports))
    for program in (web, *workers):  # the sample servers and folders are this machine's own
        program.env |= {
            "ALLOWED_PRIVATE_HOSTS": ",".join({*settings.ALLOWED_PRIVATE_HOSTS, "127.0.0.1"}),
            "ALLOWED_LOCAL_PATHS": ",".join(map(str, {*settings.ALLOWED_LOCAL_PATHS, folder.resolve()})),
        }
    return [
        web,
        programs.sample_mlflow(folder / "mlflow", ports[0]),
        programs.kfp_standin(folder / "kfp", ports[1], mlflow_url=mlflow),
        programs.github_standin(folder, ports[2]),
        programs.build_samples(web_url=own, mlflow_url=mlflow, kfp_url=kfp, github_url=github),
        *workers,
    ]


def _sample_ports(folder: Path, web_port: int) -> list[int]:
    """Ports of the sample servers, the same at every start: links must last."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "ports"
    ports = [int(word) for word in kept.read_text().split()] if kept.exists() else []
    for name, port in zip(SAMPLE_SERVERS, ports, strict=False):
        if not _is_free(port):
            raise CommandError(
                f"Port {port} of the sample {name} is in use; free it, or start with --no-samples."
            )
    while len(ports) < len(SAMPLE_SERVERS):
        ports.append(_free_port((ports[-1] if ports else web_port) + 1))
    kept.write_text(" ".join(map(str, ports)) + "\n")
    return ports


def _free_port(first: int) -> int:
    for port in range(first, first + FIRST_FREE_TRIES):
        if _is_free(port):
            return port
    raise CommandError(f"No free port between {first} and {first + FIRST_FREE_TRIES - 1}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _first_account(*, samples: bool) -> tuple[str, str]:
    """Name and password of the account to sign in with, made at the first start."""
    from core.accounts import first_account

    return first_account(
        settings.DATA_DIR / "password", name="sample" if samples else "admin", with_team=not samples
    )


def _relative(path: Path) -> str:
    return os.path.relpath(path)
