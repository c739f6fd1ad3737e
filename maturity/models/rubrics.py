"""Rubric texts that were ever used, and which one a team is judged by."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from core.models import Team, User
from core.permissions import Principal, in_visible_teams


class RubricTextQuerySet(models.QuerySet["RubricText"]):
    def visible_to(self, principal: Principal) -> "RubricTextQuerySet":
        """The shipped ones, and those of the principal's teams."""
        return self.filter(models.Q(team=None) | in_visible_teams(principal, "team"))


class RubricText(models.Model):
    """The text of a rubric file, kept for ever by its digest (SHA-256, hex). Append-only.

    `team` is None for the rubrics that come with the product. An assessment names its rubric by
    digest, so that it can be explained and computed again after the file has changed.
    """

    digest = models.CharField(max_length=64, unique=True)
    rubric = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    text = models.TextField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="rubric_texts")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = RubricTextQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["rubric", "-added_at"]

    def __str__(self) -> str:
        return f"{self.rubric} {self.version}"


class RubricChoice(models.Model):
    """The rubric that a team's headline is judged by; without a row, the newest Google levels.

    `pinned` is the digest of one version; empty follows the newest text of that rubric.
    """

    team = models.OneToOneField(
        Team, on_delete=models.CASCADE, primary_key=True, related_name="rubric_choice"
    )
    rubric = models.CharField(max_length=60)
    pinned = models.CharField(max_length=64, blank=True, default="")
    chosen_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.team_id}: {self.rubric}"
