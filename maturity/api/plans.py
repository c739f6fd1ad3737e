"""Plans: the cheapest way of a system to a level, and what would be if criteria were met."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import PlainViewSet
from core.models import System
from maturity.api.assessments import StandingSerializer
from maturity.choice import offers
from maturity.plans import SystemPlan, Wish, plan_document, plan_of
from maturity.selectors import Scorecard, scorecard


class LiftSerializer(serializers.Serializer[Any]):
    """A capability whose confirmed level rises; null is not assessed."""

    capability = serializers.CharField()
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)


class PlanStepSerializer(serializers.Serializer[Any]):
    """One criterion to do; `turn` says who can take the next step."""

    criterion = serializers.CharField()
    capability = serializers.CharField()
    level = serializers.IntegerField()
    verdict = serializers.CharField()
    reason = serializers.CharField()
    effort = serializers.CharField()
    days = serializers.IntegerField()
    turn = serializers.CharField()
    what = serializers.CharField()
    lifts = LiftSerializer(many=True)


class WhatIfSerializer(serializers.Serializer[Any]):
    """Levels now and if the criteria in `done` were met."""

    done = serializers.ListField(child=serializers.CharField())
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)
    capabilities_before = StandingSerializer(many=True)
    capabilities_after = StandingSerializer(many=True)


class PlanSerializer(serializers.Serializer[Any]):
    """The cheapest way to `goal`; `reachable` is false where no open criterion leads there."""

    system = serializers.CharField()
    rubric = serializers.CharField()
    rubric_version = serializers.CharField()
    capability = serializers.CharField()
    goal = serializers.IntegerField()
    reachable = serializers.BooleanField()
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)
    cost_days = serializers.IntegerField()
    lifts = LiftSerializer(many=True)
    steps = PlanStepSerializer(many=True)
    others = PlanStepSerializer(many=True)
    what_if = WhatIfSerializer()


class PlanQuerySerializer(serializers.Serializer[Any]):
    """What can be asked of a plan."""

    rubric = serializers.CharField(required=False, default="")
    goal = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=9)
    capability = serializers.CharField(required=False, default="")
    done = serializers.ListField(child=serializers.CharField(), required=False, default=list)


class PlanViewSet(PlainViewSet):
    """The plan of a system: what to do next, whose turn it is, what it unlocks."""

    lookup_field = "slug"

    @extend_schema(
        parameters=[
            OpenApiParameter("slug", str, OpenApiParameter.PATH, description="The system."),
            PlanQuerySerializer,
        ],
        responses=PlanSerializer,
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """`goal`: a level (default: the next one); `capability`: for it alone; `done`: supposed met."""
        asked = PlanQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(plan_document(self._found(slug, asked.validated_data)))

    def _found(self, slug: str, asked: Mapping[str, Any]) -> SystemPlan:
        card = self._card(slug, rubric=asked["rubric"])
        under = card.summary.rubric
        if asked["goal"] is not None and asked["goal"] > under.top:
            raise serializers.ValidationError({"goal": f"{under.name} ends at level {under.top}."})
        if asked["capability"] and under.capability(asked["capability"]) is None:
            raise serializers.ValidationError({"capability": "The rubric has no such capability."})
        wish = Wish(goal=asked["goal"], capability=asked["capability"], done=tuple(asked["done"]))
        return plan_of(card, wish, at=timezone.now())

    def _card(self, slug: str, *, rubric: str) -> Scorecard:
        """The scorecard of a visible system under that rubric; else there is no plan."""
        system = System.objects.visible_to(self.principal).select_related("team").filter(slug=slug).first()
        under = offers([system.team])[system.team_id].named(rubric) if system else None
        card = scorecard(system, now=timezone.now(), asked=under.id) if system and under else None
        if card is None:
            raise NotFound
        return card


routes: list[tuple[str, type, str]] = [("plans", PlanViewSet, "plan")]
