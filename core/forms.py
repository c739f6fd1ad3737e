"""Forms of core's pages."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import ApiToken, Team, TokenScope
from core.permissions import Permission, Principal, teams_allowing

LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("one year")), ("0", _("never"))]
"""After how many days a token ends; 0 means never."""


class TokenForm(forms.Form):
    """A new API token of one of the teams whose tokens the principal manages."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Where the token will be used, for example “deploy job of churn”."),
    )
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    scope = forms.ChoiceField(
        label=_("May"),
        choices=TokenScope.choices,
        help_text=_("Reading is enough for dashboards; reporting deployments needs writing."),
    )
    lifetime = forms.ChoiceField(
        label=_("Ends after"),
        choices=LIFETIMES,
        initial="90",
        help_text=_("A token that ends by itself cannot be forgotten."),
    )

    def __init__(self, data: Mapping[str, str] | None = None, *, principal: Principal) -> None:
        super().__init__(data)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = Team.objects.filter(pk__in=teams_allowing(principal, Permission.TOKEN_MANAGE))

    def expires_at(self) -> datetime | None:
        """When the token ends; None for never."""
        days = int(self.cleaned_data["lifetime"])
        return timezone.now() + timedelta(days=days) if days else None


class RevokeTokenForm(forms.Form):
    """Ending a token is confirmed by its name."""

    name = forms.CharField(label=_("Name of the token"))

    def __init__(self, data: Mapping[str, str] | None = None, *, token: ApiToken) -> None:
        super().__init__(data)
        self.token = token
        self.fields["name"].help_text = _("Type “%(name)s” to confirm.") % {"name": token.name}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.token.name:
            raise forms.ValidationError(
                _("This is not the token's name; type “%(name)s”."), params={"name": self.token.name}
            )
        return name
