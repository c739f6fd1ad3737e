"""Reads the facts of one system from the store, in a number of statements that does not grow with it.

Read are the system's things, of its runs those of the last half year, and from production versions
backwards whatever they stand on, however old.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from core.models import Membership, System
from evidence.connectors.found import connectors
from evidence.identity import commit_uid, is_sha
from evidence.models import Edge, Event, Node, Source, Sync, SyncStatus
from evidence.records import BlindReason, EdgeKind, NodeKind
from maturity import assemble_serving as served
from maturity.assemble import assemble
from maturity.facts import Blind, SourceHealth, SystemFacts
from maturity.graph_rows import EdgeRow, EventRow, NodeRow, Rows
from maturity.load_people import with_people

PAST = timedelta(days=370)
RUN_PAST = timedelta(days=181)
TIMED = (NodeKind.RUN, NodeKind.PIPELINE_RUN)
KEPT = (
    NodeKind.REPOSITORY,
    NodeKind.MODEL,
    NodeKind.MODEL_VERSION,
    NodeKind.LOGGED_MODEL,
    NodeKind.PIPELINE_VERSION,
    NodeKind.SCHEDULE,
    NodeKind.DEPLOYMENT,
    NodeKind.FEATURE_VIEW,
    NodeKind.FEATURE_SERVICE,
)
REACHED = (*TIMED, *KEPT, NodeKind.COMMIT, NodeKind.DATASET_VERSION, NodeKind.IMAGE)
CI = (NodeKind.BRANCH, NodeKind.PULL_REQUEST, NodeKind.WORKFLOW_RUN, NodeKind.IMAGE)
FOLLOWED = (
    NodeKind.RUN,
    NodeKind.LOGGED_MODEL,
    NodeKind.PIPELINE_RUN,
    NodeKind.PIPELINE_VERSION,
    NodeKind.IMAGE,
)
EDGES = (
    EdgeKind.CODE_OF,
    EdgeKind.READ_BY,
    EdgeKind.WROTE,
    EdgeKind.REGISTERED_AS,
    EdgeKind.DEPLOYED_AS,
    EdgeKind.COMPILED_TO,
    EdgeKind.VERSION_OF,
    EdgeKind.CHILD_OF,
    EdgeKind.EVALUATED_BY,
)
HOPS = 5
"""Version, logged model, run, parent run, pipeline run, pipeline: how far back old rows are followed."""

NODE_FIELDS = ("id", "kind", "uid", "label", "url", "state", "started_at", "ended_at", "gone_at", "attrs")
ROLE = {"github": "ci"}
"""What a kind of source is to the rubrics, where they do not call it by its name."""
GOOD = (SyncStatus.SUCCEEDED, SyncStatus.PARTIAL)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A kind of source that reports by itself, by these events; what `ages` must go on reporting."""

    kind: str
    name: str
    events: frozenset[str]
    ages: bool = False


REPORTED = "deployment reported"
PUSHED = (
    Pushed("deployments", "Deployment reports", frozenset({REPORTED})),
    Pushed("rollouts", "Roll-out analyses", frozenset({served.ANALYSED})),
    Pushed("channels", "Alert channels", frozenset({served.DELIVERED, served.TESTED})),
    Pushed("metrics", "Serving metrics", frozenset({served.READY, served.EVALUATED}), ages=True),
    Pushed("reconciler", "GitOps observations", frozenset({served.RECONCILED}), ages=True),
)


def readable_kinds() -> frozenset[str]:
    """The kinds of source, as rubrics call them, that this version can read."""
    connected = {ROLE.get(kind, kind) for kind in connectors()}
    return frozenset(connected | {pushed.kind for pushed in PUSHED})


def load_facts(system: System, *, now: datetime) -> SystemFacts:
    """Everything the probes may know about the system at `now`."""
    rows = Rows(events=_events(system, now=now))
    _read_graph(rows, system, now=now)
    _read_heads(rows)
    facts = assemble(
        rows,
        slug=system.slug,
        name=system.name,
        team=system.team.name,
        now=now,
        active_members=Membership.objects.filter(team=system.team_id, user__is_active=True).count(),
        sources=(*_sources(system), *_reports(rows, now=now)),
    )
    return with_people(facts, system)


def _read_graph(rows: Rows, system: System, *, now: datetime) -> None:
    own = Node.objects.filter(system=system).filter(
        Q(kind__in=KEPT) | Q(kind__in=TIMED, started_at__gt=now - RUN_PAST)
    )
    rows.add_nodes(_nodes(own))
    rows.add_nodes(
        _nodes(Node.objects.filter(system=system, kind__in=CI).exclude(ended_at__lte=now - RUN_PAST))
    )
    rows.add_edges(_edges(own))
    for _ in range(HOPS):
        found = _nodes(Node.objects.filter(pk__in=rows.missing, kind__in=REACHED))
        if not found:
            break
        rows.add_nodes(found)
        rows.add_edges(_edges([node.id for node in found if node.kind in FOLLOWED]))


def _read_heads(rows: Rows) -> None:
    """The newest commit of each repository, to know when it was touched."""
    shas = {str(node.attrs.get("commit") or "").lower() for node in rows.of(NodeKind.REPOSITORY)}
    by_uid = {commit_uid(sha): sha for sha in shas if is_sha(sha)}
    rows.heads = {by_uid[node.uid]: node for node in _nodes(Node.objects.filter(uid__in=by_uid))}


def _nodes(nodes: QuerySet[Node]) -> list[NodeRow]:
    return [NodeRow(**values) for values in nodes.values(*NODE_FIELDS)]


def _edges(ends: "QuerySet[Node] | Collection[int]") -> Iterable[EdgeRow]:
    """Edges at either end of these nodes; two index scans, never a scan of the table."""
    edges = Edge.objects.filter(kind__in=EDGES).order_by()
    found = edges.filter(src__in=ends).union(edges.filter(dst__in=ends))
    return [EdgeRow(*row) for row in found.values_list("src_id", "kind", "dst_id", "method")]


def _events(system: System, *, now: datetime) -> tuple[EventRow, ...]:
    """The system's events of the last year, newest first."""
    found = Event.objects.filter(system=system, at__gt=now - PAST, at__lte=now).select_related("node")
    return tuple(
        EventRow(
            kind=event.kind,
            at=event.at,
            actor=event.actor,
            attrs=event.attrs,
            node=NodeRow(**{name: getattr(event.node, name) for name in NODE_FIELDS}),
        )
        for event in found
    )


def _sources(system: System) -> tuple[SourceHealth, ...]:
    """The sources that give the system evidence, each with its newest good sync and newest failure."""
    ended = Sync.objects.filter(source=OuterRef("pk"), finished_at__isnull=False).order_by(
        "-queued_at", "-pk"
    )
    good = ended.filter(status__in=GOOD)
    found = (
        Source.objects.filter(enabled=True)
        .filter(
            Q(bindings__system=system) | Exists(Node.objects.filter(source=OuterRef("pk"), system=system))
        )
        .distinct()
        .annotate(
            seen_at=Subquery(good.values("started_at")[:1]),
            blind=Subquery(good.values("blind")[:1]),
            newest_status=Subquery(ended.values("status")[:1]),
            newest_error=Subquery(ended.values("error")[:1]),
        )
        .order_by("slug")
        .values("kind", "name", "seen_at", "blind", "newest_status", "newest_error")
    )
    return tuple(_health(row) for row in found)


def _health(row: Mapping[str, object]) -> SourceHealth:
    error = row["newest_error"] if row["newest_status"] == SyncStatus.FAILED else None
    detail = error if isinstance(error, dict) else {}
    blind = row["blind"] if isinstance(row["blind"], list) else []
    seen_at = row["seen_at"]
    kind = str(row["kind"])
    return SourceHealth(
        kind=ROLE.get(kind, kind),
        name=str(row["name"]),
        seen_at=seen_at if isinstance(seen_at, datetime) else None,
        reason=_reason(detail.get("reason")) if detail else None,
        why=" ".join(str(detail[part]) for part in ("what", "why") if detail.get(part)),
        blind=tuple(
            Blind(
                scope=str(each.get("scope", "")),
                reason=_reason(each.get("reason")),
                why=str(each.get("why", "")),
            )
            for each in blind
            if isinstance(each, dict)
        ),
    )


def _reason(code: object) -> BlindReason:
    try:
        return BlindReason(str(code))
    except ValueError:
        return BlindReason.COLLECTOR_FAILED


def _reports(rows: Rows, *, now: datetime) -> tuple[SourceHealth, ...]:
    """What is pushed counts as a source as soon as it came."""
    deployed = any(node.attrs.get("how") == "reported" for node in rows.of(NodeKind.DEPLOYMENT))
    kinds = {event.kind for event in rows.events} | ({REPORTED} if deployed else set())
    newest = {event.kind: event.at for event in reversed(rows.events)}
    return tuple(
        SourceHealth(
            kind=pushed.kind,
            name=pushed.name,
            seen_at=max(newest[k] for k in pushed.events & kinds) if pushed.ages else now,
        )
        for pushed in PUSHED
        if pushed.events & kinds
    )
