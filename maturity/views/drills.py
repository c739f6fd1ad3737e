"""Drills of a system: how to run each, what runs now, what was shown."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.models import System
from core.permissions import principal_of
from maturity.drill_guide import candidates, drill_rows, guides
from maturity.input_forms import FinishDrillForm, RecordDrillForm
from maturity.inputs.drills import finish_drill, record_drill, start_drill
from maturity.inputs.ground import RefusedError
from maturity.models import Drill
from maturity.models.inputs import DrillKind
from maturity.views.people import frame, system_of, writable_system_of


@require_safe
def drills(request: HttpRequest, slug: str) -> HttpResponse:
    """What runs, how to run the next, what the last ones showed."""
    system = system_of(request, slug)
    rows = drill_rows(system)
    open_kinds = {row.drill.kind for row in rows if not row.drill.outcome}
    context = {
        **frame(request, system),
        "under_way": [row for row in rows if not row.drill.outcome],
        "over": [row for row in rows if row.drill.outcome],
        "guides": [(guide, guide.kind in open_kinds) for guide in guides(system)],
    }
    return render(request, "maturity/drills.html", context)


@require_POST
def start(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Begin a drill now."""
    system = system_of(request, slug)
    start_drill(system, kind=_kind(kind), by=principal_of(request), now=timezone.now())
    messages.success(request, _("The drill has begun; it ends by itself when the store shows its proof."))
    return redirect("maturity:drills", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End a drill by hand."""
    system = writable_system_of(request, slug)
    drill = get_object_or_404(Drill.objects.select_related("system__team"), pk=pk, system=system, outcome="")
    form = FinishDrillForm(
        request.POST if request.method == "POST" else None,
        candidates=candidates(system, drill.kind, now=timezone.now()),
    )
    if request.method == "POST" and form.is_valid():
        try:
            finish_drill(drill, **form.values(), by=principal_of(request), now=timezone.now())
            return redirect("maturity:drills", slug=slug)
        except RefusedError as error:
            form.add_error(None, str(error))
    return _form_page(request, system, form, kind=DrillKind(drill.kind), drill=drill)


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Keep a drill that is over already."""
    system, chosen, now = writable_system_of(request, slug), _kind(kind), timezone.now()
    form = RecordDrillForm(
        request.POST if request.method == "POST" else None,
        candidates=candidates(system, chosen, now=now),
        kind=chosen,
    )
    if request.method == "POST" and form.is_valid():
        try:
            record_drill(system, **form.values(), by=principal_of(request), now=now)
            return redirect("maturity:drills", slug=slug)
        except RefusedError as error:
            form.add_error(None, str(error))
    return _form_page(request, system, form, kind=chosen)


def _form_page(
    request: HttpRequest, system: System, form: FinishDrillForm, *, kind: DrillKind, **more: Any
) -> HttpResponse:
    context = {**frame(request, system), "form": form, "kind": kind, **more}
    return render(request, "maturity/drill_form.html", context)


def _kind(kind: str) -> DrillKind:
    if kind not in DrillKind.values:
        raise Http404
    return DrillKind(kind)
