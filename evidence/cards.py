"""What evidence shows on other pages."""

from django.http import HttpRequest
from django.utils import timezone

from core.cards import Card
from core.permissions import principal_of
from evidence.selectors import source_health, source_rows


def topbar_health(request: HttpRequest, subject: None) -> Card | None:
    """The dot in the top bar: how many sources are in sync."""
    if not request.user.is_authenticated:
        return None
    rows = source_rows(principal_of(request), now=timezone.now())
    return Card("evidence/_topbar.html", {"health": source_health(rows)})
