"""Versions of one model beside each other: which there are, and which was the last good one."""

from datetime import datetime

from django.db.models import F, Max, Q, QuerySet

from core.permissions import Principal
from evidence.models import Node
from evidence.records import EdgeKind, NodeKind

MOST = 50


def versions_beside(version: Node, *, principal: Principal) -> "QuerySet[Node]":
    """Versions of the same model but this one, newest first; `served_at` tells when one went live last."""
    live = Q(out_edges__kind=EdgeKind.DEPLOYED_AS, out_edges__dst__attrs__environment="production")
    return (
        Node.objects.visible_to(principal)
        .filter(kind=NodeKind.MODEL_VERSION, source=version.source_id, attrs__name=version.attrs.get("name"))
        .exclude(pk=version.pk)
        .annotate(served_at=Max("out_edges__dst__started_at", filter=live))
        .order_by(F("started_at").desc(nulls_last=True), "-pk")[:MOST]
    )


def last_good(version: Node, *, principal: Principal) -> Node | None:
    """The other version that served production last; without one, that registered just before this one."""
    beside = list(versions_beside(version, principal=principal))
    served = [each for each in beside if _served_at(each)]
    if served:
        return max(served, key=_served_at)
    return next((each for each in beside if each.pk < version.pk), beside[0] if beside else None)


def _served_at(version: Node) -> float:
    """Epoch seconds of its last start in production; 0 for never."""
    at: datetime | None = getattr(version, "served_at", None)
    return at.timestamp() if at else 0.0
