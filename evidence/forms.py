"""Forms made from a connector's settings."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import System, Team
from evidence.connectors import Connector, Setting


class SettingsForm(forms.Form):
    """A connector's settings: one field each, made from its class."""

    def __init__(self, connector: type[Connector], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connector = connector
        for setting in connector.settings:
            self.fields[f"set_{setting.name}"] = _field(setting)
        self.fields["interval_minutes"] = forms.IntegerField(
            label=_("Minutes between readings"), min_value=1, max_value=1440, initial=15
        )

    def values(self) -> dict[str, str]:
        """The connector's settings as entered."""
        names = [setting.name for setting in self.connector.settings]
        return {name: self.cleaned_data[f"set_{name}"] for name in names}


class ConnectForm(SettingsForm):
    """A new source: its name, its team, and the connector's settings."""

    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.SlugField(
        label=_("Short name"), help_text=_("Used in addresses; letters, digits and hyphens.")
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=None)

    def __init__(self, connector: type[Connector], *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(connector, *args, **kwargs)
        choose_from(self.fields["team"], teams)


class BindingForm(forms.Form):
    """Gives things of a source to a system."""

    system = forms.ModelChoiceField(System.objects.none(), label=_("System"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("experiment", _("experiment")),
            ("model", _("model")),
            ("pipeline", _("pipeline")),
            ("repository", _("repository")),
        ],
    )
    pattern = forms.CharField(
        label=_("Name"), max_length=300, help_text=_("* stands for any text, for example churn-*")
    )

    def __init__(self, *args: Any, systems: QuerySet[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self.fields["system"], systems)


def choose_from(field: forms.Field, rows: QuerySet[Any]) -> None:
    """Let a choice field offer these rows."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


def _field(setting: Setting) -> forms.Field:
    common: dict[str, Any] = {
        "label": _(setting.label),
        "help_text": _(setting.help) if setting.help else "",
        "required": setting.required,
        "initial": setting.default,
    }
    if setting.choices:
        return forms.ChoiceField(choices=[(choice, choice) for choice in setting.choices], **common)
    if setting.secret:
        return forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "off"}), **common)
    return forms.CharField(max_length=500, **common)
