"""Reading the evidence store."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from core.permissions import Principal
from evidence.models import OPEN_SYNC, Binding, Node, Source, Sync, SyncStatus
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
        runs = living.filter(kind=NodeKind.RUN, attrs__has_key="run_id")
        known["runs"] = list(runs.values_list("attrs__run_id", flat=True))
    return known


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How the sources that somebody may see are doing."""

    total: int
    in_sync: int
    faulty: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        return not self.faulty


def sources_with_latest_sync(principal: Principal) -> QuerySet[Source]:
    """Visible sources, each with `latest_status`, `latest_id` and `latest_finished_at` of its last sync."""
    latest = Sync.objects.filter(source=OuterRef("pk")).order_by("-queued_at", "-pk")
    done = latest.exclude(status__in=OPEN_SYNC)
    return (
        Source.objects.visible_to(principal)
        .select_related("team")
        .annotate(
            latest_id=Subquery(latest.values("pk")[:1]),
            latest_status=Subquery(latest.values("status")[:1]),
            done_status=Subquery(done.values("status")[:1]),
            done_at=Subquery(done.values("finished_at")[:1]),
        )
    )


def source_health(principal: Principal) -> SourceHealth:
    """Health for the top bar: one query."""
    rows = sources_with_latest_sync(principal).filter(enabled=True).values_list("name", "done_status")
    faulty = tuple(name for name, status in rows if status == SyncStatus.FAILED)
    well = sum(status in {SyncStatus.SUCCEEDED, SyncStatus.PARTIAL} for _name, status in rows)
    return SourceHealth(total=len(rows), in_sync=well, faulty=faulty)


def source_page(principal: Principal, slug: str) -> Source | None:
    """A visible source with its bindings and its latest syncs, in a constant number of queries."""
    return (
        sources_with_latest_sync(principal)
        .prefetch_related(Prefetch("bindings", Binding.objects.select_related("system").order_by("kind", "pattern")))
        .filter(slug=slug)
        .first()
    )


def unassigned(source: Source) -> QuerySet[Node]:
    """Things of the source that could be bound to a system and are not."""
    return Node.objects.filter(source=source, system=None, gone_at=None, kind__in=list(BINDABLE)).order_by("kind", "label")
