"""A team's agreement to be shown beside others: given and taken back by its manager."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.models import Team, User
from core.permissions import Permission, Principal, has_permission
from maturity.models import Comparison


@transaction.atomic
def set_comparison(team: Team, *, agreed: bool, by: Principal, now: datetime) -> None:
    """Agree to be compared, or no longer; saying the same twice changes nothing."""
    if not has_permission(by, Permission.TEAM_COMPARE, team=team):
        raise PermissionDenied
    Team.objects.select_for_update().get(pk=team.pk)
    held = Comparison.objects.filter(team=team)
    if held.exists() is agreed:
        return
    if agreed:
        Comparison.objects.create(team=team, agreed_by=by if isinstance(by, User) else None, agreed_at=now)
    else:
        held.delete()
    audit.record(by, "comparison.agreed" if agreed else "comparison.withdrawn", team, team=team)
