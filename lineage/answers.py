"""Pages that answer a question about model versions: what differs, and how is it made again."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.permissions import Principal, principal_of
from evidence.models import Node
from evidence.records import NodeKind
from lineage import answers_wording
from lineage.comparison import compare
from lineage.graph import GraphTooSlowError
from lineage.origin import Origin
from lineage.origins import origin_of
from lineage.panel import external_url
from lineage.reproduction import is_exact, reproduction
from lineage.versions import last_good, versions_beside


@require_safe
def compare_page(request: HttpRequest, node_id: int) -> HttpResponse:
    """A model version beside another: `?with=` names it, else it is the last good one."""
    principal = principal_of(request)
    after = _origin(request, node_id)
    version = Node.objects.get(pk=after.version.id)
    if version.pk != node_id:  # asked of a deployment
        return redirect("lineage:compare", node_id=version.pk)
    wanted = request.GET.get("with", "")
    other = int(wanted) if wanted.isascii() and wanted.isdigit() else _usual(version, principal)
    found = compare(_origin(request, other), after) if other else None
    context = {
        "version": version,
        "others": versions_beside(version, principal=principal),
        "comparison": found,
        "sections": [(answers_wording.ASPECTS[each.aspect], each) for each in found.sections]
        if found
        else [],
        "summary": answers_wording.summary(found) if found else "",
        "crumbs": _crumbs(version),
    }
    return render(request, "lineage/compare.html", context)


@require_safe
def reproduce_page(request: HttpRequest, node_id: int) -> HttpResponse:
    """The commands that make a model version again, and what is missing for them."""
    origin = _origin(request, node_id)
    steps = reproduction(origin)
    context = {
        "version": Node.objects.get(pk=origin.version.id),
        "origin": origin,
        "version_url": external_url(origin.version.url),
        "steps": [
            (answers_wording.PARTS[s.part], s, [answers_wording.LACKS[x] for x in s.lacks]) for s in steps
        ],
        "is_exact": is_exact(steps),
        "lacking": sum(bool(step.lacks) for step in steps),
        "crumbs": _crumbs(Node.objects.select_related("system").get(pk=origin.version.id)),
    }
    return render(request, "lineage/reproduce.html", context)


def _origin(request: HttpRequest, node_id: int) -> Origin:
    """The origin of a visible model version or deployment; anything else does not exist."""
    principal = principal_of(request)
    kinds = (NodeKind.MODEL_VERSION, NodeKind.DEPLOYMENT)
    node = get_object_or_404(Node.objects.visible_to(principal), pk=node_id, kind__in=kinds)
    try:
        found = origin_of(node, principal=principal)
    except GraphTooSlowError:
        found = None
    if found is None:
        raise Http404
    return found


def _usual(version: Node, principal: Principal) -> int | None:
    other = last_good(version, principal=principal)
    return other.pk if other else None


def _crumbs(version: Node) -> list[tuple[str, str]]:
    return [
        (_("Lineage"), reverse("lineage:home")),
        (version.label, reverse("lineage:node", args=[version.pk])),
    ]
