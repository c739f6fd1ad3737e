"""Changes of level that were told, each once."""

from typing import ClassVar

from django.db import models

from core.models import System
from core.permissions import Principal, in_visible_teams


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def visible_to(self, principal: Principal) -> "AnnouncementQuerySet":
        return self.filter(in_visible_teams(principal, "system__team"))


class Announcement(models.Model):
    """A confirmed level changed and stayed so: a gain at once, a loss when a second look agrees.

    Levels as in `Assessment`; an empty `capability` is the overall level. A level that is only
    unseen is never announced as lost: `after` is then the highest level that is still possible.
    """

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="announcements")
    rubric = models.CharField(max_length=60)
    capability = models.CharField(max_length=40, blank=True, default="")
    before = models.SmallIntegerField(null=True)
    after = models.SmallIntegerField(null=True)
    assessment = models.ForeignKey(
        "maturity.Assessment", on_delete=models.PROTECT, related_name="announcements"
    )
    at = models.DateTimeField()

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assessment", "capability", "after"], name="one_announcement_a_change"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.capability or 'overall'}: {self.before} to {self.after}"
