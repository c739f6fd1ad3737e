"""Teams that agreed to be shown beside others."""

from django.db import models
from django.utils import timezone

from core.models import Team, User


class Comparison(models.Model):
    """A team whose manager agreed to be compared with the other teams that agreed. No row: it is not."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, primary_key=True, related_name="comparison")
    agreed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    agreed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.team_id} agreed to be compared"
