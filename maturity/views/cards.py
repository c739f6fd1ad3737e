"""Overview, systems, scorecard, criterion; exports and badge."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import levelbar
from core.context import chosen_team
from core.models import System
from core.permissions import Permission, has_permission, principal_of
from evidence.selectors import source_rows
from maturity import documents, past, present, selectors
from maturity.bottlenecks import reading_of
from maturity.choice import Offer, asking, offered, offers
from maturity.marks import marks
from maturity.present_bottleneck import bottleneck_context
from maturity.present_plan import next_context
from maturity.present_rubric import switch
from maturity.rubric import Rubric
from maturity.services import request_assessments
from maturity.timeline import timeline

BADGE_MARGIN, BADGE_TEXT = 10, 314


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every system at a glance; before the first one, what to do next."""
    now, principal = timezone.now(), principal_of(request)
    found = _overview(request, now=now)
    sources = source_rows(principal, now=now)
    context = {
        "overview": found,
        "rows": present.overview_rows(found, now=now),
        "capabilities": found.rubric.capabilities,
        "switch": switch(found.offer, found.rubric),
        "sources": sources,
        "in_sync": sum(row.state == "ok" for row in sources),
        "rubric": found.rubric,
        **present.overview_figures(found),
    }
    return render(request, "maturity/overview.html", context)


@require_safe
def systems(request: HttpRequest) -> HttpResponse:
    """All systems, with their level and when it was last confirmed."""
    now = timezone.now()
    found = _overview(request, now=now)
    context = {
        "rubric": found.rubric,
        "switch": switch(found.offer, found.rubric),
        "rows": present.overview_rows(found, now=now),
    }
    return render(request, "maturity/systems.html", context)


@require_safe
def scorecard(request: HttpRequest, slug: str) -> HttpResponse:
    """One system: its levels, every verdict with its evidence, and what comes next."""
    system, offer, under = place(request, slug)
    now = timezone.now()
    card = selectors.scorecard(system, now=now, asked=under.id)
    context: dict[str, object] = {
        "system": system,
        "card": card,
        "past": past.section(timeline(system, under=under, now=now), under=under, now=now),
        "rubric": under,
        "switch": switch(offer.all, under),
        "crumbs": [(_("Systems"), reverse("maturity:systems"))],
        "can_assess": has_permission(principal_of(request), Permission.SYSTEM_EDIT, team=system.team),
        "can_say": has_permission(principal_of(request), Permission.INPUT_WRITE, team=system.team),
        **(present.scorecard_context(card, now=now) if card else {}),
        **(next_context(card) if card else {}),
        **bottleneck_context(reading_of(system), target=system.target_level),
    }
    return render(request, "maturity/scorecard.html", context)


@require_POST
def assess(request: HttpRequest, slug: str) -> HttpResponse:
    """Queue an assessment now."""
    system = _system(request, slug)
    if not has_permission(principal_of(request), Permission.SYSTEM_EDIT, team=system.team):
        raise PermissionDenied
    request_assessments([system.pk])
    messages.success(
        request, _("%(system)s is being assessed; the page shows it in a moment.") % {"system": system.name}
    )
    return redirect("maturity:scorecard", slug=slug)


@require_safe
def criterion(request: HttpRequest, criterion_id: str) -> HttpResponse:
    """One question: why it is asked, how it is measured, and every system's verdict."""
    now, principal = timezone.now(), principal_of(request)
    under = asking(criterion_id, offer=offered(principal, team=None), asked=request.GET.get("rubric", ""))
    asked = under.criterion(criterion_id) if under else None
    if under is None or asked is None:
        raise Http404
    found = selectors.verdicts_on(criterion_id, principal, rubric=under.id, now=now)
    said = marks([system.pk for system, _result in found], now=now)
    context = {
        "criterion": asked,
        "capability": under.capability(asked.capability),
        "rubric": under,
        "verdicts": [
            (system, present.result_card(result, system=system, under=under, among=said[system.pk]))
            for system, result in found
        ],
        "crumbs": [(_(under.name), reverse("maturity:rubric", args=[under.id]))],
    }
    return render(request, "maturity/criterion.html", context)


@require_safe
def export_json(request: HttpRequest, slug: str) -> HttpResponse:
    card = _card(request, slug)
    response = JsonResponse(documents.scorecard_document(card), json_dumps_params={"indent": 2})
    return _as_file(response, f"{slug}-scorecard.json")


@require_safe
def export_csv(request: HttpRequest, slug: str) -> HttpResponse:
    response = HttpResponse(
        documents.scorecard_csv(_card(request, slug)), content_type="text/csv; charset=utf-8"
    )
    return _as_file(response, f"{slug}-scorecard.csv")


@require_safe
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    """The level bar as an image, with coverage and the evidence's date."""
    card = _card(request, slug)
    summary = card.summary
    bar = present.bar_of(summary)
    context = {
        "summary": summary,
        **_badge_sizes(bar),
        "bar": bar,
        "headline": present.headline(summary),
        "coverage": present.coverage(summary),
        "evidence_date": f"{summary.evidence_at:%Y-%m-%d}" if summary.evidence_at else _("no evidence"),
        "words": present.words_counted(card),
    }
    return render(request, "maturity/badge.svg", context, content_type="image/svg+xml")


def _system(request: HttpRequest, slug: str) -> System:
    visible = System.objects.visible_to(principal_of(request)).select_related("team")
    return get_object_or_404(visible, slug=slug)


def _badge_sizes(bar: levelbar.Bar) -> dict[str, int]:
    """Where the words of the badge begin and end: its bar has as many cells as the rubric has levels."""
    text_x = BADGE_MARGIN + bar.width + BADGE_MARGIN
    return {"text_x": text_x, "width": text_x + BADGE_TEXT, "frame_width": text_x + BADGE_TEXT - 1}


def place(request: HttpRequest, slug: str) -> tuple[System, Offer, Rubric]:
    """The visible system, the rubrics of its team, and the one that `?rubric=` names (else the headline)."""
    system = _system(request, slug)
    offer = offers([system.team])[system.team_id]
    under = offer.named(request.GET.get("rubric", ""))
    if under is None:
        raise Http404
    return system, offer, under


def _overview(request: HttpRequest, *, now: datetime) -> selectors.Overview:
    """All systems under the rubric that `?rubric=` names; one that is not on offer does not exist."""
    found = selectors.overview(
        principal_of(request), team=chosen_team(request), now=now, asked=request.GET.get("rubric", "")
    )
    if found is None:
        raise Http404
    return found


def _card(request: HttpRequest, slug: str) -> selectors.Scorecard:
    """The scorecard of a visible system that was assessed; anything else does not exist."""
    system, _offer, under = place(request, slug)
    card = selectors.scorecard(system, now=timezone.now(), asked=under.id)
    if card is None:
        raise Http404
    return card


def _as_file(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
