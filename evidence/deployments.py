"""Deployments that a program reports: one revision of an endpoint, its traffic, and what it replaced."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import System
from core.permissions import Principal
from evidence.identity import commit_uid, deployment_uid, endpoint_uid, uid
from evidence.models import Edge, Event, Node
from evidence.readers import tell
from evidence.records import (
    Confidence,
    EdgeKind,
    EdgeRecord,
    EventRecord,
    Json,
    NodeKind,
    NodeRecord,
    Page,
    Record,
)
from evidence.store import write

METHOD = "reported by the deployment hook"


class DeploymentStatus(StrEnum):
    """How a reported rollout stands."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


STATES = {
    DeploymentStatus.STARTED: "rolling_out",
    DeploymentStatus.SUCCEEDED: "live",
    DeploymentStatus.FAILED: "failed",
    DeploymentStatus.ROLLED_BACK: "rolled_back",
}


RUNNING = frozenset({"rolling_out", "canary", "live"})


class IdempotencyConflictError(Exception):
    """The same key was used before for another report."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who allowed a deployment, when, and why; a name that the reporting job declares."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a deployment, already checked for shape. `traffic_percent` is 0 to 100."""

    system: System
    environment: str
    target: str
    model_name: str
    model_version: str
    status: DeploymentStatus
    at: datetime
    traffic_percent: int = 100
    git_commit: str = ""
    image: str = ""
    url: str = ""
    external_id: str = ""
    reason: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    approval: Approval | None = None

    @property
    def revision(self) -> str:
        """What makes it another revision: another model version or another image."""
        return "@".join(filter(None, [f"{self.model_name}:{self.model_version}", self.image]))

    @property
    def uid(self) -> str:
        return deployment_uid(self.system.slug, self.environment, self.target, self.revision)

    def digest(self) -> str:
        """SHA-256 of everything reported: tells a repeated report from another one with the same key."""
        said = [getattr(self, name) for name in self.__dataclass_fields__ if name not in {"system", "at"}]
        return hashlib.sha256(json.dumps([self.system.pk, *said], default=str).encode()).hexdigest()


@transaction.atomic
def report_deployment(report: Report, *, key: str, by: Principal, now: datetime) -> tuple[Node, bool]:
    """Keep a report; returns the deployment and whether the report was new.

    The same key with the same content does nothing; with other content IdempotencyConflictError.
    """
    System.objects.select_for_update().get(pk=report.system.pk)  # one report of a system at a time
    dedupe = f"deployment:{report.system.pk}:{key or report.digest()}"
    before = Event.objects.filter(dedupe=dedupe).select_related("node").first()
    if before:
        if before.attrs.get("digest") != report.digest():
            raise IdempotencyConflictError(
                f"The idempotency key {key!r} was used before for another report."
                " Use a new key for a new report."
            )
        return before.node, False
    write(Page(records=(*_described(report), *_links(report))), source=None, now=now)
    node = Node.objects.get(uid=report.uid)
    Node.objects.filter(uid__in=[each.uid for each in _described(report)]).update(system=report.system)
    # Only now: an event takes its system from its node.
    write(Page(records=_events(report, dedupe=dedupe, by=by)), source=None, now=now)
    if report.status is DeploymentStatus.SUCCEEDED and report.traffic_percent == 100:
        _supersede(node, endpoint_uid(report.system.slug, report.environment, report.target), now=now)
    link_deployments([report.system.pk], now=now)
    transaction.on_commit(partial(tell, [report.system.pk]))
    audit.record(
        by, "deployment.reported", node.label, team=report.system.team, detail={"status": report.status}
    )
    return node, True


def _events(report: Report, *, dedupe: str, by: Principal) -> tuple[EventRecord, ...]:
    """What happened: the roll-out, and before it the approval, once a revision."""
    rollout, approval = _rollout(report, dedupe=dedupe, by=by), report.approval
    if approval is None:
        return (rollout,)
    approved = EventRecord(
        "approved",
        report.uid,
        approval.at,
        f"approval:{report.uid}:{approval.at.isoformat()}",
        approval.by,
        {"reason": approval.reason, "reported_by": str(by)},
    )
    return approved, rollout


def _rollout(report: Report, *, dedupe: str, by: Principal) -> EventRecord:
    kind = "rolled_back" if report.status is DeploymentStatus.ROLLED_BACK else "deployed"
    attrs: dict[str, Json] = {
        "environment": report.environment,
        "target": report.target,
        "traffic_percent": report.traffic_percent,
        "status": report.status.value,
        "version": report.model_version,
        "reason": report.reason,
        "started_at": report.started_at.isoformat() if report.started_at else None,
        "digest": report.digest(),
    }
    return EventRecord(kind, report.uid, report.finished_at or report.at, dedupe, str(by), attrs)


def _described(report: Report) -> list[NodeRecord]:
    attrs: dict[str, Json] = {
        "environment": report.environment,
        "target": report.target,
        "traffic_percent": report.traffic_percent,
        "status": report.status.value,
        "image": report.image,
        "git_commit": report.git_commit,
        "model": {"name": report.model_name, "version": report.model_version},
        "how": "reported",
        "external_id": report.external_id,
    }
    state = "canary" if _is_canary(report) else STATES[report.status]
    label = f"{report.target} · {report.model_name} v{report.model_version}"
    endpoint = endpoint_uid(report.system.slug, report.environment, report.target)
    return [
        NodeRecord(
            NodeKind.DEPLOYMENT,
            report.uid,
            label,
            url=report.url,
            state=state,
            started_at=report.started_at,
            ended_at=None if state in RUNNING else report.finished_at,
            attrs=attrs,
        ),
        NodeRecord(
            NodeKind.ENDPOINT,
            endpoint,
            f"{report.target} ({report.environment})",
            url=report.url,
            attrs={"environment": report.environment, "target": report.target},
        ),
    ]


def _is_canary(report: Report) -> bool:
    return report.status is DeploymentStatus.SUCCEEDED and 0 < report.traffic_percent < 100


def _links(report: Report) -> list[Record]:
    endpoint = endpoint_uid(report.system.slug, report.environment, report.target)
    links: list[Record] = [EdgeRecord(report.uid, EdgeKind.SERVED_BY, endpoint, METHOD)]
    digest = report.image.partition("@sha256:")[2]
    if digest:
        image = uid("image", f"sha256:{digest}")
        links.append(
            NodeRecord(
                NodeKind.IMAGE,
                image,
                report.image.partition("@")[0],
                attrs={"image": report.image},
                stub=True,
            )
        )
        links.append(EdgeRecord(image, EdgeKind.DEPLOYED_AS, report.uid, METHOD))
        if report.git_commit:
            commit = commit_uid(report.git_commit)
            links.append(NodeRecord(NodeKind.COMMIT, commit, report.git_commit[:10], stub=True))
            links.append(EdgeRecord(commit, EdgeKind.CODE_OF, image, METHOD, Confidence.DECLARED))
    return links


def _supersede(node: Node, endpoint: str, *, now: datetime) -> None:
    """The revision with all the traffic replaces the others of its endpoint."""
    others = Edge.objects.filter(dst__uid=endpoint, kind=EdgeKind.SERVED_BY).exclude(src=node).values("src")
    Node.objects.filter(pk__in=others, state__in=RUNNING).update(state="superseded", ended_at=now)


def link_deployments(systems: list[int], *, now: datetime) -> int:
    """Link reported deployments of these systems to their model versions, where those are known by now."""
    linked = Edge.objects.filter(kind=EdgeKind.DEPLOYED_AS, src__kind=NodeKind.MODEL_VERSION).values("dst")
    waiting = Node.objects.filter(
        kind=NodeKind.DEPLOYMENT, system__in=systems, attrs__how="reported"
    ).exclude(pk__in=linked)
    edges = []
    for deployment in waiting:
        model = deployment.attrs["model"]
        versions = Node.objects.filter(
            kind=NodeKind.MODEL_VERSION,
            system=deployment.system_id,
            attrs__name=model["name"],
            attrs__version=model["version"],
        )[:2]
        if len(versions) == 1:  # two registries with the same name: nothing is guessed
            edges.append(_deployed_as(versions[0], deployment, now=now))
    Edge.objects.bulk_create(edges, ignore_conflicts=True)
    return len(edges)


def link_after_sync(systems: frozenset[int]) -> None:
    """A model version that a sync just brought may be what a reported deployment waits for."""
    link_deployments(sorted(systems), now=timezone.now())


def _deployed_as(version: Node, deployment: Node, *, now: datetime) -> Edge:
    return Edge(
        src=version,
        kind=EdgeKind.DEPLOYED_AS,
        dst=deployment,
        method=METHOD,
        confidence=Confidence.OBSERVED,
        first_seen=now,
        last_seen=now,
    )
