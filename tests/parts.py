"""The real parts the tests talk to: PostgreSQL, a Redis-compatible server, a browser.

Each is taken from the first place that has it: a server named in the environment, else the wheel.
Loaded with `-p`, so that it runs before pytest-django reads the settings.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from config.embedded import Postgres, Valkey

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}
_stops: list[Callable[[], object]] = []
_found: dict[str, str] = {}


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def start_postgres(home: Path) -> None:
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        os.environ["DATABASE_URL"] = named
        _found["PostgreSQL"] = "TEST_DATABASE_URL"
        return
    cluster = Postgres(home / "postgres", FAST)
    cluster.start()
    _stops.append(cluster.stop)
    os.environ["DATABASE_URL"] = cluster.url()
    _found["PostgreSQL"] = "the embedded wheel"


def start_redis(home: Path) -> None:
    named = os.environ.get("TEST_REDIS_URL")
    if named:
        os.environ["REDIS_URL"] = named
        _found["Redis"] = "TEST_REDIS_URL"
        return
    server = Valkey(home / "valkey")
    server.start()
    _stops.append(server.stop)
    os.environ["REDIS_URL"] = server.url("unix")
    os.environ["CELERY_BROKER_URL"] = server.url("redis+socket")
    _found["Redis"] = "the embedded Valkey wheel"


def find_browser() -> None:
    candidates = (os.environ.get("TEST_BROWSER") or "", *BROWSERS)
    path = next((found for name in candidates if name and (found := shutil.which(name))), None)
    if path:
        os.environ["REAL_BROWSER"] = path
        _found["browser"] = path
    elif os.environ.get("REQUIRE_BROWSER"):
        raise pytest.UsageError("REQUIRE_BROWSER is set, and no Chromium or Chrome was found.")
    else:
        _found["browser"] = "NONE: the browser tests are skipped (Debian/Ubuntu: sudo apt install chromium)"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    if not is_worker():
        home = Path(tempfile.mkdtemp(prefix="rsb-"))
        _stops.append(lambda: shutil.rmtree(home, ignore_errors=True))
        os.environ["DATA_DIR"] = str(home / "data")
        (home / "data" / "static").mkdir(parents=True)  # WhiteNoise warns where it is missing
        start_postgres(home)
        start_redis(home)
        find_browser()
    return (yield)


def pytest_report_header() -> list[str]:
    return [f"{name}: {where}" for name, where in _found.items()]


def pytest_unconfigure() -> None:
    if not is_worker():
        while _stops:
            _stops.pop()()
