"""What the lineage home page starts from: what lives, and what was registered last."""

from django.db.models import Exists, F, OuterRef, QuerySet

from core.models import Team
from core.permissions import Principal
from evidence.models import Node
from evidence.records import NodeKind

MOST = 20


def live_deployments(principal: Principal, *, team: Team | None) -> "QuerySet[Node]":
    """Deployments that serve now, by system; at most twenty.

    A declared deployment (a registry's claim) is left out where a report says the same: a live deployment
    of the same model version of the same system in the same environment.
    """
    live = _of_kind(NodeKind.DEPLOYMENT, principal, team).filter(state="live")
    same = {key: OuterRef(key) for key in ("system", "attrs__model", "attrs__environment")}
    reported = Node.objects.filter(
        kind=NodeKind.DEPLOYMENT, gone_at=None, state="live", attrs__how="reported", **same
    )
    live = live.exclude(Exists(reported), attrs__how="declared")
    return live.order_by(F("system__name").asc(nulls_last=True), "-pk")[:MOST]


def recent_versions(principal: Principal, *, team: Team | None) -> "QuerySet[Node]":
    """Model versions, newest first; at most twenty."""
    return _of_kind(NodeKind.MODEL_VERSION, principal, team).order_by("-pk")[:MOST]


def _of_kind(kind: NodeKind, principal: Principal, team: Team | None) -> "QuerySet[Node]":
    nodes = Node.objects.visible_to(principal).filter(kind=kind, gone_at=None).select_related("system")
    return nodes.filter(system__team=team) if team else nodes
