"""What every page's frame needs, and the team a person looks at."""

from functools import partial

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.models import Team
from core.permissions import Principal, visible_teams

SESSION_KEY = "team"


def frame(request: HttpRequest) -> dict[str, object]:
    """Context of every page: `teams` the reader may see, `team` the chosen one or None for all."""
    return {"teams": teams(request), "team": SimpleLazyObject(partial(chosen_team, request))}


def teams(request: HttpRequest) -> tuple[Team, ...]:
    """The teams the reader may see; read once a request, when first asked for."""
    read: tuple[Team, ...] = vars(request).setdefault(
        "visible_teams", SimpleLazyObject(partial(_read_teams, getattr(request, "user", None)))
    )
    return read


def chosen_team(request: HttpRequest) -> Team | None:
    """The team chosen in the top bar; None means all of them."""
    slug = request.session.get(SESSION_KEY) if hasattr(request, "session") else None
    return next((team for team in teams(request) if team.slug == slug), None) if slug else None


def _read_teams(principal: Principal | None) -> tuple[Team, ...]:
    return tuple(visible_teams(principal)) if principal else ()
