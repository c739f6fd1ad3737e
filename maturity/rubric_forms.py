"""Forms about rubrics."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Team
from maturity.choice import offers
from maturity.models import RubricChoice
from maturity.rubric_services import MAX_OWN, versions

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

SEPARATOR = "@"


class ChoiceForm(forms.Form):
    """Which rubric stands for a team: the newest text of one, or a pinned one."""

    headline = forms.ChoiceField(label=gettext_lazy("Headline rubric"))

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {each.id: _(each.name) for each in offers([team])[team.pk].all}
        held = RubricChoice.objects.filter(team=team).first()
        newest = [(name, _("%(rubric)s, always the newest") % {"rubric": names[name]}) for name in names]
        pinned = [
            (
                f"{each.rubric}{SEPARATOR}{each.digest}",
                _("%(rubric)s, pinned to %(version)s of %(day)s")
                % {
                    "rubric": names[each.rubric],
                    "version": each.version,
                    "day": f"{each.added_at:%Y-%m-%d}",
                },
            )
            for each in versions(team)
            if each.rubric in names
        ]
        field = self.fields["headline"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*newest, *pinned]
        if held:
            field.initial = f"{held.rubric}{SEPARATOR}{held.pinned}" if held.pinned else held.rubric

    @property
    def chosen(self) -> tuple[str, str]:
        """The id of the rubric, and the digest of the pinned text or "" for the newest."""
        name, _separator, pinned = str(self.cleaned_data["headline"]).partition(SEPARATOR)
        return name, pinned


class TextForm(forms.Form):
    """A rubric file of a team."""

    file = forms.FileField(
        label=gettext_lazy("Rubric file"),
        help_text=gettext_lazy("A YAML file; try it first with: manage.py rubric check FILE"),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )

    def clean_file(self) -> str:
        """The text of the file; nothing longer than the limit is read."""
        given: UploadedFile[bytes] = self.cleaned_data["file"]
        if given.size is None or given.size > MAX_OWN:
            raise forms.ValidationError(
                _("The file is longer than %(most)s bytes; a rubric is far shorter.") % {"most": MAX_OWN}
            )
        try:
            return bytes(given.read()).decode("utf-8")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not UTF-8 text; save it as such.")) from None
