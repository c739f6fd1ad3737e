"""Overview, systems, scorecard, criterion; exports and badge."""

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
from maturity import documents, present, selectors
from maturity.rubric import rubric
from maturity.services import request_assessments


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every system at a glance; before the first one, what to do next."""
    now, principal = timezone.now(), principal_of(request)
    found = selectors.overview(principal, team=chosen_team(request), now=now)
    sources = source_rows(principal, now=now)
    context = {
        "overview": found,
        "rows": present.overview_rows(found, now=now),
        "capabilities": rubric().capabilities,
        "sources": sources,
        "in_sync": sum(row.state == "ok" for row in sources),
        "rubric": rubric(),
        **present.overview_figures(found),
    }
    return render(request, "maturity/overview.html", context)


@require_safe
def systems(request: HttpRequest) -> HttpResponse:
    """All systems, with their level and when it was last confirmed."""
    now = timezone.now()
    found = selectors.overview(principal_of(request), team=chosen_team(request), now=now)
    return render(request, "maturity/systems.html", {"rows": present.overview_rows(found, now=now)})


@require_safe
def scorecard(request: HttpRequest, slug: str) -> HttpResponse:
    """One system: its levels, every verdict with its evidence, and what comes next."""
    system = _system(request, slug)
    now = timezone.now()
    card = selectors.scorecard(system, now=now)
    context: dict[str, object] = {
        "system": system,
        "card": card,
        "rubric": rubric(),
        "crumbs": [(_("Systems"), reverse("maturity:systems"))],
        "can_assess": has_permission(principal_of(request), Permission.SYSTEM_EDIT, team=system.team),
        **(present.scorecard_context(card, now=now) if card else {}),
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
    asked = rubric().criterion(criterion_id)
    if asked is None:
        raise Http404
    found = selectors.verdicts_on(criterion_id, principal_of(request), now=timezone.now())
    context = {
        "criterion": asked,
        "capability": next(c for c in rubric().capabilities if c.id == asked.capability),
        "rubric": rubric(),
        "verdicts": [(system, present.result_card(result, system=system)) for system, result in found],
        "crumbs": [(_("Systems"), reverse("maturity:systems"))],
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
    summary = _card(request, slug).summary
    context = {
        "summary": summary,
        "cells": levelbar.cells(summary.confirmed, potential=summary.potential),
        "headline": present.headline(summary),
        "coverage": present.coverage(summary),
        "evidence_date": f"{summary.evidence_at:%Y-%m-%d}" if summary.evidence_at else _("no evidence"),
    }
    return render(request, "maturity/badge.svg", context, content_type="image/svg+xml")


def _system(request: HttpRequest, slug: str) -> System:
    visible = System.objects.visible_to(principal_of(request)).select_related("team")
    return get_object_or_404(visible, slug=slug)


def _card(request: HttpRequest, slug: str) -> selectors.Scorecard:
    """The scorecard of a visible system that was assessed; anything else does not exist."""
    card = selectors.scorecard(_system(request, slug), now=timezone.now())
    if card is None:
        raise Http404
    return card


def _as_file(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
