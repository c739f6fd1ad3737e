"""Pages of core: reports, API tokens; the team switch."""

import functools

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from drf_spectacular.generators import SchemaGenerator

from core import context, tokens
from core.api.reference import Group, groups
from core.forms import RevokeTokenForm, TokenForm
from core.models import ApiToken, AuditEvent, User
from core.permissions import Permission, teams_allowing

CHANGES_A_PAGE = 50


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The reports that the apps offer, and who changed what."""
    changes = AuditEvent.objects.visible_to(request.user)
    if team := context.chosen_team(request):
        changes = changes.filter(team_id=team.pk)
    page = Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "core/reports.html", {"page": page})


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """The REST API for people to read."""
    return render(request, "core/api_reference.html", {"groups": _api_groups()})


@functools.cache
def _api_groups() -> tuple[Group, ...]:
    """Made once a process: the API changes only with the code."""
    return groups(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@require_POST
def switch_team(request: HttpRequest) -> HttpResponse:
    """Remember the team to look at (none: all), and go back to the page."""
    slug = request.POST.get("team", "")
    known = {team.slug for team in context.teams(request)}
    request.session[context.SESSION_KEY] = slug if slug in known else ""
    return redirect(_own_address(request, request.POST.get("next", "")))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """API tokens of the reader's teams. A new one is shown in the answer, and only there."""
    form = TokenForm(request.POST or None, principal=request.user)
    if request.method == "POST" and form.is_valid():
        made, clear = tokens.create_token(
            team=form.cleaned_data["team"],
            name=form.cleaned_data["name"],
            scope=form.cleaned_data["scope"],
            by=_person(request),
            expires_at=form.expires_at(),
        )
        form = TokenForm(principal=request.user)
        return _token_page(request, form=form, made=made, clear=clear)
    return _token_page(request, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token, confirmed by its name."""
    token = get_object_or_404(_manageable(request).filter(revoked_at=None), pk=pk)
    form = RevokeTokenForm(request.POST or None, token=token)
    if request.method == "POST" and form.is_valid():
        tokens.revoke_token(token, by=request.user)
        messages.success(request, _("The token “%(name)s” has ended.") % {"name": token.name})
        return redirect("core:tokens")
    return render(request, "core/revoke_token.html", {"form": form, "token": token})


def _token_page(
    request: HttpRequest, *, form: TokenForm, made: ApiToken | None = None, clear: str = ""
) -> HttpResponse:
    visible = ApiToken.objects.visible_to(request.user).select_related("team", "created_by")
    shown = {
        "form": form,
        "tokens": visible,
        "manageable": set(_manageable(request).values_list("pk", flat=True)),
        "may_make": teams_allowing(request.user, Permission.TOKEN_MANAGE).exists(),
        "made": made,
        "clear": clear,
    }
    return render(request, "core/tokens.html", shown)


def _manageable(request: HttpRequest) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(
        team__in=teams_allowing(request.user, Permission.TOKEN_MANAGE).values("pk")
    )


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "the page is for signed-in people"
    return request.user


def _own_address(request: HttpRequest, address: str) -> str:
    """`address` if it is one of ours, else the overview."""
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else reverse("maturity:overview")
