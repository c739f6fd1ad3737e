"""How far the building of the sample workspace is."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class StepState(models.TextChoices):
    PENDING = "pending", _("waiting")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class BuildStep(models.Model):
    """One step of the build, in the order of `position`; `detail` is a sentence for the person watching."""

    name = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PENDING)
    detail = models.CharField(max_length=300, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=StepState.values), name="build_step_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
