"""Teams and the organisation: where their systems stand. Systems are counted, never people."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.models import Team
from core.permissions import Permission, has_permission, principal_of
from maturity.agreements import set_comparison
from maturity.choice import headline_of
from maturity.present_rollup import group_context
from maturity.rollup_documents import group_document, groups_csv
from maturity.rollups import Group, agreed, compared_groups, organisation_group, team_group
from maturity.rubric import rubric
from maturity.views.downloads import csv_file, json_file


@require_safe
def organisation(request: HttpRequest) -> HttpResponse:
    """The whole organisation without names, the reader's own teams, and those that agreed to compare."""
    principal, now = principal_of(request), timezone.now()
    found = organisation_group(principal, under=rubric(), now=now)
    context: dict[str, object] = {
        "own": Team.objects.visible_to(principal),
        "compared": compared_groups(principal, under=rubric(), now=now),
        "rubric": rubric(),
        "crumbs": [(_("Reports"), reverse("core:reports"))],
        **(group_context(found) if found else {}),
    }
    return render(request, "maturity/organisation.html", context)


@require_safe
def organisation_json(request: HttpRequest) -> HttpResponse:
    return json_file(group_document(_organisation(request)), "organisation-levels.json")


@require_safe
def organisation_table(request: HttpRequest) -> HttpResponse:
    return csv_file(groups_csv([_organisation(request)]), "organisation-levels.csv")


@require_safe
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """One team's systems together."""
    ours = _team(request, slug)
    found = _group(ours)
    context: dict[str, object] = {
        "of": ours,
        "rubric": found.rubric,
        "agreed": agreed(ours),
        "may_compare": has_permission(principal_of(request), Permission.TEAM_COMPARE, team=ours),
        "crumbs": [(_("Reports"), reverse("core:reports")), (_("Levels"), reverse("maturity:organisation"))],
        **group_context(found),
    }
    return render(request, "maturity/team.html", context)


@require_safe
def team_json(request: HttpRequest, slug: str) -> HttpResponse:
    return json_file(group_document(_group(_team(request, slug))), f"{slug}-levels.json")


@require_safe
def team_table(request: HttpRequest, slug: str) -> HttpResponse:
    return csv_file(groups_csv([_group(_team(request, slug))]), f"{slug}-levels.csv")


@require_POST
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """The manager agrees to be compared with other teams, or no longer."""
    ours = _team(request, slug)
    wanted = request.POST.get("agreed") == "yes"
    set_comparison(ours, agreed=wanted, by=principal_of(request), now=timezone.now())
    said = (
        _("The team is shown beside others that agreed.") if wanted else _("The team is no longer compared.")
    )
    messages.success(request, said)
    return redirect("maturity:team", slug=slug)


def _team(request: HttpRequest, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(principal_of(request)), slug=slug)


def _group(ours: Team) -> Group:
    return team_group(ours, under=headline_of(ours), now=timezone.now())


def _organisation(request: HttpRequest) -> Group:
    found = organisation_group(principal_of(request), under=rubric(), now=timezone.now())
    if found is None:
        raise Http404
    return found
