"""The evidence for administrators: to look at, never to change by hand."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from evidence.models import Node, Source, Sync


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """Connected servers and repositories, without their secrets."""

    list_display = ("name", "slug", "kind", "team", "enabled", "next_due_at")
    list_select_related = ("team",)
    list_filter = ("enabled",)
    search_fields = ("name", "slug", "url")


@admin.register(Sync)
class SyncAdmin(ReadOnlyAdmin):
    """Readings of sources, newest first."""

    list_display = ("source", "status", "full", "requested_by", "queued_at", "finished_at", "attempt")
    list_select_related = ("source",)
    list_filter = ("status",)
    search_fields = ("source__name", "source__slug")


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    """Things by their canonical name or the beginning of their label."""

    list_display = ("kind", "label", "uid", "system", "source", "last_seen", "gone_at")
    list_select_related = ("system", "source")
    search_fields = ("uid__exact", "label__startswith")
    ordering = ("-pk",)
    show_full_result_count = False  # a table of millions is not counted for a search
