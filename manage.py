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


def lock_for(arguments):
    """The tests need a superset of what running needs."""
    return "requirements-test.lock" if arguments[:1] == ["test"] else "requirements.lock"


def content(path, mode="r"):
    try:
        with open(path, mode) as file:
            return file.read()
    except OSError:
        return None


def is_installed(lock):
    """True if .venv holds this lock, or the test lock, which holds it as well."""
    for name in {lock, "requirements-test.lock"}:
        wanted = hashlib.sha256(content(os.path.join(HERE, name), "rb")).hexdigest()
        if content(os.path.join(VENV, "." + name + ".sha256")) == wanted and os.path.exists(VENV_PYTHON):
            return True
    return False


def find_python():
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return sys.executable
    for minor in (13, 12, 11, 14):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    return None


def make_environment(python):
    uv = shutil.which("uv")
    if uv:
        return subprocess.call([uv, "venv", "-q", "--clear", "--seed", "--python", python, VENV])
    return subprocess.call([python, "-m", "venv", "--clear", VENV])


def install(lock):
    python = find_python()
    if not python:
        sys.exit(
            "Rashinban needs Python 3.11 to 3.14; this is %s.\n"
            "Install one (Debian/Ubuntu: sudo apt install python3 python3-venv) and run the same command again."
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
    command = [uv, "pip", "install", "-q", "--require-hashes", "--python", VENV_PYTHON]
    check(command + ["-r", os.path.join(HERE, lock)], lock)
    with open(os.path.join(HERE, lock), "rb") as file:
        stamp = hashlib.sha256(file.read()).hexdigest()
    with open(os.path.join(VENV, "." + lock + ".sha256"), "w") as file:
        file.write(stamp)


def check(command, what):
    if subprocess.call(command) != 0:
        sys.exit("Installing %s failed; the message above says why. Run the same command again." % what)


def bootstrap(arguments):
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
