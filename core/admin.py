"""The tables of core for administrators: people, teams and systems to change, the rest to look at."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from core.models import ApiToken, AuditEvent, Membership, System, Team, User


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Lists and details without a way to write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MembershipInline(admin.TabularInline[Membership, Model]):
    """Who has which role where, on the page of the person and on that of the team."""

    model = Membership
    extra = 1
    raw_id_fields = ("user",)


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    """People who sign in, with their teams."""

    inlines = (MembershipInline,)


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin[Team]):
    """Teams with their members."""

    fields = list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (Django's way to say it)
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)


@admin.register(System)
class SystemAdmin(admin.ModelAdmin[System]):
    """Systems. None is deleted, since its assessments stay: it is retired by its tier."""

    list_display = ("name", "slug", "team", "tier", "target_level")
    list_filter = ("tier", "team")
    list_select_related = ("team",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (Django's way to say it)
    readonly_fields = ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: System | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens by their hint; the page Tokens makes and revokes them."""

    list_display = ("name", "hint", "team", "scope", "created_by", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("team", "created_by")
    search_fields = ("name", "hint")
    fields = list_display


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who changed what, newest first."""

    list_display = ("at", "actor", "action", "target")
    search_fields = ("actor", "action", "target")
    date_hierarchy = "at"
