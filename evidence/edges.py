"""Writing edges. One end that nobody has shown yet keeps the edge pending until it appears."""

from datetime import datetime

from django.db.models import Q

from evidence import bulk
from evidence.models import Alias, Edge, Node, PendingEdge, Source
from evidence.records import EdgeRecord


def write_edges(
    records: list[EdgeRecord], *, source: Source | None, now: datetime, ids: dict[str, int]
) -> int:
    """Write a page's edges and those that waited for its nodes; returns how many were written.

    `ids` leads from the keys (uids, aliases) of the page's nodes to their rows.
    """
    source_id = source.pk if source else None
    known = _resolve({key for record in records for key in (record.src, record.dst)}, ids=ids)
    rows: dict[tuple[int, str, int], bulk.Row] = {}
    pending: dict[tuple[str, str, str], bulk.Row] = {}
    for record in records:
        src, dst = known.get(record.src), known.get(record.dst)
        if src is None or dst is None:
            pending[record.src, record.kind, record.dst] = _pending(record, source_id=source_id, now=now)
        elif src != dst:
            rows[src, record.kind, dst] = _edge(record, src=src, dst=dst, source_id=source_id, now=now)
    bulk.save(PendingEdge, list(pending.values()), unique=["src", "kind", "dst"])
    return _save(rows) + _settle(ids, now=now)


def _resolve(keys: set[str], *, ids: dict[str, int]) -> dict[str, int]:
    known = {key: ids[key] for key in keys if key in ids}
    missing = keys - set(known)
    known |= dict(Node.objects.filter(uid__in=missing).values_list("uid", "pk"))
    known |= dict(Alias.objects.filter(key__in=missing - set(known)).values_list("key", "node_id"))
    return known


def _save(rows: dict[tuple[int, str, int], bulk.Row]) -> int:
    bulk.save(
        Edge, [rows[key] for key in sorted(rows)], unique=["src_id", "kind", "dst_id"], update=["last_seen"]
    )
    return len(rows)


def _settle(ids: dict[str, int], *, now: datetime) -> int:
    """Turn pending edges whose ends are both known now into edges."""
    if not PendingEdge.objects.exists():  # nearly always; the question below is long
        return 0
    waiting = list(PendingEdge.objects.filter(Q(src__in=ids) | Q(dst__in=ids)))
    known = _resolve({key for edge in waiting for key in (edge.src, edge.dst)}, ids=ids)
    ready = [edge for edge in waiting if edge.src in known and edge.dst in known]
    rows = {
        (known[edge.src], edge.kind, known[edge.dst]): _edge(
            edge, src=known[edge.src], dst=known[edge.dst], source_id=edge.source_id, now=now
        )
        for edge in ready
    }
    PendingEdge.objects.filter(pk__in=[edge.pk for edge in ready]).delete()
    return _save({key: row for key, row in rows.items() if key[0] != key[2]})


def _edge(
    edge: EdgeRecord | PendingEdge, *, src: int, dst: int, source_id: int | None, now: datetime
) -> bulk.Row:
    return {**_link(edge, source_id), "src_id": src, "dst_id": dst, "first_seen": now, "last_seen": now}


def _pending(record: EdgeRecord, *, source_id: int | None, now: datetime) -> bulk.Row:
    return {**_link(record, source_id), "src": record.src, "dst": record.dst, "first_seen": now}


def _link(edge: EdgeRecord | PendingEdge, source_id: int | None) -> dict[str, object]:
    return {
        "kind": edge.kind,
        "source_id": source_id,
        "method": edge.method[:120],
        "confidence": edge.confidence,
        "attrs": dict(edge.attrs),
    }
