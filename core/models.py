"""Teams, systems, people, tokens, audit."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.permissions import ALLOWED, Permission, Principal, Role, in_visible_teams, visible_teams


class User(AbstractUser):
    """A person who signs in."""


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, principal: Principal) -> "TeamQuerySet":
        return self.filter(pk__in=visible_teams(principal).values("pk"))


class Team(models.Model):
    """Owns systems."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "team"], name="one_role_a_person_and_team"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}: {self.role}"


class Tier(models.TextChoices):
    """How much a system matters; only production systems count in a team's headline."""

    PRODUCTION = "production", _("production")
    PILOT = "pilot", _("pilot")
    RETIRED = "retired", _("retired")


class SystemQuerySet(models.QuerySet["System"]):
    def visible_to(self, principal: Principal) -> "SystemQuerySet":
        return self.filter(in_visible_teams(principal, "team"))


class System(models.Model):
    """One ML use case: the unit that is scored."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="systems")
    tier = models.CharField(max_length=20, choices=Tier.choices, default=Tier.PRODUCTION)
    target_level = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(2)])
    created_at = models.DateTimeField(default=timezone.now)

    objects = SystemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(target_level__lte=2), name="system_target_level_0_to_2"
            ),
            models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="system_tier_known"),
        ]

    def __str__(self) -> str:
        return self.name


class TokenScope(models.TextChoices):
    READ = "read", _("read")
    WRITE = "write", _("read and write")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, principal: Principal) -> "ApiTokenQuerySet":
        return self.filter(in_visible_teams(principal, "team"))

    def usable(self, now: datetime) -> "ApiTokenQuerySet":
        return self.filter(revoked_at=None).filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now))


class ApiToken(models.Model):
    """A program's key to one team. Only a digest is kept; the token itself is shown once."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=10, choices=TokenScope.choices, default=TokenScope.READ)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(scope__in=TokenScope.values), name="token_scope_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    def allowed(self) -> frozenset[Permission]:
        """What a program with this token may do: reading, or what an editor may."""
        return ALLOWED[Role.EDITOR if self.scope == TokenScope.WRITE else Role.VIEWER]


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, principal: Principal) -> "AuditEventQuerySet":
        return self.filter(team_id__in=visible_teams(principal).values("pk"))


class AuditEvent(models.Model):
    """Who changed what, when. Append-only: the database refuses updates and deletes.

    Nothing here is a foreign key, so that the record outlives what it tells about.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    team_id = models.BigIntegerField(null=True, db_index=True)
    detail = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"
