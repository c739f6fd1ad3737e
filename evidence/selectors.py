"""Reading the evidence store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery

from core.permissions import Principal
from evidence.connectors.found import connectors
from evidence.models import OPEN_SYNC, Node, Source, Sync, SyncStatus
from evidence.records import SIDE_EDGES, EdgeKind, Json, NodeKind

BINDABLE = {
    NodeKind.EXPERIMENT: "experiment",
    NodeKind.MODEL: "model",
    NodeKind.PIPELINE: "pipeline",
    NodeKind.REPOSITORY: "repository",
}
"""Node kinds that a binding can name, and the binding's kind."""


def wanted_commits(source: Source) -> frozenset[str]:
    """Full SHAs that evidence of the source's systems refers to (all evidence while it is unbound)."""
    systems = source.bindings.values("system")
    commits = Node.objects.filter(kind=NodeKind.COMMIT)
    if source.bindings.exists():
        commits = commits.filter(system__in=systems)
    return frozenset(uid.rpartition(":")[2] for uid in commits.values_list("uid", flat=True)[:5000])


def production_commits(source: Source) -> frozenset[str]:
    """The commits that the systems' models in production were built from, found upstream of them."""
    versions = Node.objects.filter(
        kind=NodeKind.MODEL_VERSION, attrs__production=True, system__in=source.bindings.values("system")
    )
    start = list(versions.values_list("pk", flat=True)[:1000])
    return frozenset(uid.rpartition(":")[2] for uid in _upstream_commits(start))


def _upstream_commits(start: list[int]) -> list[str]:
    """Uids of commits upstream of nodes. A nested run leads to its parent, whose code it ran."""
    side = sorted(SIDE_EDGES - {EdgeKind.CHILD_OF})
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE upstream (id, depth) AS (
                SELECT unnest(%s::bigint[]), 0
                UNION
                SELECT next.id, upstream.depth + 1
                FROM upstream JOIN LATERAL (
                    SELECT src_id AS id FROM evidence_edge
                    WHERE dst_id = upstream.id AND kind <> ALL(%s) AND kind <> 'child_of'
                    UNION ALL
                    SELECT dst_id FROM evidence_edge WHERE src_id = upstream.id AND kind = 'child_of'
                ) next ON true
                WHERE upstream.depth < 6
            )
            SELECT DISTINCT node.uid FROM upstream
            JOIN evidence_node node ON node.id = upstream.id WHERE node.kind = 'commit' LIMIT 1000
            """,
            [start, side],
        )
        return [row[0] for row in cursor.fetchall()]


def known_to_source(source: Source, *, full: bool) -> dict[str, Json]:
    """What the store holds of this source and has not marked as gone (see `Context.known`)."""
    living = Node.objects.filter(source=source, gone_at=None)
    models = living.filter(kind=NodeKind.MODEL).values_list("attrs__name", "attrs__aliases")
    versions: dict[str, Json] = {}
    for attrs in living.filter(kind=NodeKind.MODEL_VERSION).values_list("attrs", flat=True):
        of_model = versions.setdefault(str(attrs.get("name")), {})
        if isinstance(of_model, dict):
            of_model[str(attrs.get("version"))] = attrs
    known: dict[str, Json] = {
        "model_aliases": {name: aliases or {} for name, aliases in models if name},
        "model_versions": versions,
    }
    if full:
        for key, kind in (("runs", NodeKind.RUN), ("pipeline_runs", NodeKind.PIPELINE_RUN)):
            runs = living.filter(kind=kind, attrs__has_key="run_id")
            known[key] = list(runs.values_list("attrs__run_id", flat=True))
    return known


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How the sources that somebody may see are doing."""

    total: int
    in_sync: int
    faulty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with its syncs that matter. `state`: ok, late, down, or none (never read)."""

    source: Source
    latest: Sync | None  # finished last
    open: Sync | None  # queued or running
    seen: Sync | None  # the last that could read
    state: str

    @property
    def kind(self) -> str:
        """What people call this kind of source."""
        connector = connectors().get(self.source.kind)
        return connector.label if connector else self.source.kind


LATE_AFTER = 3
"""A source is late when this many of its intervals passed without a reading."""


def source_rows(principal: Principal, *, now: datetime, slug: str | None = None) -> list[SourceRow]:
    """Visible sources with their latest, open and last readable sync: two queries."""
    sources = Source.objects.visible_to(principal).select_related("team")
    if slug is not None:
        sources = sources.filter(slug=slug)
    syncs = Sync.objects.filter(source=OuterRef("pk")).order_by("-queued_at", "-pk").values("pk")
    read = [SyncStatus.SUCCEEDED, SyncStatus.PARTIAL]
    rows = list(
        sources.annotate(
            latest_id=Subquery(syncs.exclude(status__in=OPEN_SYNC)[:1]),
            open_id=Subquery(syncs.filter(status__in=OPEN_SYNC)[:1]),
            seen_id=Subquery(syncs.filter(status__in=read)[:1]),
        )
    )
    known = Sync.objects.in_bulk({pk for row in rows for pk in _sync_ids(row) if pk})
    found = []
    for source in rows:
        latest, open_, seen = (known.get(pk or 0) for pk in _sync_ids(source))
        state = _state(source, latest=latest, seen=seen, now=now)
        found.append(SourceRow(source, latest, open_, seen, state))
    return found


def _sync_ids(source: Source) -> tuple[int | None, int | None, int | None]:
    """The annotations of `source_rows`: latest finished, open, last readable."""
    return tuple(getattr(source, name) for name in ("latest_id", "open_id", "seen_id"))


def _state(source: Source, *, latest: Sync | None, seen: Sync | None, now: datetime) -> str:
    if latest and latest.status == SyncStatus.FAILED:
        return "down"
    if seen is None or seen.finished_at is None:
        return "none"
    late = now - seen.finished_at > timedelta(minutes=LATE_AFTER * source.interval_minutes)
    return "late" if late else "ok"


def source_health(rows: list[SourceRow]) -> SourceHealth:
    """Health over all rows whose source is switched on."""
    live = [row for row in rows if row.source.enabled]
    return SourceHealth(
        total=len(live),
        in_sync=sum(row.state == "ok" for row in live),
        faulty=tuple(row.source.name for row in live if row.state == "down"),
    )


def things_by_kind(source: Source) -> list[tuple[str, int]]:
    """How many living things of each kind the source shows."""
    living = Node.objects.filter(source=source, gone_at=None)
    return list(living.values_list("kind").annotate(n=Count("pk")).order_by("kind"))


def unassigned(source: Source) -> QuerySet[Node]:
    """Things of the source that could be bound to a system and are not."""
    kinds = [kind.value for kind in BINDABLE]
    return Node.objects.filter(source=source, system=None, gone_at=None, kind__in=kinds).order_by(
        "kind", "label"
    )
