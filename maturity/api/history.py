"""The history of a system with its causes, two of its moments, and a day judged again."""

from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import PlainViewSet
from core.models import System
from maturity.choice import offers
from maturity.comparison import MomentError, compare
from maturity.past_documents import comparison_document, history_document, replay_document
from maturity.replay import ReplayError, replay
from maturity.rubric import Rubric
from maturity.snapshots import kept_days
from maturity.timeline import timeline

RUBRIC = OpenApiParameter("rubric", str, description="the id of a rubric; the team's headline without it")
SYSTEM = OpenApiParameter("slug", str, OpenApiParameter.PATH)


class SystemHistory(PlainViewSet):
    """What these three have: a visible system and one of its rubrics."""

    def place(self, request: Request, slug: str) -> tuple[System, Rubric]:
        visible = System.objects.visible_to(self.principal).select_related("team")
        system = get_object_or_404(visible, slug=slug)
        under = offers([system.team])[system.team_id].named(request.query_params.get("rubric", ""))
        if under is None:
            raise NotFound("There is no such rubric for this system.")
        return system, under


class HistoryViewSet(SystemHistory):
    """Every assessment that differed from the one before, newest first, with moves and causes."""

    @extend_schema(
        operation_id="systems_history",
        parameters=[SYSTEM, RUBRIC],
        responses=OpenApiTypes.OBJECT,
        summary="The history of a system, and why it changed",
    )
    def list(self, request: Request, slug: str) -> Response:
        system, under = self.place(request, slug)
        return Response(history_document(timeline(system, under=under, now=timezone.now()), rubric=under.id))


class CompareViewSet(SystemHistory):
    """Two moments of a system side by side, with what happened between."""

    @extend_schema(
        operation_id="systems_compare",
        parameters=[
            SYSTEM,
            RUBRIC,
            OpenApiParameter(
                "from", str, description="a day (its end, UTC), a moment, or an assessment's number"
            ),
            OpenApiParameter("to", str, description="likewise; now without it"),
        ],
        responses=OpenApiTypes.OBJECT,
        summary="What changed between two moments",
    )
    def list(self, request: Request, slug: str) -> Response:
        system, under = self.place(request, slug)
        start, end = (request.query_params.get(name, "").strip() for name in ("from", "to"))
        try:
            found = compare(system, under=under, start=start, end=end, now=timezone.now())
        except MomentError as error:
            raise ValidationError({"from": [str(error)]}) from error
        return Response(comparison_document(found))


class ReplayViewSet(SystemHistory):
    """A day judged again from the facts that were kept of it; nothing is written."""

    @extend_schema(
        operation_id="systems_replay",
        parameters=[
            SYSTEM,
            RUBRIC,
            OpenApiParameter("at", date, description="the day (UTC); the newest kept one without it"),
        ],
        responses=OpenApiTypes.OBJECT,
        summary="A day judged again",
    )
    def list(self, request: Request, slug: str) -> Response:
        system, under = self.place(request, slug)
        try:
            found = replay(system, at=_day(request, system), under=under)
        except ReplayError as error:
            raise ValidationError({"at": [str(error)]}) from error
        return Response(replay_document(found))


def _day(request: Request, system: System) -> date:
    asked: Any = request.query_params.get("at", "")
    try:
        return date.fromisoformat(asked) if asked else next(iter(kept_days(system)), timezone.now().date())
    except ValueError:
        raise ValidationError({"at": ["A day is written like 2026-11-20."]}) from None


routes: list[tuple[str, type, str]] = [
    (r"systems/(?P<slug>[-\w]+)/history", HistoryViewSet, "system-history"),
    (r"systems/(?P<slug>[-\w]+)/compare", CompareViewSet, "system-compare"),
    (r"systems/(?P<slug>[-\w]+)/replay", ReplayViewSet, "system-replay"),
]
