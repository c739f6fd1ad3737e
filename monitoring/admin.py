"""The tables of monitoring for administrators: to look at, never to change by hand."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from monitoring.models import Alert, Baseline, ContractFinding, LogFile, Monitor, Window


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Lists and details without a way to write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


for model in (Monitor, Baseline, LogFile, Window, ContractFinding, Alert):
    admin.site.register(model, ReadOnlyAdmin)
