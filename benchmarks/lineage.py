"""Lineage views of a graph with hubs, on a PostgreSQL of their own: time in the database, and layout.

A reader who may see half of the teams opens views around nodes of every kind; the times are those of all
statements of a view together. The worst kind's 95th percentile is what counts.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.hub_graph import SYSTEMS, TEAMS, HubGraph
from benchmarks.report import Goal, Report

if TYPE_CHECKING:
    from core.models import User

GOALS = (
    Goal("focus_p95_ms", "<", 20),
    Goal("hub_p95_ms", "<", 20),
    Goal("search_p95_ms", "<", 10),
)
KINDS = ("commit", "dataset_version", "run", "model_version", "deployment")
NODE_COLUMNS = "id, kind, uid, label, system_id, url, state, started_at, first_seen, last_seen, attrs"
EDGE_COLUMNS = "src_id, kind, dst_id, method, confidence, first_seen, last_seen, attrs"
SAMPLE = 40


def run(*, nodes: int = 100_000, runs: int = 5) -> Report:
    """Fill a fresh database, then take every figure `runs` times and keep the medians."""
    with _database():
        started = time.perf_counter()
        graph, reader = _fill(nodes)
        figures = {
            "nodes": float(nodes),
            "edges": float(len(graph.edges)),
            "fill_s": time.perf_counter() - started,
        }
        taken = [_measure(graph, reader) for _ in range(runs)]
        figures |= {name: statistics.median(each[name] for each in taken) for name in taken[0]}
    figures["layout_ms"] = _layout_ms(runs=3 * runs)
    figures["peak_rss_mb"] = _peak_rss_mb()
    rounded = {name: round(value, 3) for name, value in figures.items()}
    return Report(name="lineage", figures=rounded, goals=GOALS)


@contextmanager
def _database() -> Iterator[None]:
    """A PostgreSQL of our own with the tables of the product."""
    from config.embedded import Postgres

    home = Path(tempfile.mkdtemp(prefix="lineage-"))
    cluster = Postgres(home / "postgres", {"shared_buffers": "256MB", "fsync": "off", "jit": "off"})
    cluster.start()
    try:
        os.environ |= {
            "DATABASE_URL": cluster.url(),
            "DATA_DIR": str(home / "data"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield
    finally:
        from django.db import connection

        connection.close()
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def _fill(size: int) -> "tuple[HubGraph, User]":
    """Copy the graph into the tables; the reader is in every second team."""
    from django.db import connection

    from core.models import Membership, System, Team, User
    from core.permissions import Role

    teams = [Team.objects.create(slug=f"team-{n}", name=f"Team {n}") for n in range(TEAMS)]
    for number in range(1, SYSTEMS + 1):
        System.objects.create(
            pk=number, slug=f"system-{number}", name=f"System {number}", team=teams[number % TEAMS]
        )
    reader = User.objects.create_user("reader")
    for team in teams[1::2]:
        Membership.objects.create(user=reader, team=team, role=Role.VIEWER)
    graph = HubGraph(size)
    with connection.cursor() as cursor:
        _copy_nodes(cursor, graph)
        _copy_edges(cursor, graph)
        for statement in ("VACUUM ANALYZE evidence_node", "VACUUM ANALYZE evidence_edge"):
            cursor.execute(statement)
    return graph, reader


def _copy_nodes(cursor: object, graph: HubGraph) -> None:
    import json

    with cursor.copy(f"COPY evidence_node ({NODE_COLUMNS}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for node in graph.nodes():
            times = (node.at, node.at, node.at)
            texts = (node.id, node.kind, node.uid, node.label, node.system, "", node.state)
            copy.write_row((*texts, *times, json.dumps(node.attrs)))


def _copy_edges(cursor: object, graph: HubGraph) -> None:
    from benchmarks.hub_graph import START

    with cursor.copy(f"COPY evidence_edge ({EDGE_COLUMNS}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for edge in graph.edges:
            copy.write_row((edge.src, edge.kind, edge.dst, "run field", "observed", START, START, "{}"))


def _measure(graph: HubGraph, reader: "User") -> dict[str, float]:
    import random

    from evidence.models import Node

    chosen = random.Random(7)
    visible = Node.objects.visible_to(reader)
    figures: dict[str, float] = {}
    for kind in KINDS:
        ids = chosen.sample(graph.ids[kind], min(4 * SAMPLE, len(graph.ids[kind])))
        starts = list(visible.filter(pk__in=ids)[:SAMPLE])
        figures[f"{kind}_p95_ms"] = _p95([_view_ms(node, reader) for node in starts])
    figures["focus_p95_ms"] = max(figures.values())
    hubs = list(visible.filter(pk__in=graph.hubs))
    figures["hub_p95_ms"] = max(_p95([_view_ms(hub, reader) for _ in range(SAMPLE)]) for hub in hubs)
    figures["search_p95_ms"] = _p95([_search_ms(text, reader) for text in _questions(graph, reader)])
    return figures


def _view_ms(node: object, reader: "User") -> float:
    from lineage.graph import Bounds, neighbourhood

    return _database_ms(lambda: neighbourhood(node, principal=reader, bounds=Bounds()))  # type: ignore[arg-type]


def _search_ms(text: str, reader: "User") -> float:
    from lineage.search import search

    return _database_ms(lambda: search(text, principal=reader))


def _questions(graph: HubGraph, reader: "User") -> Sequence[str]:
    """Beginnings of names that many nodes share, versions, SHAs, run ids, and nothing at all."""
    from evidence.models import Node

    commits = Node.objects.filter(pk__in=graph.ids["commit"][:5]).values_list("uid", flat=True)
    runs = Node.objects.filter(pk__in=graph.ids["run"][:5]).values_list("uid", flat=True)
    own = [uid.rpartition(":")[2] for uid in (*commits, *runs)]
    names = ["r", "run", "run-1", "run-77", "m", "model-12", "model-12 v3", "model-12/3", "deployment", "zzz"]
    return [*names, *(text[:7] for text in own), *own]


def _database_ms(work: Callable[[], object]) -> float:
    """The time that the statements of some work took, round trips included."""
    from django.db import connection

    taken = 0.0

    def timed(execute: Callable[..., object], *arguments: object) -> object:
        nonlocal taken
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            taken += time.perf_counter() - started

    with connection.execute_wrapper(timed):
        work()
    return taken * 1000


def _layout_ms(*, runs: int) -> float:
    """The time to lay out a view of 1,000 nodes with all its edges."""
    from lineage.layout import Item, Link, arrange
    from lineage.picture import RANKS

    graph = HubGraph(1000)
    items = [Item(str(node.id), RANKS[node.kind]) for node in graph.nodes()]  # type: ignore[index]
    links = [Link(str(edge.src), str(edge.dst), edge.kind == "version_of") for edge in graph.edges]
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        arrange(items, links)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024
