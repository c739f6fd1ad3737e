"""Who may do what. Roles are sets of permissions; everything is asked of a principal and a team."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from core.models import ApiToken, Team, User


class Role(StrEnum):
    """A person's role in a team."""

    VIEWER = "viewer"
    EDITOR = "editor"
    MANAGER = "manager"


class Permission(StrEnum):
    """What can be allowed, the verb last."""

    TEAM_VIEW = "team.view"
    TEAM_COMPARE = "team.compare"
    SYSTEM_EDIT = "system.edit"
    SOURCE_MANAGE = "source.manage"
    SYNC_START = "sync.start"
    MONITOR_EDIT = "monitor.edit"
    ALERT_HANDLE = "alert.handle"
    DEPLOYMENT_REPORT = "deployment.report"
    INPUT_WRITE = "input.write"
    INPUT_APPROVE = "input.approve"
    RUBRIC_CHOOSE = "rubric.choose"
    TOKEN_MANAGE = "token.manage"  # noqa: S105 (a permission's name)
    MEMBER_MANAGE = "member.manage"


_VIEWER = frozenset({Permission.TEAM_VIEW})
_EDITOR = _VIEWER | {
    Permission.SYSTEM_EDIT,
    Permission.SYNC_START,
    Permission.MONITOR_EDIT,
    Permission.ALERT_HANDLE,
    Permission.DEPLOYMENT_REPORT,
    Permission.INPUT_WRITE,
}
ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.EDITOR: _EDITOR,
    Role.MANAGER: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class TokenPrincipal:
    """A program: it may what its token's scope says, in its token's team, and nothing else."""

    token: "ApiToken"
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    is_superuser: bool = False

    @property
    def pk(self) -> str:
        """Names the program where a user's key is expected (rate limits)."""
        return f"token-{self.token.pk}"

    def __str__(self) -> str:
        return f"token {self.token.name}"


Principal: TypeAlias = Union["User", TokenPrincipal, AnonymousUser]


def sees_everything(principal: Principal) -> bool:
    """True for an administrator who may still sign in."""
    return principal.is_superuser and principal.is_active


def visible_teams(principal: Principal) -> "QuerySet[Team]":
    """The teams whose things the principal may see; a subquery, no query of its own."""
    from core.models import Team

    if isinstance(principal, TokenPrincipal):
        return Team.objects.filter(pk=principal.token.team_id)
    if isinstance(principal, AnonymousUser) or not principal.is_active:
        return Team.objects.none()
    if sees_everything(principal):
        return Team.objects.all()
    return Team.objects.filter(memberships__user=principal)


def teams_allowing(principal: Principal, permission: Permission) -> "QuerySet[Team]":
    """The teams in which a person may do this; a subquery, no query of its own."""
    teams = visible_teams(principal)
    if isinstance(principal, TokenPrincipal):
        return teams if permission in principal.token.allowed() else teams.none()
    if isinstance(principal, AnonymousUser) or sees_everything(principal):
        return teams
    roles = [role.value for role, allowed in ALLOWED.items() if permission in allowed]
    return teams.filter(memberships__user=principal, memberships__role__in=roles)


def in_visible_teams(principal: Principal, field: str) -> Q:
    """A filter: `field` (a path to a team) is one of the principal's teams."""
    if sees_everything(principal):
        return ~Q(pk__in=[])  # always true; an empty Q would vanish beside an "or"
    return Q(**{f"{field}__in": visible_teams(principal).values("pk")})


def has_permission(principal: Principal, permission: Permission, *, team: "Team | None") -> bool:
    """True if the principal may do this in this team; without a team only an administrator may."""
    if isinstance(principal, TokenPrincipal):
        return (
            team is not None
            and principal.token.team_id == team.pk
            and permission in principal.token.allowed()
        )
    if isinstance(principal, AnonymousUser) or not principal.is_active:
        return False
    if sees_everything(principal):
        return True
    if team is None:
        return False
    role = principal.memberships.filter(team=team).values_list("role", flat=True).first()
    return role is not None and permission in ALLOWED[Role(role)]


def principal_of(request: Any) -> Principal:
    """The person or program behind a Django or DRF request."""
    user: Principal = request.user
    return user
