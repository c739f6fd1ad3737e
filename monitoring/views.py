"""Pages of monitoring."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from core.context import chosen_team
from core.models import System
from core.permissions import Permission, has_permission, principal_of, teams_allowing
from monitoring import present, selectors, services
from monitoring.forms import AcknowledgeForm, MonitorForm
from monitoring.heatmap import heat_map
from monitoring.models import LOUD_ALERT, Alert, AlertKind, AlertState, FileState, Monitor, Window
from monitoring.selectors import MonitorRow
from monitoring.viewstate import ViewState, read_state

ALERTS_A_PAGE = 25
FILES_A_PAGE = 20
MOST_ON_HOME = 8
TABS = {"open": LOUD_ALERT, "watched": (AlertState.PENDING,), "cleared": (AlertState.RESOLVED,)}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every monitor and what is wrong now; without one, how to begin."""
    principal, team = principal_of(request), chosen_team(request)
    rows = selectors.monitor_rows(selectors.monitors_for(principal, team=team))
    alerts = list(selectors.alerts_for(principal, team=team).loud()[: MOST_ON_HOME + 1])
    context = {
        "rows": [(row, present.sign_of(row.state)) for row in rows],
        "calm": sum(row.state == "ok" for row in rows),
        "alerts": present.alert_rows(alerts[:MOST_ON_HOME], now=timezone.now()),
        "alert_count": sum(len(row.alerts) for row in rows),
        "may_create": teams_allowing(principal, Permission.MONITOR_EDIT).exists(),
    }
    return render(request, "monitoring/home.html", context)


@require_safe
@vary_on_headers("HX-Target")
def monitor(request: HttpRequest, slug: str) -> HttpResponse:
    """One monitor: heat map, distributions, contract, alerts, files. htmx gets the drift part alone."""
    found = get_object_or_404(selectors.monitors_for(principal_of(request), team=None), slug=slug)
    state = read_state(slug, request.GET)
    context = {"monitor": found, "state": state, **_drift(found, state)}
    if request.headers.get("HX-Target") == "drift":
        return render(request, "monitoring/_drift.html", context)
    (row,) = selectors.monitor_rows(Monitor.objects.filter(pk=found.pk))
    files = Paginator(selectors.files_of(found), FILES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "monitoring/monitor.html", {**context, **_whole(row), "files": files})


def _drift(found: Monitor, state: ViewState) -> dict[str, object]:
    """The heat map and the distribution in focus."""
    windows = selectors.windows_in_view(found, before=state.moment)
    if not windows:
        return {"windows": []}
    checks = selectors.checks_of(windows)
    newest = [check for check in checks if check.window == windows[-1].pk] or checks
    worst = max(newest, key=lambda check: (check.state == "breach", check.score or 0), default=None)
    column, window = state.column or (worst.column if worst else ""), state.window or windows[-1].pk
    drawn = heat_map(
        checks,
        windows=[each.pk for each in windows],
        statistic=state.statistic,
        selected=(column, window),
        whole=state.rows == "all",
    )
    check = selectors.check_with_profiles(found, window=window, column=column)
    return {
        "windows": windows,
        "view": present.drift_view(found, windows, drawn, state=state),
        "statistics": present.statistic_choices(),
        "distribution": present.distribution(check) if check else None,
        "older_url": state.url(before=windows[0].start.isoformat(), window=0)
        if found.windows.filter(start__lt=windows[0].start).exists()
        else "",
        "newest_url": state.url(before="", window=0) if state.before else "",
        "all_url": state.url(rows="all"),
    }


def _whole(row: MonitorRow) -> dict[str, object]:
    """What the page shows round the heat map."""
    found, newest = row.monitor, row.newest
    episodes = found.alerts.select_related("version", "window").defer("window__profile", "version__attrs")
    watched = newest.baseline.version if newest else None
    newest_file = found.files.exclude(version=None).order_by("-until").select_related("version").first()
    version = newest_file.version if newest_file else watched
    file, findings = selectors.contract_rows(found, version)
    return {
        "row": row,
        "sign": present.sign_of(row.state),
        "version": version,
        "episodes": present.alert_rows(list(episodes[:ALERTS_A_PAGE]), now=timezone.now()),
        "contract_file": file,
        "contract": present.contract_rows(findings),
        "bad_files": found.files.filter(state=FileState.ERROR).count(),
        "crumbs": [
            (_("Monitoring"), reverse("monitoring:home")),
            (found.system.name, reverse("maturity:scorecard", args=[found.system.slug])),
        ],
    }


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The inbox: open, watched and cleared alerts; the tab and the page are in the address."""
    everything = selectors.alerts_for(principal_of(request), team=chosen_team(request))
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in TABS else "open"
    counts = selectors.counts_by_tab(everything)
    words = {"open": _("open"), "watched": _("watched"), "cleared": _("cleared")}
    page = Paginator(everything.filter(state__in=TABS[chosen]), ALERTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "tabs": [
            {"text": f"{words[tab]} {counts[tab]}", "url": f"?show={tab}", "current": tab == chosen}
            for tab in TABS
        ],
        "chosen": chosen,
        "page": page,
        "alerts": present.alert_rows(list(page.object_list), now=timezone.now()),
        "counts": counts,
        "crumbs": [(_("Monitoring"), reverse("monitoring:home"))],
    }
    return render(request, "monitoring/alerts.html", context)


@require_safe
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert: what was seen, against what, since when, and what can be done."""
    principal = principal_of(request)
    visible = Alert.objects.visible_to(principal).select_related(
        "monitor__system__team", "version", "node", "window"
    )
    found = get_object_or_404(visible, pk=pk)
    now = timezone.now()
    (row,) = present.alert_rows([found], now=now)
    check = None
    if found.window_id:
        check = selectors.check_with_profiles(found.monitor, window=found.window_id, column=found.column)
    is_contract = found.kind == AlertKind.CONTRACT
    file, findings = selectors.contract_rows(found.monitor, found.version if is_contract else None)
    may_handle = has_permission(principal, Permission.ALERT_HANDLE, team=found.monitor.system.team)
    context = {
        "row": row,
        "alert": found,
        "distribution": present.distribution(check) if check else None,
        "monitor_url": _cell_url(found, found.window),
        "contract_file": file,
        "contract": present.contract_rows(findings),
        "past": present.alert_rows(list(selectors.past_episodes(found)[:10]), now=now),
        "form": AcknowledgeForm() if may_handle and found.is_open and not found.acknowledged_at else None,
        "crumbs": [
            (_("Monitoring"), reverse("monitoring:home")),
            (_("Alerts"), reverse("monitoring:alerts")),
        ],
    }
    return render(request, "monitoring/alert.html", context)


def _cell_url(found: Alert, window: Window | None) -> str:
    return ViewState(found.monitor.slug, column=found.column, window=window.pk if window else 0).url()


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Take notice of an alert."""
    principal = principal_of(request)
    visible = Alert.objects.visible_to(principal).select_related("monitor__system__team")
    found = get_object_or_404(visible, pk=pk)
    if not has_permission(principal, Permission.ALERT_HANDLE, team=found.monitor.system.team):
        raise PermissionDenied
    form = AcknowledgeForm(request.POST)
    if form.is_valid():
        services.acknowledge(found, by=principal, note=form.cleaned_data["note"], now=timezone.now())
        messages.success(request, _("You took notice; it is written down with the alert."))
    return redirect("monitoring:alert", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a monitor, guided."""
    principal = principal_of(request)
    teams = teams_allowing(principal, Permission.MONITOR_EDIT)
    if not teams.exists():
        raise PermissionDenied(_("Making a monitor takes an editor of a team."))
    systems = System.objects.filter(team__in=teams.values("pk"))
    form = MonitorForm(request.POST or None, initial=request.GET.dict(), systems=systems)
    if request.method == "POST" and form.is_valid():
        try:
            made, _new = services.create_monitor(by=principal, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except services.SlugTakenError as error:
            form.add_error("slug", str(error))
        else:
            messages.success(request, _("The monitor stands; its first check has started."))
            return redirect("monitoring:monitor", slug=made.slug)
    context = {"form": form, "crumbs": [(_("Monitoring"), reverse("monitoring:home"))]}
    return render(request, "monitoring/create.html", context)
