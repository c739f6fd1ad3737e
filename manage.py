#!/usr/bin/env python3
"""Django's command line, and the set-up of a fresh clone.

`python3 manage.py up` needs nothing but Python 3.11 or newer and git: the first call makes .venv
from the locked requirements and carries on inside it. Inside any other virtual environment, or with
NO_BOOTSTRAP set (the container image), the running interpreter is used as it is.

Kept to syntax that an old Python can read, so that it can say what is missing.
"""

import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
OLDEST, TOO_NEW = (3, 11), (3, 15)


def lock_for(arguments: "list[str]") -> str:
    """The tests need a superset of what running needs."""
    return "requirements-test.lock" if arguments[:1] == ["test"] else "requirements.lock"


def digest(path: str) -> str:
    """SHA-256 of a file; empty where there is none."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""


def stamp(lock: str) -> str:
    """The file in .venv that says which lock it was made from."""
    return os.path.join(VENV, "." + lock + ".sha256")


def is_installed(lock: str) -> bool:
    """True if .venv holds this lock, or the test lock, which holds it as well."""
    for name in {lock, "requirements-test.lock"}:
        if not os.path.exists(stamp(name)) or not os.path.exists(VENV_PYTHON):
            continue
        with open(stamp(name)) as file:
            if file.read() == digest(os.path.join(HERE, name)):
                return True
    return False


def find_python() -> "str | None":
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return sys.executable
    for minor in (13, 12, 11, 14):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    return None


def make_environment(python: str) -> int:
    uv = shutil.which("uv")
    if uv:
        return subprocess.call([uv, "venv", "-q", "--clear", "--seed", "--python", python, VENV])
    return subprocess.call([python, "-m", "venv", "--clear", VENV])


def install(lock: str) -> None:
    python = find_python()
    if not python:
        sys.exit(
            "Rashinban needs Python 3.11 to 3.14; this is %s.\n"
            "Install one (Debian/Ubuntu: sudo apt install python3 python3-venv) and run this command again."
            % sys.version.split()[0]
        )
    sys.stdout.write("Setting up .venv from %s (once) ...\n" % lock)
    sys.stdout.flush()
    if not os.path.exists(VENV_PYTHON) and make_environment(python) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "Python here cannot make virtual environments. On Debian/Ubuntu:\n"
            "    sudo apt install python3-venv\nthen run the same command again."
        )
    uv = shutil.which("uv")
    if not uv:
        pip = [VENV_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "uv"]
        check(pip, "uv, the installer")
        uv = os.path.join(VENV, "bin", "uv")
    command = [uv, "pip", "install", "-q", "--require-hashes", "--compile-bytecode", "--python", VENV_PYTHON]
    check(command + ["-r", os.path.join(HERE, lock)], lock)
    with open(stamp(lock), "w") as file:
        file.write(digest(os.path.join(HERE, lock)))


def check(command: "list[str]", what: str) -> None:
    if subprocess.call(command) != 0:
        sys.exit("Installing %s failed; the message above says why. Run the same command again." % what)


def bootstrap(arguments: "list[str]") -> None:
    if os.environ.get("NO_BOOTSTRAP"):
        return
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    if not inside and sys.prefix != sys.base_prefix:
        return  # the user's own environment
    lock = lock_for(arguments)
    if not is_installed(lock):
        install(lock)
    if not inside:
        os.execv(VENV_PYTHON, [VENV_PYTHON, os.path.join(HERE, "manage.py")] + arguments)


if __name__ == "__main__":
    bootstrap(sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
