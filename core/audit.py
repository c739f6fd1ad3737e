"""Writing the audit trail: called by services, inside their transaction."""

from collections.abc import Mapping

from core.models import AuditEvent, Team
from core.permissions import Principal


def record(
    actor: Principal | str,
    action: str,
    target: object,
    *,
    team: Team | None = None,
    detail: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Write one event. `action` is `noun.verb`, `target` names the thing, `detail` holds JSON values."""
    return AuditEvent.objects.create(
        actor=str(actor),
        action=action,
        target=str(target)[:200],
        team_id=team.pk if team else None,
        detail=dict(detail or {}),
    )
