"""What people say of a system: the page, the forms, and the decisions on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from core.models import System
from core.permissions import Permission, has_permission, principal_of
from maturity.acts import WORDS, Act, acts_on
from maturity.believe import believed
from maturity.choice import explaining, headline_of
from maturity.criterion import Criterion
from maturity.input_forms import AnswerForm, AttestForm, ConfirmForm, DisputeForm, MapForm, WaiverForm
from maturity.inputs import attestations, disputes, mappings, waivers
from maturity.inputs.ground import RefusedError
from maturity.models import Attestation, CriterionResult, Dispute, Mapping, Waiver
from maturity.models.inputs import Input
from maturity.probe import catalogue
from maturity.result import Result
from maturity.spoken import spoken

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything people said: what waits first, what holds, what is over."""
    system, now = system_of(request, slug), timezone.now()
    context = {**frame(request, system), "spoken": spoken(system, now=now), "now": now}
    return render(request, "maturity/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, slug: str, act: str, criterion_id: str) -> HttpResponse:
    """The form for one word on one verdict: a fragment on the scorecard, else a page."""
    system = writable_system_of(request, slug)
    row, criterion = _verdict(system, criterion_id)
    kind = _act(act, row, criterion)
    form = _form(kind, row, criterion, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _do(kind, request, system=system, row=row, values=form.values())
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, DONE[kind])
            return _onward(request, system)
    context = {
        **frame(request, system),
        "form": form,
        "act": kind,
        "words": WORDS[kind],
        "criterion": criterion,
        "result": _now(row),
    }
    return render(request, "maturity/_say.html" if _is_fragment(request) else "maturity/say.html", context)


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to do with a word: on which rows, by which service, and what is said afterwards."""

    model: type[Waiver] | type[Attestation] | type[Mapping]
    service: Callable[..., object]
    done: "_StrPromise"
    confirm: bool = False


DECISIONS = {
    ("waiver", "approve"): Decision(
        Waiver, waivers.approve_waiver, gettext_lazy("The waiver counts from now on.")
    ),
    ("waiver", "decline"): Decision(Waiver, waivers.decline_waiver, gettext_lazy("The request is declined.")),
    ("waiver", "revoke"): Decision(
        Waiver, waivers.revoke_waiver, gettext_lazy("The waiver has ended."), confirm=True
    ),
    ("attestation", "revoke"): Decision(
        Attestation, attestations.revoke_attestation, gettext_lazy("The word is taken back."), confirm=True
    ),
    ("mapping", "approve"): Decision(
        Mapping, mappings.approve_mapping, gettext_lazy("The mapping counts from now on.")
    ),
    ("mapping", "revoke"): Decision(
        Mapping, mappings.revoke_mapping, gettext_lazy("The mapping has ended."), confirm=True
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, slug: str, kind: str, pk: int, verb: str) -> HttpResponse:
    """Approve, decline or revoke a word; ending what holds is confirmed by its name."""
    system, decision = writable_system_of(request, slug), DECISIONS.get((kind, verb))
    if decision is None:
        raise Http404
    word = get_object_or_404(decision.model.objects.select_related("system__team"), pk=pk, system=system)
    name = _name_of(word)
    form = ConfirmForm(request.POST if request.method == "POST" and decision.confirm else None, expected=name)
    if request.method == "POST" and (not decision.confirm or form.is_valid()):
        try:
            decision.service(word, by=principal_of(request), now=timezone.now())
            messages.success(request, decision.done)
        except RefusedError as error:
            messages.error(request, str(error))
        return _onward(request, system)
    context = {
        **frame(request, system),
        "form": form,
        "name": name,
        "kind": kind,
        "confirm": decision.confirm,
    }
    return render(request, "maturity/decide.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Answer a dispute: accept or reject it, with a reason."""
    system = writable_system_of(request, slug)
    dispute = get_object_or_404(
        Dispute.objects.select_related("system__team", "raised_by"), pk=pk, system=system
    )
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            disputes.answer_dispute(
                dispute,
                accept=request.POST.get("do") == "accept",
                answer=form.cleaned_data["answer"],
                by=principal_of(request),
                now=timezone.now(),
            )
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The dispute is answered."))
            return _onward(request, system)
    context = {**frame(request, system), "form": form, "dispute": dispute}
    return render(request, "maturity/answer.html", context)


def system_of(request: HttpRequest, slug: str) -> System:
    """The visible system of this short name, with its team; 404 for others."""
    visible = System.objects.visible_to(principal_of(request)).select_related("team")
    return get_object_or_404(visible, slug=slug)


def writable_system_of(request: HttpRequest, slug: str) -> System:
    """As `system_of`; who may only look is told so before filling in a form (services refuse again)."""
    system = system_of(request, slug)
    if not has_permission(principal_of(request), Permission.INPUT_WRITE, team=system.team):
        raise PermissionDenied(_("This takes an editor of the team %(team)s.") % {"team": system.team})
    return system


def frame(request: HttpRequest, system: System) -> dict[str, object]:
    """What every page about people's words needs."""
    principal = principal_of(request)
    return {
        "system": system,
        "crumbs": [
            (_("Systems"), reverse("maturity:systems")),
            (system.name, reverse("maturity:scorecard", args=[system.slug])),
        ],
        "can_say": has_permission(principal, Permission.INPUT_WRITE, team=system.team),
        "can_approve": has_permission(principal, Permission.INPUT_APPROVE, team=system.team),
        "tabs": [
            {
                "text": text,
                "url": reverse(f"maturity:{name}", args=[system.slug]),
                "current": request.resolver_match is not None and request.resolver_match.url_name == name,
            }
            for name, text in (("people", _("What people say")), ("drills", _("Drills")))
        ],
    }


DONE = {
    Act.WAIVE: gettext_lazy("The waiver is asked for; it counts when another manager has approved it."),
    Act.ATTEST: gettext_lazy("Your word is kept and stands beside the verdict in a moment."),
    Act.DISPUTE: gettext_lazy("The dispute is raised; the team answers it here."),
    Act.MAP: gettext_lazy("The mapping is proposed; it counts when another manager has approved it."),
}


def _verdict(system: System, criterion_id: str) -> tuple[CriterionResult, Criterion]:
    """The criterion's verdict that holds now, under the headline first."""
    rows = list(
        CriterionResult.objects.current()
        .filter(assessment__system=system, criterion=criterion_id)
        .select_related("assessment__system__team", "assessment__confirmation")
    )
    headline = headline_of(system.team).id
    row = next(iter(sorted(rows, key=lambda r: r.assessment.rubric != headline)), None)
    criterion = (
        explaining([row.assessment])[row.assessment.rubric_digest].criterion(criterion_id) if row else None
    )
    if row is None or criterion is None:
        raise Http404
    return row, criterion


def _act(act: str, row: CriterionResult, criterion: Criterion) -> Act:
    kind = next((each for each in acts_on(_now(row), criterion) if each == act), None)
    if kind is None:
        raise Http404
    return kind


def _now(row: CriterionResult) -> Result:
    """The verdict as it may be believed now."""
    now = timezone.now()
    return believed([row], stale=row.assessment.confirmation.stale(now), now=now)[0]


def _form(act: Act, row: CriterionResult, criterion: Criterion, *, data: Any) -> Any:
    if act is Act.WAIVE:
        return WaiverForm(data)
    if act is Act.ATTEST:
        return AttestForm(data)
    if act is Act.MAP:
        return MapForm(data, kinds=catalogue().probes[criterion.probe].means)
    listed = [(str(f["subject"]), f"{f['label']}: {f['message']}") for f in row.findings]
    return DisputeForm(data, findings=listed)


def _do(
    act: Act, request: HttpRequest, *, system: System, row: CriterionResult, values: dict[str, Any]
) -> None:
    who: dict[str, Any] = {"by": principal_of(request), "now": timezone.now()}
    if act is Act.WAIVE:
        waivers.request_waiver(system, criterion=row.criterion, **values, **who)
    elif act is Act.ATTEST:
        attestations.attest(system, criterion=row.criterion, **values, **who)
    elif act is Act.MAP:
        mappings.propose_mapping(system, probe=row.probe, **values, **who)
    else:
        disputes.raise_dispute(row.assessment, criterion=row.criterion, **values, **who)


def _name_of(word: Input) -> str:
    """What is typed to confirm that it ends."""
    return str(getattr(word, "name" if isinstance(word, Mapping) else "criterion"))


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def _onward(request: HttpRequest, system: System) -> HttpResponse:
    url = reverse("maturity:people", args=[system.slug])
    return HttpResponseClientRedirect(url) if _is_fragment(request) else redirect(url)
