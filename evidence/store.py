"""Writing records into the evidence store: batched, idempotent, one transaction a page.

A page written twice leaves the same rows. What a source says again unchanged only moves
`last_seen`; what it says anew closes its open observation and opens another.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from evidence import bulk
from evidence.bindings import Rules
from evidence.edges import write_edges
from evidence.models import Alias, Event, Node, Observation, Source
from evidence.records import EdgeRecord, EventRecord, NodeRecord, Page, digest, one_each

SAID = [
    "kind",
    "label",
    "system_id",
    "source_id",
    "url",
    "state",
    "started_at",
    "ended_at",
    "last_seen",
    "gone_at",
    "attrs",
]


NODE_COLUMNS = (*SAID, "uid", "first_seen")


class StoreError(Exception):
    """A record refers to something that nobody ever described."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a page changed: rows by table, and the systems it touched."""

    counts: Counter[str]
    systems: frozenset[int]


@transaction.atomic
def write(
    page: Page, *, source: Source | None, now: datetime, rules: Rules | None = None, durable: bool = True
) -> Written:
    """Write one page. `rules` are the source's bindings (none: systems stay as they are known).

    Without `durable` a crash of the database may lose the page, and then everything that was written
    after it: right for a sync, whose cursor moves in a later, durable transaction.
    """
    if not durable:
        _flush_later()
    writer = _NodeWriter(source=source, now=now, rules=rules or Rules(()))
    writer.write([record for record in page.records if isinstance(record, NodeRecord)])
    edges = [record for record in page.records if isinstance(record, EdgeRecord)]
    writer.counts["edges"] = write_edges(edges, source=source, now=now, ids=writer.ids)
    events = [record for record in page.records if isinstance(record, EventRecord)]
    writer.counts["events"] = _write_events(events, source=source, now=now)
    return Written(writer.counts, frozenset(writer.systems))


def _flush_later() -> None:
    """Do not wait for the disk: this transaction reaches it with a later one, never after it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a record makes of its node's row; `digest` is empty for a stub, which says nothing."""

    record: NodeRecord
    row: dict[str, object]
    digest: str

    def as_json(self) -> bulk.JsonText:
        """What an observation keeps."""
        said = {"gone": self.record.gone, "label": self.record.label, "state": self.record.state}
        return bulk.JsonText(f'{{"attrs":{self.row["attrs"]},{bulk.dumps(said)[1:]}')


class _NodeWriter:
    """Writes the nodes of one page; `ids` then leads from every uid and alias on it to its node."""

    def __init__(self, *, source: Source | None, now: datetime, rules: Rules) -> None:
        self.source, self.now, self.rules = source, now, rules
        self.source_id = source.pk if source else None
        self.counts: Counter[str] = Counter()
        self.systems: set[int] = set()
        self.ids: dict[str, int] = {}

    def write(self, records: list[NodeRecord]) -> None:
        wanted = one_each(records)
        if not wanted:
            return
        known = _known_nodes(wanted)
        said = self._digests(known.values())
        changed: list[_Said] = []
        touched: list[int] = []
        for uid, record in sorted(wanted.items()):  # one order for all writers: no deadlocks
            node = known.get(uid)
            new = self._said(record, node)
            if node and _is_unchanged(new, node, before=said.get(node.pk)):
                touched.append(node.pk)
                self.ids[uid] = node.pk
            else:
                changed.append(new)
        Node.objects.filter(pk__in=touched).update(last_seen=self.now)
        self._save(changed, said=said)
        self._save_aliases(wanted, known)

    def _digests(self, nodes: Iterable[Node]) -> dict[int, str]:
        """What this source says of these nodes until now, as digests by node."""
        rows = Observation.objects.filter(node__in=[n.pk for n in nodes], source=self.source, seen_until=None)
        return dict(rows.values_list("node_id", "digest"))

    def _said(self, record: NodeRecord, known: Node | None) -> "_Said":
        """The row as it should be now. A stub only adds a system, or the mark that the thing is gone."""
        system = self.rules.system_for(record.scopes)
        gone_at = (known.gone_at if known else None) or self.now
        if known and record.stub:
            row = {column: getattr(known, column) for column in NODE_COLUMNS}
            row |= {"system_id": known.system_id or system, "last_seen": self.now}
            row["gone_at"] = gone_at if record.gone else known.gone_at
            return _Said(record, {**row, "attrs": bulk.dumps(known.attrs)}, digest="")
        attrs = bulk.dumps(dict(record.attrs))
        row = {
            "kind": record.kind,
            "uid": known.uid if known else record.uid,
            "label": record.label[:300],
            "system_id": system or (known.system_id if known else None),
            "source_id": self.source_id,
            "url": record.url,
            "state": record.state,
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "first_seen": known.first_seen if known else self.now,
            "last_seen": self.now,
            "gone_at": gone_at if record.gone else None,
            "attrs": attrs,
        }
        return _Said(record, row, digest="" if record.stub else digest(record, attrs=attrs))

    def _save(self, changed: "list[_Said]", *, said: dict[int, str]) -> None:
        rows = [each.row for each in changed]
        written = bulk.save(Node, rows, unique=["uid"], update=SAID)
        self.ids |= {each.record.uid: written[each.row["uid"],] for each in changed}
        self.systems |= {system for row in rows if isinstance(system := row["system_id"], int)}
        self.counts["nodes"] += len(written)
        self._observe(
            [each for each in changed if each.digest and said.get(self.ids[each.record.uid]) != each.digest]
        )

    def _observe(self, news: "list[_Said]") -> None:
        """Close what this source said before of these nodes, and note what it says now."""
        nodes = [self.ids[each.record.uid] for each in news]
        Observation.objects.filter(node__in=nodes, source=self.source, seen_until=None).update(
            seen_until=self.now
        )
        rows = [
            {
                "node_id": node,
                "source_id": self.source_id,
                "digest": each.digest,
                "said": each.as_json(),
                "seen_from": self.now,
            }
            for node, each in zip(nodes, news, strict=True)
        ]
        bulk.save(Observation, rows)
        self.counts["observations"] += len(rows)

    def _save_aliases(self, wanted: dict[str, NodeRecord], known: dict[str, Node]) -> None:
        """Further keys; a record that an alias led to another node leaves its own uid as a key too."""
        keys = {alias: self.ids[uid] for uid, record in wanted.items() for alias in record.aliases}
        keys |= {uid: node.pk for uid, node in known.items() if node.uid != uid}
        rows = [
            {"key": key, "node_id": node, "source_id": self.source_id} for key, node in sorted(keys.items())
        ]
        bulk.save(Alias, rows, unique=["key"])
        self.ids |= keys


def _known_nodes(wanted: dict[str, NodeRecord]) -> dict[str, Node]:
    """Stored nodes by the uid of the record that means them: found by uid, else by an alias."""
    found = {node.uid: node for node in Node.objects.filter(uid__in=wanted)}
    owner = {key: uid for uid, record in wanted.items() for key in (*record.aliases, uid)}
    missing = [key for key, uid in owner.items() if uid not in found]
    for alias in Alias.objects.filter(key__in=missing).select_related("node"):
        found.setdefault(owner[alias.key], alias.node)
    return found


def _is_unchanged(new: _Said, known: Node, *, before: str | None) -> bool:
    """Nothing but the moment of seeing it is new."""
    if known.system_id != new.row["system_id"]:
        return False
    if new.record.stub:
        return known.gone_at == new.row["gone_at"]
    return before == new.digest and bool(known.gone_at) == new.record.gone


def _write_events(records: list[EventRecord], *, source: Source | None, now: datetime) -> int:
    keys = {record.node for record in records}
    nodes = {node.uid: node for node in Node.objects.filter(uid__in=keys)}
    nodes |= {a.key: a.node for a in Alias.objects.filter(key__in=keys - set(nodes)).select_related("node")}
    unknown = sorted(keys - set(nodes))
    if unknown:
        raise StoreError(f"An event names {unknown[0]}, which no record describes.")
    before = Event.objects.filter(dedupe__in=[record.dedupe for record in records]).count()
    rows = {
        record.dedupe: {
            "kind": record.kind,
            "node_id": nodes[record.node].pk,
            "system_id": nodes[record.node].system_id,
            "source_id": source.pk if source else None,
            "at": record.at,
            "recorded_at": now,
            "actor": record.actor[:200],
            "attrs": dict(record.attrs),
            "dedupe": record.dedupe,
        }
        for record in records
    }
    bulk.save(Event, list(rows.values()), unique=["dedupe"])
    return len(rows) - before
