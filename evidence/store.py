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
    writer.counts["events"] = _write_events(events, source=source, ids=writer.ids)
    return Written(writer.counts, frozenset(writer.systems))


def _flush_later() -> None:
    """Do not wait for the disk: this transaction reaches it with a later one, never after it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


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
        changed: list[tuple[NodeRecord, Node]] = []
        touched: list[int] = []
        for uid, record in sorted(wanted.items()):  # one order for all writers: no deadlocks
            node = known.get(uid)
            row = self._row(record, node)
            if node and _is_unchanged(record, node, row, said=said.get(node.pk)):
                touched.append(node.pk)
                self.ids[uid] = node.pk
            else:
                changed.append((record, row))
        Node.objects.filter(pk__in=touched).update(last_seen=self.now)
        self._save(changed, said=said)
        self._save_aliases(wanted, known)

    def _digests(self, nodes: Iterable[Node]) -> dict[int, str]:
        """What this source says of these nodes until now, as digests by node."""
        rows = Observation.objects.filter(node__in=[n.pk for n in nodes], source=self.source, seen_until=None)
        return dict(rows.values_list("node_id", "digest"))

    def _row(self, record: NodeRecord, known: Node | None) -> Node:
        """The row as it should be now. A stub only adds a system, or the mark that the thing is gone."""
        system = self.rules.system_for(record.scopes)
        if known and record.stub:
            gone_at = known.gone_at or (self.now if record.gone else None)
            return _copy(known, system_id=known.system_id or system, last_seen=self.now, gone_at=gone_at)
        row = Node(
            kind=record.kind,
            uid=known.uid if known else record.uid,
            label=record.label[:300],
            system_id=system or (known.system_id if known else None),
            source_id=self.source_id,
            url=record.url,
            state=record.state,
            started_at=record.started_at,
            ended_at=record.ended_at,
            first_seen=known.first_seen if known else self.now,
            last_seen=self.now,
            attrs=dict(record.attrs),
        )
        if record.gone:
            row.gone_at = known.gone_at or self.now if known else self.now
        return row

    def _save(self, changed: list[tuple[NodeRecord, Node]], *, said: dict[int, str]) -> None:
        written = bulk.save([row for _record, row in changed], unique=["uid"], update=SAID)
        observations = []
        for record, row in changed:
            node = self.ids[record.uid] = written[row.uid,]
            if row.system_id:
                self.systems.add(row.system_id)
            digested = "" if record.stub else digest(record)
            if digested and said.get(node) != digested:
                observations.append(self._observation(record, node, digested))
        self.counts["nodes"] += len(written)
        self._observe(observations)

    def _observation(self, record: NodeRecord, node_id: int, digested: str) -> Observation:
        said = {
            "label": record.label,
            "state": record.state,
            "gone": record.gone,
            "attrs": dict(record.attrs),
        }
        return Observation(
            node_id=node_id, source_id=self.source_id, digest=digested, said=said, seen_from=self.now
        )

    def _observe(self, observations: list[Observation]) -> None:
        nodes = [observation.node_id for observation in observations]
        Observation.objects.filter(node__in=nodes, source=self.source, seen_until=None).update(
            seen_until=self.now
        )
        bulk.save(observations)
        self.counts["observations"] += len(observations)

    def _save_aliases(self, wanted: dict[str, NodeRecord], known: dict[str, Node]) -> None:
        """Further keys; a record that an alias led to another node leaves its own uid as a key too."""
        keys = {alias: self.ids[uid] for uid, record in wanted.items() for alias in record.aliases}
        keys |= {uid: node.pk for uid, node in known.items() if node.uid != uid}
        bulk.save(
            [Alias(key=key, node_id=node, source_id=self.source_id) for key, node in sorted(keys.items())],
            unique=["key"],
        )
        self.ids |= keys


def _known_nodes(wanted: dict[str, NodeRecord]) -> dict[str, Node]:
    """Stored nodes by the uid of the record that means them: found by uid, else by an alias."""
    found = {node.uid: node for node in Node.objects.filter(uid__in=wanted)}
    owner = {key: uid for uid, record in wanted.items() for key in (*record.aliases, uid)}
    missing = [key for key, uid in owner.items() if uid not in found]
    for alias in Alias.objects.filter(key__in=missing).select_related("node"):
        found.setdefault(owner[alias.key], alias.node)
    return found


def _copy(node: Node, **changes: object) -> Node:
    fields = {field.attname: getattr(node, field.attname) for field in Node._meta.concrete_fields}
    del fields["id"]
    return Node(**{**fields, **changes})


def _is_unchanged(record: NodeRecord, known: Node, row: Node, *, said: str | None) -> bool:
    if known.system_id != row.system_id:
        return False
    if record.stub:
        return known.gone_at == row.gone_at
    return said == digest(record) and bool(known.gone_at) == record.gone


def _write_events(records: list[EventRecord], *, source: Source | None, ids: dict[str, int]) -> int:
    keys = {record.node for record in records}
    nodes = {node.uid: node for node in Node.objects.filter(uid__in=keys)}
    nodes |= {a.key: a.node for a in Alias.objects.filter(key__in=keys - set(nodes)).select_related("node")}
    unknown = sorted(keys - set(nodes))
    if unknown:
        raise StoreError(f"An event names {unknown[0]}, which no record describes.")
    before = Event.objects.filter(dedupe__in=[record.dedupe for record in records]).count()
    rows = [
        Event(
            kind=record.kind,
            node=nodes[record.node],
            system_id=nodes[record.node].system_id,
            source=source,
            at=record.at,
            actor=record.actor,
            attrs=dict(record.attrs),
            dedupe=record.dedupe,
        )
        for record in records
    ]
    bulk.save(list({row.dedupe: row for row in rows}.values()), unique=["dedupe"])
    return len({record.dedupe for record in records}) - before
