"""The guided creation of a monitor, and taking notice of an alert."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import System
from monitoring.models import WindowSize


class MonitorForm(forms.Form):
    """What a new monitor needs to know."""

    system = forms.ModelChoiceField(System.objects.none(), label=_("System"), to_field_name="slug")
    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.SlugField(
        label=_("Short name"), help_text=_("Used in addresses; letters, digits and hyphens.")
    )
    model_name = forms.CharField(
        label=_("Registered model"),
        max_length=300,
        required=False,
        help_text=_("Left empty: whatever model of the system is live."),
    )
    model_version = forms.CharField(
        label=_("Version"),
        max_length=100,
        required=False,
        help_text=_("Left empty: the version that is live, also when it changes."),
    )
    log_location = forms.CharField(
        label=_("Folder of the serving log"),
        max_length=500,
        help_text=_("Absolute path; Parquet files at any depth, by day or hour or with a time column."),
    )
    baseline_location = forms.CharField(
        label=_("Training data"),
        max_length=500,
        help_text=_("Absolute path of the Parquet file that the version was trained on."),
    )
    window = forms.ChoiceField(label=_("Judge together"), choices=WindowSize.choices, initial="day")
    time_column = forms.CharField(
        label=_("Time column"),
        max_length=200,
        required=False,
        help_text=_("Left empty: ts, timestamp or the like, else folders such as dt=2026-11-20."),
    )
    other_columns = forms.CharField(
        label=_("Columns that are no inputs"),
        required=False,
        help_text=_("Separated by commas, for example request_id, prediction."),
    )

    def __init__(self, *args: Any, systems: QuerySet[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["system"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = systems

    def clean_other_columns(self) -> list[str]:
        names = self.cleaned_data["other_columns"].split(",")
        return [name.strip() for name in names if name.strip()]


class AcknowledgeForm(forms.Form):
    note = forms.CharField(
        label=_("What was decided"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("With a decision the alert counts as answered."),
    )
