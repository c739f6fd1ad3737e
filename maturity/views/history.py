"""The history of a system, and two of its moments side by side."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.models import System
from maturity import past
from maturity.comparison import MomentError, compare
from maturity.rubric import Rubric
from maturity.timeline import answers, timeline
from maturity.views import cards

PAGE = 15
TRENDED = 60
"""So many of the newest assessments feed the small lines of the criteria."""


@require_safe
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Every change with its causes, and a small line for each capability and criterion."""
    system, under = place(request, slug)
    now = timezone.now()
    found = timeline(system, under=under, now=now)
    page = Paginator(list(reversed(found.steps)), PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(system, under),
        "past": past.section(found, under=under, now=now),
        "page": page,
        "steps": past.step_views(page.object_list, under=under),
        "earlier": found.earlier,
        "criteria": past.criterion_trends(answers(found.steps[-TRENDED:]), under=under, now=now),
    }
    return render(request, "maturity/history.html", context)


@require_safe
def comparison(request: HttpRequest, slug: str) -> HttpResponse:
    """What held at two moments, what differs, and what happened between them."""
    system, under = place(request, slug)
    asked = {name: request.GET.get(name, "").strip() for name in ("from", "to")}
    context: dict[str, object] = {**_frame(system, under), "asked": asked}
    try:
        found = compare(system, under=under, start=asked["from"], end=asked["to"], now=timezone.now())
    except MomentError as error:
        return render(request, "maturity/compare.html", {**context, "error": str(error)}, status=400)
    return render(request, "maturity/compare.html", {**context, "found": past.compared(found)})


def place(request: HttpRequest, slug: str) -> tuple[System, Rubric]:
    """The visible system, and the rubric that `?rubric=` names (the headline of its team without it)."""
    system, _offer, under = cards.place(request, slug)
    return system, under


def _frame(system: System, under: Rubric) -> dict[str, object]:
    card = reverse("maturity:scorecard", args=[system.slug])
    return {
        "system": system,
        "rubric": under,
        "crumbs": [(_("Systems"), reverse("maturity:systems")), (system.name, card)],
    }
