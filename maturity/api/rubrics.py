"""Rubrics: what systems are judged by, and every criterion of it."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import PlainViewSet
from core.models import Team
from core.permissions import visible_teams
from maturity.choice import by_digest, headline_of, offered
from maturity.criterion import Criterion, Measure, Rubric, Scoring
from maturity.load_facts import readable_kinds
from maturity.rubric import RubricError
from maturity.rubric_services import MAX_OWN, add_text, choose, may_choose
from maturity.rubric_tally import measure_of, tally


class RubricCriterionSerializer(serializers.Serializer[Any]):
    """One question; `takes` are the criteria whose worst verdict is its own."""

    id = serializers.CharField()
    capability = serializers.CharField()
    level = serializers.IntegerField()
    question = serializers.CharField()
    why = serializers.CharField()
    how = serializers.CharField()
    remedy = serializers.CharField()
    effort = serializers.CharField()
    measure = serializers.ChoiceField(choices=[measure.value for measure in Measure])
    takes = serializers.ListField(child=serializers.CharField())
    needs = serializers.ListField(child=serializers.CharField())
    threshold = serializers.FloatField()
    gating = serializers.BooleanField()


class RubricSerializer(serializers.Serializer[Any]):
    """A rubric with the number of its criteria by the way they are answered."""

    id = serializers.CharField()
    version = serializers.CharField()
    name = serializers.CharField()
    digest = serializers.CharField()
    scoring = serializers.ChoiceField(choices=[scoring.value for scoring in Scoring])
    levels = serializers.ListField(child=serializers.CharField())
    bands = serializers.ListField(child=serializers.FloatField())
    automatic = serializers.IntegerField()
    attested = serializers.IntegerField()
    waiting = serializers.IntegerField()
    omitted = serializers.IntegerField()


class RubricDetailSerializer(RubricSerializer):
    """A rubric with all its criteria."""

    criteria = RubricCriterionSerializer(many=True)


class RubricTextSerializer(serializers.Serializer[Any]):
    """A rubric file of a team (its slug)."""

    team = serializers.CharField()
    text = serializers.CharField(max_length=MAX_OWN, trim_whitespace=False)


class RubricChoiceSerializer(serializers.Serializer[Any]):
    """What stands for a team (its slug); `pinned` is a digest, empty for the newest text."""

    team = serializers.CharField()
    rubric = serializers.CharField()
    pinned = serializers.CharField(default="", allow_blank=True)


class RubricViewSet(PlainViewSet):
    """The rubrics that systems of the reader's teams are judged by: the shipped ones and the teams' own."""

    lookup_value_regex = r"[a-z0-9_-]+"

    @extend_schema(responses=RubricSerializer(many=True))
    def list(self, request: Request) -> Response:
        found = offered(self.principal, team=None)
        return Response([rubric_document(each) for each in found])

    @extend_schema(request=RubricTextSerializer, responses={201: RubricSerializer})
    def create(self, request: Request) -> Response:
        """Add a rubric file of a team; its managers may."""
        given = RubricTextSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        team = self._team(given.validated_data["team"])
        try:
            kept = add_text(team, text=given.validated_data["text"], by=self.principal)
        except RubricError as error:
            raise ValidationError({"text": [str(error)]}) from None
        return Response(rubric_document(by_digest(kept.digest)), status=201)

    @extend_schema(request=RubricChoiceSerializer, responses=RubricSerializer)
    @action(detail=False, methods=["post"])
    def choice(self, request: Request) -> Response:
        """Choose the rubric that stands for a team: its newest text, or the one pinned by its digest."""
        given = RubricChoiceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        team = self._team(values["team"])
        try:
            choose(team, rubric=values["rubric"], pinned=values["pinned"], by=self.principal)
        except RubricError as error:
            raise ValidationError({"rubric": [str(error)]}) from None
        return Response(rubric_document(headline_of(team)))

    def _team(self, slug: str) -> Team:
        """The team that the body names, whose rubric the caller may choose."""
        team = visible_teams(self.principal).filter(slug=slug).first()
        if team is None:
            raise NotFound
        if not may_choose(self.principal, team):
            raise PermissionDenied
        return team

    @extend_schema(
        responses=RubricDetailSerializer, parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH)]
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        found = {each.id: each for each in offered(self.principal, team=None)}
        if pk not in found:
            raise NotFound
        criteria = [criterion_document(each) for each in found[pk].criteria]
        return Response({**rubric_document(found[pk]), "criteria": criteria})


def rubric_document(under: Rubric) -> dict[str, Any]:
    counts = tally(under, readable=readable_kinds())
    return {
        "id": under.id,
        "version": under.version,
        "name": under.name,
        "digest": under.digest,
        "scoring": under.scoring.value,
        "levels": list(under.levels),
        "bands": list(under.bands),
        "automatic": counts.automatic,
        "attested": counts.attested,
        "waiting": counts.waiting,
        "omitted": counts.omitted,
    }


def criterion_document(criterion: Criterion) -> dict[str, Any]:
    texts = ("id", "capability", "level", "question", "why", "how", "remedy", "threshold", "gating")
    return {
        **{name: getattr(criterion, name) for name in texts},
        "effort": criterion.effort.value,
        "measure": measure_of(criterion, readable=readable_kinds()).value,
        "takes": list(criterion.takes),
        "needs": list(dict.fromkeys(need.kind for need in criterion.needs)),
    }


routes: list[tuple[str, type, str]] = [("rubrics", RubricViewSet, "rubric")]
