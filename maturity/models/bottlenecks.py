"""Where each system's time goes, as last measured."""

from typing import ClassVar

from django.db import models

from core.models import System
from core.permissions import Principal, in_visible_teams


class BottleneckReadingQuerySet(models.QuerySet["BottleneckReading"]):
    def visible_to(self, principal: Principal) -> "BottleneckReadingQuerySet":
        return self.filter(in_visible_teams(principal, "system__team"))


class BottleneckReading(models.Model):
    """The newest verdict on one system, replaced at each assessment.

    `side` is a value of `maturity.bottleneck.Side`; `body` is the whole `Bottleneck` as JSON.
    """

    system = models.OneToOneField(
        System, on_delete=models.CASCADE, primary_key=True, related_name="bottleneck"
    )
    measured_at = models.DateTimeField()
    side = models.CharField(max_length=30)
    body = models.JSONField()

    objects = BottleneckReadingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["system"]

    def __str__(self) -> str:
        return f"{self.system_id}: {self.side}"
