"""Forms in which people say something about a system."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from maturity.inputs.waivers import LONGEST
from maturity.models.inputs import DrillKind, DrillOutcome, MeansKind

USUAL = timedelta(days=90)


def _text(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _link(help_text: Any, *, required: bool = True) -> forms.URLField:
    return forms.URLField(
        label=_("Link"), help_text=help_text, max_length=500, required=required, assume_scheme="https"
    )


class _DateInput(forms.DateInput):
    input_type = "date"


class _MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"


class WaiverForm(forms.Form):
    """A request to accept a criterion as not met."""

    reason = _text(_("Reason"), _("Why it is right not to meet this criterion for now."))
    link = _link(_("Where it is decided or planned: a ticket, a record, a document."))
    expires_on = forms.DateField(
        label=_("Until"), widget=_DateInput(format="%Y-%m-%d"), help_text=_("At most a year from today.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.now().date()
        field = self.fields["expires_on"]
        field.initial = today + USUAL
        field.widget.attrs |= {
            "min": (today + timedelta(days=1)).isoformat(),
            "max": (today + LONGEST - timedelta(days=1)).isoformat(),
        }

    def values(self) -> dict[str, Any]:
        """What the service takes: the waiver holds through the day that was chosen."""
        data = self.cleaned_data
        end = datetime.combine(data["expires_on"] + timedelta(days=1), time(), tzinfo=UTC)
        return {"reason": data["reason"], "link": data["link"], "expires_at": end}


class AttestForm(forms.Form):
    """A person's word."""

    statement = _text(_("What you attest"), _("What was done, when, and what came of it."))
    link = _link(_("Where others can see it: a report, a notebook, a dashboard."))

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class DisputeForm(forms.Form):
    """What is wrong, and in which finding."""

    subject = forms.ChoiceField(label=_("What is wrong"), required=False)
    text = _text(_("Why"), _("What is true instead, and where it can be seen."))

    def __init__(self, *args: Any, findings: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subject"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("the whole verdict")), *findings]

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class MapForm(forms.Form):
    """What does it here, by its name."""

    kind = forms.ChoiceField(label=_("Kind"))
    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("* stands for any text, for example check-data-*")
    )
    reason = _text(_("Reason"), _("How it does what the criterion asks."))

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind, MeansKind(kind).label) for kind in kinds]

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AnswerForm(forms.Form):
    """The team's answer to a dispute."""

    answer = _text(_("Answer"), _("What was found out, and what is done about it."))


class ConfirmForm(forms.Form):
    """Ending what holds is confirmed by its name."""

    name = forms.CharField(label=_("Name"))

    def __init__(self, data: Mapping[str, str] | None = None, *, expected: str) -> None:
        super().__init__(data)
        self.expected = expected
        self.fields["name"].help_text = gettext("Type “%(name)s” to confirm.") % {"name": expected}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.expected:
            raise forms.ValidationError(
                _("This is not the name; type “%(name)s”."), params={"name": self.expected}
            )
        return name


class FinishDrillForm(forms.Form):
    """How a drill ended, and what proves it."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=DrillOutcome.choices)
    nodes = forms.TypedMultipleChoiceField(
        label=_("What proves it"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "With such a proof the drill is observed; without one it rests on your word and the link."
        ),
    )
    link = _link(_("Where it is told how it went; needed without a proof."), required=False)
    notes = _text(_("Notes"), required=False)

    def __init__(self, *args: Any, candidates: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["nodes"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = candidates

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return {**data, "outcome": DrillOutcome(data["outcome"])}


class RecordDrillForm(FinishDrillForm):
    """A drill that is over already. Times are in UTC."""

    started_at = forms.DateTimeField(label=_("Began (UTC)"), widget=_MomentInput(format="%Y-%m-%dT%H:%M"))
    finished_at = forms.DateTimeField(label=_("Ended (UTC)"), widget=_MomentInput(format="%Y-%m-%dT%H:%M"))
    field_order = ("started_at", "finished_at", "outcome", "nodes", "link", "notes")

    def __init__(self, *args: Any, kind: DrillKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def values(self) -> dict[str, Any]:
        return {**super().values(), "kind": self.kind}
