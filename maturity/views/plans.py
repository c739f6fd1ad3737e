"""The plan of a system: the cheapest way on, and what would be if."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.permissions import principal_of
from maturity.plans import SystemPlan, Wish, plan_csv, plan_document, plan_of, sources_by_kind
from maturity.present_plan import plan_context
from maturity.rubric import Rubric
from maturity.selectors import scorecard
from maturity.views.downloads import csv_file, json_file
from maturity.views.history import place


@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The steps in order, each with a toggle; the address holds what is supposed done."""
    found, asked = _plan(request, slug), request.GET.get("rubric", "")
    summary = found.card.summary
    card = reverse("maturity:scorecard", args=[slug])
    context: dict[str, object] = {
        "system": summary.system,
        "rubric": summary.rubric,
        "asked": asked,
        "query": request.GET.urlencode(),
        "crumbs": [(_("Systems"), reverse("maturity:systems")), (summary.system.name, card)],
        **plan_context(found, sources=sources_by_kind(found.card, principal_of(request)), asked=asked),
    }
    return render(request, "maturity/plan.html", context)


@require_safe
def plan_json(request: HttpRequest, slug: str) -> HttpResponse:
    return json_file(plan_document(_plan(request, slug)), f"{slug}-plan.json")


@require_safe
def plan_table(request: HttpRequest, slug: str) -> HttpResponse:
    return csv_file(plan_csv(_plan(request, slug)), f"{slug}-plan.csv")


def _plan(request: HttpRequest, slug: str) -> SystemPlan:
    """The plan of a visible system that was assessed; anything else does not exist."""
    system, under = place(request, slug)
    now = timezone.now()
    card = scorecard(system, now=now, asked=under.id)
    if card is None:
        raise Http404
    return plan_of(card, _wish(request, card.summary.rubric), at=now)


def _wish(request: HttpRequest, under: Rubric) -> Wish:
    """What the address asks; a level or capability that the rubric has not is left out."""
    goal, capability = request.GET.get("goal", ""), request.GET.get("capability", "")
    levels = {str(level): level for level in range(under.top + 1)}
    return Wish(
        goal=levels.get(goal),
        capability=capability if under.capability(capability) else "",
        done=tuple(dict.fromkeys(request.GET.getlist("done"))),
    )
