"""The API of lineage's answers: what differs between two versions, how one is made again."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import PlainViewSet
from evidence.models import Node
from lineage import answers_wording
from lineage.comparison import Aspect, Change, Comparison, compare
from lineage.graph import GraphTooSlowError
from lineage.origin import Origin
from lineage.origins import origin_of
from lineage.reproduction import Lack, Part, is_exact, reproduction


class CompareQuery(serializers.Serializer[Any]):
    """Two model versions, or deployments of them: what was before, and what is after."""

    a = serializers.IntegerField(min_value=1)
    b = serializers.IntegerField(min_value=1)


class NodeQuery(serializers.Serializer[Any]):
    """A model version, or a deployment of one."""

    node = serializers.IntegerField(min_value=1)


class RowDocument(serializers.Serializer[Any]):
    """One value on both sides; null where it is not there."""

    name = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    delta = serializers.FloatField(allow_null=True)
    change = serializers.ChoiceField(choices=[each.value for each in Change])


class SectionDocument(serializers.Serializer[Any]):
    """One aspect; not comparable where a side (`untold`) does not tell it."""

    aspect = serializers.ChoiceField(choices=[each.value for each in Aspect])
    comparable = serializers.BooleanField()
    untold = serializers.ListField(child=serializers.CharField())
    rows = RowDocument(many=True)


class CompareDocument(serializers.Serializer[Any]):
    """What differs between two versions."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    summary = serializers.CharField()
    code_url = serializers.CharField()
    sections = SectionDocument(many=True)


class StepDocument(serializers.Serializer[Any]):
    """One part of making a version again; `missing` says why it is not exact."""

    part = serializers.ChoiceField(choices=[each.value for each in Part])
    subject = serializers.CharField()
    commands = serializers.ListField(child=serializers.CharField())
    lacks = serializers.ListField(child=serializers.ChoiceField(choices=[each.value for each in Lack]))
    missing = serializers.ListField(child=serializers.CharField())


class ReproduceDocument(serializers.Serializer[Any]):
    """How a version is made again; `exact` when nothing is missing."""

    version = serializers.IntegerField()
    exact = serializers.BooleanField()
    steps = StepDocument(many=True)


class AnswerViewSet(PlainViewSet):
    """Answers about model versions."""

    @extend_schema(parameters=[CompareQuery], responses=CompareDocument)
    @action(detail=False)
    def compare(self, request: Request) -> Response:
        """Code, data, parameters, metrics, environment and signature of two versions beside each other."""
        asked = CompareQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = compare(self._origin(asked.validated_data["a"]), self._origin(asked.validated_data["b"]))
        return Response(CompareDocument(_comparison(found)).data)

    @extend_schema(parameters=[NodeQuery], responses=ReproduceDocument)
    @action(detail=False)
    def reproduce(self, request: Request) -> Response:
        """The commands that make a version again, and what is missing for them."""
        asked = NodeQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        origin = self._origin(asked.validated_data["node"])
        steps = reproduction(origin)
        document = {
            "version": origin.version.id,
            "exact": is_exact(steps),
            "steps": [
                {
                    "part": step.part,
                    "subject": step.subject,
                    "commands": step.commands,
                    "lacks": step.lacks,
                    "missing": [str(answers_wording.LACKS[lack]) for lack in step.lacks],
                }
                for step in steps
            ],
        }
        return Response(ReproduceDocument(document).data)

    def _origin(self, node_id: int) -> Origin:
        node = get_object_or_404(Node.objects.visible_to(self.principal), pk=node_id)
        try:
            found = origin_of(node, principal=self.principal)
        except GraphTooSlowError:
            found = None
        if found is None:
            raise NotFound(f"Node {node_id} leads to no model version.")
        return found


def _comparison(found: Comparison) -> dict[str, object]:
    return {
        "before": found.before.version.id,
        "after": found.after.version.id,
        "summary": answers_wording.summary(found),
        "code_url": found.code_url,
        "sections": [
            {"aspect": s.aspect, "comparable": s.comparable, "untold": s.untold, "rows": s.rows}
            for s in found.sections
        ],
    }
