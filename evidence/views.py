"""Pages of evidence: sources, their health, their syncs, the first connection."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.models import System
from core.permissions import (
    Permission,
    Principal,
    has_permission,
    principal_of,
    sees_everything,
    teams_allowing,
)
from evidence import services
from evidence.connectors import Check, ConnectorError
from evidence.connectors.found import connectors
from evidence.forms import BindingForm, ConnectForm, SettingsForm
from evidence.models import Binding, Source, Sync
from evidence.selectors import SourceRow, source_health, source_rows, things_by_kind, unassigned

LATEST_SYNCS = 10
MOST_UNASSIGNED = 20


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Every source with its health; without any, the guided first connection."""
    principal = principal_of(request)
    rows = source_rows(principal, now=timezone.now())
    may_connect = sees_everything(principal) or teams_allowing(principal, Permission.SOURCE_MANAGE).exists()
    context = {"rows": rows, "health": source_health(rows), "may_connect": may_connect}
    return render(request, "evidence/sources.html", context)


@require_safe
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: settings without secrets, bindings, syncs, what it cannot see, what is unassigned."""
    principal = principal_of(request)
    rows = source_rows(principal, now=timezone.now(), slug=slug)
    if not rows:
        raise Http404
    row = rows[0]
    found = row.source
    may_manage = _may(principal, Permission.SOURCE_MANAGE, found)
    loose = unassigned(found)
    context = {
        "source": found,
        "state": row.state,
        "latest": row.latest,
        "open": row.open,
        "seen": row.seen,
        "connector": connectors().get(found.kind),
        "settings": _settings(found),
        "counts": [(kind, kind.replace("_", " "), count) for kind, count in things_by_kind(found)],
        "blind": _blind(row),
        "syncs": found.syncs.all()[:LATEST_SYNCS],
        "bindings": found.bindings.select_related("system").order_by("kind", "pattern"),
        "binding_form": BindingForm(systems=_bindable_systems(principal)) if may_manage else None,
        "unassigned": loose[:MOST_UNASSIGNED],
        "unassigned_count": loose.count(),
        "may_manage": may_manage,
        "may_sync": _may(principal, Permission.SYNC_START, found),
    }
    return render(request, "evidence/source.html", context)


def _blind(row: SourceRow) -> list[dict[str, str]]:
    blind: list[dict[str, str]] = row.latest.blind if row.latest else []
    return blind


def _settings(found: Source) -> list[tuple[str, str]]:
    """Settings as label and value; of a secret only whether it is set."""
    connector = connectors().get(found.kind)
    if connector is None:
        return [("url", found.url)]
    values = {"url": found.url, **found.settings}
    set_or_not = _("set") if found.sealed_secrets else _("not set")
    return [
        (_(setting.label), set_or_not if setting.secret else values.get(setting.name, setting.default))
        for setting in connector.settings
    ]


@require_safe
def sync_row(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One sync as a fragment; the page asks again until it is finished."""
    principal = principal_of(request)
    sync = get_object_or_404(
        Sync.objects.visible_to(principal).select_related("source"), pk=pk, source__slug=slug
    )
    context = {"sync": sync, "source": sync.source, "was_open": True}
    return render(request, "evidence/_sync_row.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Connect a source: choose a kind, fill in its settings, try it, connect."""
    principal = principal_of(request)
    teams = teams_allowing(principal, Permission.SOURCE_MANAGE)
    if not teams.exists():
        if sees_everything(principal):
            return render(request, "evidence/no_team.html")
        raise PermissionDenied(_("Connecting a source takes a manager of a team."))
    connector = connectors().get(request.GET.get("kind", ""))
    form = ConnectForm(connector, request.POST or None, teams=teams) if connector else None
    context: dict[str, object] = {"kinds": list(connectors().values()), "connector": connector, "form": form}
    if form and request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "check":
            context |= _tried(form, by=principal)
        elif made := _connect(form, by=principal):
            messages.success(
                request, _("%(name)s is connected; its first reading has started.") % {"name": made.name}
            )
            return redirect("evidence:source", slug=made.slug)
    only_check = request.htmx and request.POST.get("do") == "check" and form and form.is_valid()  # type: ignore[attr-defined]
    return render(request, "evidence/_check.html" if only_check else "evidence/connect.html", context)


def _tried(form: ConnectForm, *, by: Principal) -> dict[str, Check | ConnectorError]:
    try:
        return {"check": services.check_settings(kind=form.connector.slug, values=form.values(), by=by)}
    except ConnectorError as error:
        return {"error": error}


def _connect(form: ConnectForm, *, by: Principal) -> Source | None:
    """Make the source and start its first sync, or put the reason why not on the form."""
    data = form.cleaned_data
    try:
        with transaction.atomic():
            made = services.create_source(
                slug=data["slug"],
                name=data["name"],
                kind=form.connector.slug,
                values=form.values(),
                team=data["team"],
                interval_minutes=data["interval_minutes"],
                by=by,
            )
            services.sync_now(made, by=by)
            return made
    except ConnectorError as error:
        form.add_error(None, str(error))
    except IntegrityError:
        form.add_error("slug", _("This short name is taken; choose another."))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a source's settings; a secret left empty stays as it is."""
    principal = principal_of(request)
    found = _managed_source(principal, slug)
    connector = connectors().get(found.kind)
    if connector is None:
        raise Http404
    now = {f"set_{name}": value for name, value in {"url": found.url, **found.settings}.items()}
    form = SettingsForm(
        connector, request.POST or None, initial={**now, "interval_minutes": found.interval_minutes}
    )
    if request.method == "POST" and form.is_valid():
        try:
            minutes = form.cleaned_data["interval_minutes"]
            services.change_source(found, values=form.values(), interval_minutes=minutes, by=principal)
            services.sync_now(found, by=principal)
            return redirect("evidence:source", slug=slug)
        except ConnectorError as error:
            form.add_error(None, str(error))
    return render(request, "evidence/change.html", {"source": found, "connector": connector, "form": form})


@require_POST
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """Test the connection: what works, and what each missing permission blinds."""
    found = _managed_source(principal_of(request), slug)
    context: dict[str, object] = {"source": found}
    try:
        context["check"] = services.check_source(found, by=principal_of(request))
    except ConnectorError as error:
        context["error"] = error
    return render(request, "evidence/_check.html", context)


@require_POST
def sync(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a sync now."""
    principal = principal_of(request)
    found = get_object_or_404(Source.objects.visible_to(principal).select_related("team"), slug=slug)
    if not _may(principal, Permission.SYNC_START, found):
        raise PermissionDenied
    services.sync_now(found, by=principal)
    return redirect("evidence:source", slug=slug)


@require_POST
def bind(request: HttpRequest, slug: str) -> HttpResponse:
    """Give things of the source to a system, and read it anew."""
    principal = principal_of(request)
    found = _managed_source(principal, slug)
    form = BindingForm(request.POST, systems=_bindable_systems(principal))
    if form.is_valid():
        services.add_binding(found, by=principal, **form.cleaned_data)
        services.sync_now(found, by=principal)
    else:
        messages.error(request, _("The binding is not complete: choose a system and give a name."))
    return redirect("evidence:source", slug=slug)


@require_POST
def unbind(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a binding back."""
    principal = principal_of(request)
    found = _managed_source(principal, slug)
    services.remove_binding(
        get_object_or_404(Binding.objects.select_related("system__team"), pk=pk, source=found), by=principal
    )
    return redirect("evidence:source", slug=slug)


def _managed_source(principal: Principal, slug: str) -> Source:
    found = get_object_or_404(Source.objects.visible_to(principal).select_related("team"), slug=slug)
    if not _may(principal, Permission.SOURCE_MANAGE, found):
        raise PermissionDenied
    return found


def _may(principal: Principal, permission: Permission, found: Source) -> bool:
    return has_permission(principal, permission, team=found.team)


def _bindable_systems(principal: Principal) -> QuerySet[System]:
    """Systems to which the principal may give evidence."""
    return System.objects.filter(team__in=teams_allowing(principal, Permission.SOURCE_MANAGE).values("pk"))
