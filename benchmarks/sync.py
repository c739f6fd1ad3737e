"""A first sync of a real MLflow server into a PostgreSQL of its own, against raw paging of the same runs.

Raw paging is what no reader can undercut: one program asks for page after page and throws them away.
Both take turns. The sync is whole: records, identities, edges, history, in transactions of a page.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks.mlflow_server import Seed, running
from benchmarks.report import Goal, Report

if TYPE_CHECKING:
    from evidence.models import Source

GOALS = (
    Goal("ratio_to_raw_paging", "<=", 1.15),
    Goal("incremental_s", "<", 1),
)
PAGE_ROWS = 1000
NEW_RUNS = 10
LONG_AGO_MS = 1_700_000_000_000


def run(*, stored: int = 2_000, runs: int = 5) -> Report:
    """`stored` runs lie in MLflow; every figure is the median of `runs` measurements."""
    home = Path(tempfile.mkdtemp(prefix="sync-"))
    try:
        with running(home / "mlflow") as url, _database(home):
            seed = Seed(home / "mlflow")
            seed.runs(stored, first_end_ms=LONG_AGO_MS)
            figures = {"runs_stored": float(stored), **_measured(url, seed, runs=runs, stored=stored)}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    rounded = {name: round(value, 3) for name, value in figures.items()}
    return Report(name="sync", figures=rounded, goals=GOALS)


def _measured(url: str, seed: Seed, *, runs: int, stored: int) -> dict[str, float]:
    source = _source(url)
    _raw_paging(url, stored)  # the server's first answers are slower than all later ones
    raw, first = [], []
    for _ in range(runs):
        raw.append(_raw_paging(url, stored))
        _empty(source)
        first.append(_sync(source, stored))
    incremental = []
    for _ in range(runs):
        seed.runs(NEW_RUNS, first_end_ms=int(time.time() * 1000))
        stored += NEW_RUNS
        incremental.append(_sync(source, stored))
    medians = {
        "raw_paging_s": statistics.median(raw),
        "first_sync_s": statistics.median(first),
        "incremental_s": statistics.median(incremental),
    }
    # Each sync against the paging just before it: a busy moment of the machine hits both.
    ratio = statistics.median(ours / theirs for ours, theirs in zip(first, raw, strict=True))
    return {**medians, "ratio_to_raw_paging": ratio, "peak_rss_mb": _peak_rss_mb()}


def _raw_paging(url: str, stored: int) -> float:
    """Read all runs with bare httpx and MLflow's own page tokens."""
    started, found, token = time.perf_counter(), 0, ""
    with httpx.Client(base_url=f"{url}/api/2.0/mlflow", timeout=120, trust_env=False) as client:
        listed = client.post("/experiments/search", json={"max_results": 1000}).json()["experiments"]
        body = {"experiment_ids": [each["experiment_id"] for each in listed], "max_results": PAGE_ROWS}
        while True:
            answer = client.post("/runs/search", json={**body, **({"page_token": token} if token else {})})
            page = answer.json()
            found += len(page.get("runs", []))
            token = page.get("next_page_token", "")
            if not token:
                break
    seconds = time.perf_counter() - started
    _expect(found, stored, what="raw paging")
    return seconds


def _sync(source: "Source", stored: int) -> float:
    """One sync as a worker runs it."""
    from evidence.models import Node, Sync, SyncStatus
    from evidence.sync import run_sync

    sync = Sync.objects.create(source=source)
    started = time.perf_counter()
    done = run_sync(sync.pk)
    seconds = time.perf_counter() - started
    if done is None or done.status != SyncStatus.SUCCEEDED:
        raise RuntimeError(f"The sync did not succeed: {done and (done.error or done.blind)}")
    _expect(Node.objects.filter(kind="run").count(), stored, what="the sync")
    return seconds


def _expect(found: int, stored: int, *, what: str) -> None:
    if found != stored:
        raise RuntimeError(f"{what} found {found} of {stored} runs.")


def _source(url: str) -> "Source":
    from evidence.models import Source

    return Source.objects.create(slug="bench", name="Benchmark", kind="mlflow", url=url)


def _empty(source: "Source") -> None:
    """An emptied store: what a first sync meets."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE evidence_node CASCADE")
        cursor.execute("TRUNCATE evidence_pendingedge")
    source.cursor = {}
    source.save(update_fields=["cursor"])


@contextmanager
def _database(home: Path) -> Iterator[None]:
    """A PostgreSQL of our own, with the settings of the product, and its tables."""
    os.environ |= {
        "DATA_DIR": str(home / "data"),
        "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "CELERY_BROKER_URL": "memory://",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.conf import settings

    cluster = settings.EMBEDDED_POSTGRES
    cluster.start()
    try:
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        yield
        connection.close()
    finally:
        cluster.stop()


def _peak_rss_mb() -> float:
    """The largest memory of this process since it began."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
