"""The lineage pages."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from core.context import chosen_team
from core.permissions import principal_of
from evidence.models import Node
from lineage.exports import FORMATS
from lineage.figure import TOKENS, lineage_figure
from lineage.gaps import Gap, find_gaps
from lineage.graph import MOST_FAN, MOST_HOPS, GraphTooSlowError, neighbourhood
from lineage.outline import outline
from lineage.panel import external_url, panel
from lineage.picture import draw
from lineage.reading import reading
from lineage.search import search
from lineage.selectors import live_deployments, recent_versions
from lineage.state import ViewState, read_state
from lineage.subgraph import Subgraph
from lineage.wording import kind_word, title_and_detail

PANEL = "panel"
NodeView = Callable[..., HttpResponse]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where to start: what lives, what was made last, search."""
    principal, team = principal_of(request), chosen_team(request)
    context = {
        "deployments": live_deployments(principal, team=team),
        "versions": recent_versions(principal, team=team),
    }
    return render(request, "lineage/home.html", context)


def _or_slow(answer: NodeView) -> NodeView:
    """Answers with a way to fewer hops when the database does not read the view in time."""

    @wraps(answer)
    def answered(request: HttpRequest, node_id: int, **named: str) -> HttpResponse:
        try:
            return answer(request, node_id, **named)
        except GraphTooSlowError:
            retry = _smaller(read_state(node_id, request.GET))
            context = {"focus": _focus(request, node_id), "retry": retry}
            return render(request, "lineage/slow.html", context, status=503)

    return answered


@require_safe
@_or_slow
def node(request: HttpRequest, node_id: int) -> HttpResponse:
    """The view around a node; for htmx only the side panel of the same address."""
    focus, state = _focus(request, node_id), read_state(node_id, request.GET)
    view = neighbourhood(focus, principal=principal_of(request), bounds=state.bounds)
    gaps = find_gaps(view)
    shown = panel(view, gaps=gaps, state=state, principal=principal_of(request))
    context = {"focus": focus, "state": state, "panel": shown, "closed_href": state.url(select="", before=0)}
    if _is_panel_only(request):
        response = render(request, "lineage/_panel.html", context)
    else:
        response = render(request, "lineage/node.html", {**context, **_page(view, gaps, state, focus)})
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@_or_slow
def figure(request: HttpRequest, node_id: int) -> HttpResponse:
    """The view of the same address as a Plotly figure."""
    focus, state = _focus(request, node_id), read_state(node_id, request.GET)
    view = neighbourhood(focus, principal=principal_of(request), bounds=state.bounds)
    gaps = find_gaps(view)
    rows = [
        (row.title, row.kind, row.relation, row.strength) for row in outline(view, gaps=gaps, state=state)
    ]
    context = {
        "focus": focus,
        "figure": lineage_figure(view, gaps=gaps, colours=TOKENS),
        "reading": reading(view, gaps=gaps),
        "headers": (gettext("Node"), gettext("Kind"), gettext("Relation"), gettext("Strength")),
        "rows": rows,
        "crumbs": [*_crumbs(focus), (focus.label, state.url(select="", before=0))],
    }
    return render(request, "lineage/figure.html", context)


@require_safe
@_or_slow
def export(request: HttpRequest, node_id: int, name: str) -> HttpResponse:
    """The view of the same address as a file."""
    if name not in FORMATS:
        raise Http404
    focus, state = _focus(request, node_id), read_state(node_id, request.GET)
    view = neighbourhood(focus, principal=principal_of(request), bounds=state.bounds)
    chosen = FORMATS[name]
    disposition = f'attachment; filename="lineage-{node_id}.{chosen.suffix}"'
    headers = {"Content-Disposition": disposition}
    return HttpResponse(chosen.write(view), content_type=chosen.media_type, headers=headers)


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Everything whose name, version, SHA or id begins with the words asked for."""
    results = search(request.GET.get("q", ""), principal=principal_of(request))
    kinds = [(kind, kind_word(kind), nodes) for kind, nodes in results.nodes]
    return render(request, "lineage/search.html", {"results": results, "kinds": kinds})


def _focus(request: HttpRequest, node_id: int) -> Node:
    nodes = Node.objects.visible_to(principal_of(request)).select_related("system", "source")
    return get_object_or_404(nodes, pk=node_id)


def _is_panel_only(request: HttpRequest) -> bool:
    """Whether htmx asks for the panel; it asks for the whole page to restore its history."""
    headers = request.headers
    return headers.get("HX-Target") == PANEL and "HX-History-Restore-Request" not in headers


def _page(view: Subgraph, gaps: tuple[Gap, ...], state: ViewState, focus: Node) -> dict[str, object]:
    return {
        "picture": draw(view, gaps=gaps, state=state),
        "rows": outline(view, gaps=gaps, state=state),
        "reading": reading(view, gaps=gaps),
        "kind": kind_word(focus.kind),
        "title": title_and_detail(view.focused),
        "crumbs": _crumbs(focus),
        "count": len(view.nodes),
        "truncated": view.truncated,
        "external_url": external_url(focus.url),
        "details_href": state.url(select=str(focus.pk), before=0),
        "steppers": _steppers(state),
        "figure_href": _shown_url(state, "lineage:figure"),
        "exports": [(name, _shown_url(state, "lineage:export", name)) for name in FORMATS],
        "is_lonely": len(view.nodes) == 1 and not gaps,
    }


def _crumbs(focus: Node) -> list[tuple[str, str]]:
    crumbs = [(gettext("Lineage"), reverse("lineage:home"))]
    if focus.system:
        crumbs.append((focus.system.name, reverse("maturity:scorecard", args=[focus.system.slug])))
    return crumbs


def _steppers(state: ViewState) -> list[dict[str, object]]:
    """The steppers of the toolbar; at the end of a range there is no further address."""
    described = (
        ("up", gettext("up"), gettext("hops upstream"), state.up, 0, MOST_HOPS),
        ("down", gettext("down"), gettext("hops downstream"), state.down, 0, MOST_HOPS),
        ("fan", gettext("of each kind"), gettext("neighbours of each kind"), state.fan, 1, MOST_FAN),
    )
    return [
        {
            "name": name,
            "word": word,
            "label": label,
            "value": value,
            "less": state.url(**{name: value - 1}) if value > low else "",
            "more": state.url(**{name: value + 1}) if value < high else "",
        }
        for name, word, label, value, low, high in described
    ]


def _shown_url(state: ViewState, view: str, *args: object) -> str:
    """What is shown at another address; what is selected does not matter to it."""
    query = state.url(select="", before=0).partition("?")[2]
    address = reverse(view, args=[state.focus, *args])
    return f"{address}?{query}" if query else address


def _smaller(state: ViewState) -> str:
    return state.url(up=min(state.up, 2), down=min(state.down, 2), fan=min(state.fan, 3))
