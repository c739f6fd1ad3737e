"""Rubrics: what a team is judged by, every criterion of it, and a team's own file."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.context import chosen_team
from core.models import Team
from core.permissions import principal_of, visible_teams
from maturity import present_rubric
from maturity.choice import offered, offers
from maturity.load_facts import readable_kinds
from maturity.rubric import RubricError
from maturity.rubric_forms import ChoiceForm, TextForm
from maturity.rubric_services import add_text, choose, may_choose, versions
from maturity.rubric_tally import tally


@require_safe
def rubrics(request: HttpRequest) -> HttpResponse:
    """All rubrics that the reader's systems are judged by, and what each team chose."""
    principal = principal_of(request)
    teams = list(visible_teams(principal).order_by("name"))
    chosen = offers(teams)
    context = {
        "rubrics": [(each, tally(each, readable=readable_kinds())) for each in offered(principal, team=None)],
        "choices": [(team, chosen[team.pk].headline) for team in teams],
    }
    return render(request, "maturity/rubrics.html", context)


@require_safe
def rubric(request: HttpRequest, rubric_id: str) -> HttpResponse:
    """One rubric: its levels, and every criterion with how it is measured and who meets it."""
    principal = principal_of(request)
    under = next((each for each in offered(principal, team=None) if each.id == rubric_id), None)
    if under is None:
        raise Http404
    context = {
        "rubric": under,
        "tally": tally(under, readable=readable_kinds()),
        "ladder": present_rubric.ladder(under),
        "sections": present_rubric.sections(under, principal, team=chosen_team(request), now=timezone.now()),
        "crumbs": [(_("Rubrics"), reverse("maturity:rubrics"))],
    }
    return render(request, "maturity/rubric.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a team's headline, follow its newest version or pin one; add a file of its own."""
    found = _team(request, slug)
    form = ChoiceForm(request.POST if request.method == "POST" else None, team=found)
    if request.method == "POST":
        _refuse_others(request, found)
        if form.is_valid():
            name, pinned = form.chosen
            choose(found, rubric=name, pinned=pinned, by=principal_of(request))
            messages.success(request, _("%(team)s is judged anew in a moment.") % {"team": found.name})
            return redirect("maturity:team_rubric", slug=slug)
    return _page(request, found, form=form, text_form=TextForm())


@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a rubric file of the team."""
    found = _team(request, slug)
    _refuse_others(request, found)
    form = TextForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            kept = add_text(found, text=form.cleaned_data["file"], by=principal_of(request))
        except RubricError as error:
            form.add_error("file", str(error))
        else:
            said = _(
                "%(rubric)s %(version)s was added; the systems of %(team)s are judged under it in a moment."
            )
            values = {"rubric": kept.rubric, "version": kept.version, "team": found.name}
            messages.success(request, said % values)
            return redirect("maturity:team_rubric", slug=slug)
    return _page(request, found, form=ChoiceForm(team=found), text_form=form, status=400)


def _page(
    request: HttpRequest, found: Team, *, form: ChoiceForm, text_form: TextForm, status: int = 200
) -> HttpResponse:
    context = {
        "subject": found,
        "offer": offers([found])[found.pk],
        "versions": versions(found),
        "form": form,
        "text_form": text_form,
        "can_choose": may_choose(principal_of(request), found),
        "crumbs": [(_("Rubrics"), reverse("maturity:rubrics"))],
    }
    return render(request, "maturity/team_rubric.html", context, status=status)


def _team(request: HttpRequest, slug: str) -> Team:
    return get_object_or_404(visible_teams(principal_of(request)), slug=slug)


def _refuse_others(request: HttpRequest, found: Team) -> None:
    if not may_choose(principal_of(request), found):
        raise PermissionDenied
