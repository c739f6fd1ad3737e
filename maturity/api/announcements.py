"""Announcements: levels won and lost, each told once."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from core.api.base import ReadOnlyViewSet
from maturity.models import Announcement


class AnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    """Levels as in an assessment; an empty capability is the overall level."""

    system = serializers.CharField(source="system.slug", read_only=True)

    class Meta:
        model = Announcement
        fields: ClassVar = ["id", "system", "rubric", "capability", "before", "after", "assessment", "at"]


class AnnouncementFilter(django_filters.FilterSet):  # type: ignore[misc]
    system = django_filters.CharFilter(field_name="system__slug")
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")

    class Meta:
        model = Announcement
        fields: ClassVar = ["system", "rubric", "capability"]


class AnnouncementViewSet(ReadOnlyViewSet):
    """Gains at once; losses when a second assessment agreed, never because a source went dark."""

    queryset = Announcement.objects.none()
    serializer_class = AnnouncementSerializer
    filterset_class = AnnouncementFilter

    def get_queryset(self) -> QuerySet[Announcement]:
        return Announcement.objects.visible_to(self.principal).select_related("system").order_by("-pk")


routes: list[tuple[str, type, str]] = [("announcements", AnnouncementViewSet, "announcement")]
