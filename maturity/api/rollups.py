"""Teams and the organisation: where their systems stand together."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import PlainViewSet
from core.models import Team
from maturity.choice import headline_of
from maturity.rollup_documents import group_document
from maturity.rollups import compared_groups, organisation_group, team_group
from maturity.rubric import rubric


class TierCountsSerializer(serializers.Serializer[Any]):
    """Counts by level from -1 (below level 0) up; shares from level 0 up, null without systems."""

    tier = serializers.CharField()
    systems = serializers.IntegerField()
    counts = serializers.ListField(child=serializers.IntegerField())
    potential_counts = serializers.ListField(child=serializers.IntegerField())
    unassessed = serializers.IntegerField()
    share_at_least = serializers.ListField(child=serializers.FloatField(allow_null=True))


class FloorSerializer(serializers.Serializer[Any]):
    """The lowest level in production and what holds it; `named` are the visible systems there."""

    level = serializers.IntegerField()
    systems = serializers.IntegerField()
    named = serializers.ListField(child=serializers.CharField())
    held_by = serializers.ListField(child=serializers.CharField())
    criterion = serializers.CharField()


class DistanceSerializer(serializers.Serializer[Any]):
    """Production systems against their targets; `short`: so many lack 1, 2, … levels."""

    systems = serializers.IntegerField()
    reached = serializers.IntegerField()
    short = serializers.ListField(child=serializers.IntegerField())
    unassessed = serializers.IntegerField()


class RollUpGapSerializer(serializers.Serializer[Any]):
    """A criterion that several systems fail."""

    criterion = serializers.CharField()
    systems = serializers.IntegerField()
    of = serializers.IntegerField()
    named = serializers.ListField(child=serializers.CharField())


class TrendPointSerializer(serializers.Serializer[Any]):
    """How many of today's production systems stood where at a moment."""

    at = serializers.DateTimeField()
    counts = serializers.ListField(child=serializers.IntegerField())
    unassessed = serializers.IntegerField()


class MemberSerializer(serializers.Serializer[Any]):
    """One visible system."""

    system = serializers.CharField()
    name = serializers.CharField()
    team = serializers.CharField()
    tier = serializers.CharField()
    target_level = serializers.IntegerField()
    confirmed = serializers.IntegerField(allow_null=True)
    potential = serializers.IntegerField(allow_null=True)
    held_by = serializers.ListField(child=serializers.CharField())
    next_step = serializers.CharField()


class RollUpSerializer(serializers.Serializer[Any]):
    """A team, or (team null) all of them. Systems are counted, never people."""

    team = serializers.CharField(allow_null=True)
    teams = serializers.IntegerField()
    rubric = serializers.CharField()
    rubric_version = serializers.CharField()
    at = serializers.DateTimeField()
    tiers = TierCountsSerializer(many=True)
    floor = FloorSerializer(allow_null=True)
    distance = DistanceSerializer()
    gaps = RollUpGapSerializer(many=True)
    trend = TrendPointSerializer(many=True)
    systems = MemberSerializer(many=True)


class RollUpViewSet(PlainViewSet):
    """The roll-up of one of your teams, under its headline rubric."""

    lookup_field = "slug"

    @extend_schema(
        parameters=[OpenApiParameter("slug", str, OpenApiParameter.PATH, description="The team.")],
        responses=RollUpSerializer,
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        team = get_object_or_404(Team.objects.visible_to(self.principal), slug=slug)
        return Response(group_document(team_group(team, under=headline_of(team), now=timezone.now())))


class OrganisationViewSet(PlainViewSet):
    """The organisation's roll-up; other teams' systems are counted, not named."""

    @extend_schema(responses=RollUpSerializer)
    def list(self, request: Request) -> Response:
        """404 while fewer than three teams have systems: the rest would be one team's."""
        found = organisation_group(self.principal, under=rubric(), now=timezone.now())
        if found is None:
            raise NotFound
        return Response(group_document(found))


class ComparisonViewSet(PlainViewSet):
    """The teams whose managers agreed to be compared, by name; empty unless yours is among them."""

    @extend_schema(responses=RollUpSerializer(many=True))
    def list(self, request: Request) -> Response:
        found = compared_groups(self.principal, under=rubric(), now=timezone.now())
        return Response([group_document(group) for group in found])


routes: list[tuple[str, type, str]] = [
    ("rollups", RollUpViewSet, "rollup"),
    ("organisation", OrganisationViewSet, "organisation"),
    ("team-comparison", ComparisonViewSet, "team-comparison"),
]
