"""What was known of a system on a day: the ground for computing that day again."""

from typing import ClassVar

from django.db import models

from core.models import System


class FactsSnapshot(models.Model):
    """The last facts of one system on one day (UTC); today's row is replaced until the day ends.

    `body`: zlib-compressed JSON of `SystemFacts` in the shape that `format` numbers, without the
    moments of looking: these are `taken_at` and, source by source, `seen_at` (ISO or null).
    `digest`: SHA-256 (hex) of what `body` unpacks to.
    """

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="snapshots")
    day = models.DateField()
    taken_at = models.DateTimeField()
    seen_at = models.JSONField(default=list)
    format = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    body = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["-day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "day"], name="one_snapshot_a_day"),
        ]

    def __str__(self) -> str:
        return f"facts of {self.system_id} on {self.day}"
