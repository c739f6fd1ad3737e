"""What a rubric would have said: the last days of a team's systems judged again, before it is switched."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.models import System, Team, Tier
from core.permissions import principal_of, visible_teams
from maturity import past
from maturity.cause_words import move_sentence
from maturity.choice import offers, texts
from maturity.models import RubricText
from maturity.replay import Replay, replays
from maturity.rubric import Rubric

USUAL_DAYS, MOST_DAYS = 3, 14
BUDGET = 30
"""So many days are judged again for one page; a day of a system with many runs takes tenths of a second."""


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of one system: what held, what would have held, and why."""

    found: Replay
    was: str
    now: str
    moved: tuple[str, ...]
    causes: tuple[past.CauseView, ...]


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest kept days of each system of the team under `?rubric=` (an id or the digest of a text)."""
    team = get_object_or_404(visible_teams(principal_of(request)), slug=slug)
    under = _rubric(request, team)
    days = _days(request.GET.get("days", ""))
    systems = list(System.objects.filter(team=team).exclude(tier=Tier.RETIRED).order_by("name"))
    shown = systems[: BUDGET // days]
    context = {
        "subject": team,
        "rubric": under,
        "asked": request.GET.get("rubric", ""),
        "days": days,
        "most_days": MOST_DAYS,
        "rows": [(system, _day_views(system, days=days, under=under)) for system in shown],
        "left_out": len(systems) - len(shown),
        "crumbs": [(_("Systems"), reverse("maturity:systems"))],
    }
    return render(request, "maturity/preview.html", context)


def _rubric(request: HttpRequest, team: Team) -> Rubric:
    """A rubric of the team by its id, or any text that the reader may see by its digest."""
    asked = request.GET.get("rubric", "")
    named = offers([team])[team.pk].named(asked)
    if named is not None:
        return named
    visible = RubricText.objects.visible_to(principal_of(request)).filter(digest=asked).exists()
    found = texts([asked]).get(asked) if visible else None
    if found is None:
        raise Http404
    return found


def _days(text: str) -> int:
    asked = int(text) if text.isdecimal() and len(text) < 4 else USUAL_DAYS
    return min(MOST_DAYS, max(1, asked))


def _day_views(system: System, *, days: int, under: Rubric) -> list[DayView]:
    return [_day_view(found, under=under) for found in replays(system, days=days, under=under)]


def _day_view(found: Replay, *, under: Rubric) -> DayView:
    return DayView(
        found=found,
        was=past.stand(found.overall.was),
        now=past.stand(found.overall.now),
        moved=tuple(move_sentence(move) for move in found.moves if move.moved),
        causes=past.cause_views(past.ordered(found.causes, under=under), under=under),
    )
