"""What monitoring shows on other pages."""

from django.http import HttpRequest
from django.utils import timezone

from core.cards import Card
from core.context import chosen_team
from core.models import System
from core.permissions import Permission, has_permission, principal_of
from evidence.models import Node
from evidence.records import NodeKind
from monitoring import selectors
from monitoring.models import Monitor
from monitoring.present import alert_rows, sign_of

MOST = 5
WATCHED = (NodeKind.MODEL_VERSION, NodeKind.DEPLOYMENT)


def overview_alerts(request: HttpRequest, subject: None) -> Card | None:
    """The open alerts of all systems; nothing before the first monitor stands."""
    principal, team = principal_of(request), chosen_team(request)
    alerts = list(selectors.alerts_for(principal, team=team).loud()[: MOST + 1])
    if not alerts and not selectors.monitors_for(principal, team=team).exists():
        return None
    rows = alert_rows(alerts[:MOST], now=timezone.now())
    return Card("monitoring/_alerts_card.html", {"rows": rows, "has_more": len(alerts) > MOST})


def system_monitors(request: HttpRequest, system: System) -> Card:
    """The monitors of one system, or the way to a first one."""
    rows = selectors.monitor_rows(Monitor.objects.filter(system=system))
    context = {
        "rows": [(row, sign_of(row.state)) for row in rows],
        "system": system,
        "may_create": has_permission(principal_of(request), Permission.MONITOR_EDIT, team=system.team),
    }
    return Card("monitoring/_system_card.html", context)


def node_drift(request: HttpRequest, node: Node) -> Card | None:
    """Drift and open alerts of a model version or a deployment; nothing where none watches it."""
    if node.kind not in WATCHED:
        return None
    visible = Monitor.objects.visible_to(principal_of(request)).values("pk")
    alerts = list(selectors.alerts_about(node).filter(monitor__in=visible)[:MOST])
    window = selectors.newest_window_of(node)
    if window is not None and not Monitor.objects.filter(pk=window.monitor_id, pk__in=visible).exists():
        window = None
    if not alerts and window is None:
        return None
    context = {
        "rows": alert_rows(alerts, now=timezone.now()),
        "window": window,
        "sign": sign_of(window.state) if window else None,
    }
    return Card("monitoring/_node_card.html", context)
