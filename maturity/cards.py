"""What maturity shows on other apps' pages."""

from django.http import HttpRequest

from core.cards import Card
from core.context import chosen_team, teams
from core.permissions import principal_of
from maturity.selectors import systems_for


def reports(request: HttpRequest, subject: None) -> Card | None:
    """The documents that can be handed on; none before there is a system."""
    chosen = chosen_team(request)
    systems = list(systems_for(principal_of(request), team=chosen))
    if not systems:
        return None
    shown = [team for team in teams(request) if chosen is None or team.pk == chosen.pk]
    return Card("maturity/_report_cards.html", {"report_systems": systems, "report_teams": shown})
