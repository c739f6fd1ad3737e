"""What the lineage home page starts from: what lives, and what was registered last."""

from django.db.models import F, QuerySet

from core.models import Team
from core.permissions import Principal
from evidence.models import Node
from evidence.records import NodeKind

MOST = 20


def live_deployments(principal: Principal, *, team: Team | None) -> "QuerySet[Node]":
    """Deployments that serve now, by system; at most twenty."""
    return (
        _of_kind(NodeKind.DEPLOYMENT, principal, team)
        .filter(state="live")
        .order_by(F("system__name").asc(nulls_last=True), "-pk")[:MOST]
    )


def recent_versions(principal: Principal, *, team: Team | None) -> "QuerySet[Node]":
    """Model versions, newest first; at most twenty."""
    return _of_kind(NodeKind.MODEL_VERSION, principal, team).order_by("-pk")[:MOST]


def _of_kind(kind: NodeKind, principal: Principal, team: Team | None) -> "QuerySet[Node]":
    nodes = Node.objects.visible_to(principal).filter(kind=kind, gone_at=None).select_related("system")
    return nodes.filter(system__team=team) if team else nodes
