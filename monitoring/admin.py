"""The tables of monitoring for administrators: to look at, never to change by hand."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from monitoring.models import Alert, Baseline, ContractFinding, LogFile, Monitor, Window

for model in (Monitor, Baseline, LogFile, Window, ContractFinding, Alert):
    admin.site.register(model, ReadOnlyAdmin)
