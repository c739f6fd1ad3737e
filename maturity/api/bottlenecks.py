"""Where the time goes: making models or maintaining the pipeline."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ReadOnlyViewSet
from core.models import System, Tier
from maturity.api.assessments import EvidenceSerializer, SystemFilter
from maturity.bottlenecks import reading_document, readings_of


class ExampleSerializer(serializers.Serializer[Any]):
    """One sample: hours for a lead time, 1 for a case that counts in a share."""

    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.FloatField()
    evidence = EvidenceSerializer(many=True)


class MeasureSerializer(serializers.Serializer[Any]):
    """A median in hours or a share, with its 90 % interval; null where there are too few samples."""

    id = serializers.CharField()
    n = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    u = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    sources = serializers.ListField(child=serializers.CharField())
    examples = ExampleSerializer(many=True)


class WaySerializer(serializers.Serializer[Any]):
    """How long a change travels, in hours; `high` is null when a leg could not be measured."""

    hours = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    is_firm = serializers.BooleanField()


class SignSerializer(serializers.Serializer[Any]):
    """One reason to decide for a side."""

    side = serializers.CharField()
    certainty = serializers.CharField()
    because = serializers.CharField()


class BottleneckSerializer(serializers.Serializer[Any]):
    """`side`: making_models, maintaining_pipeline, too_little_evidence; `fits`: the level that answers it."""

    system = serializers.CharField()
    measured_at = serializers.DateTimeField()
    side = serializers.CharField()
    certainty = serializers.CharField(allow_null=True)
    fits = serializers.IntegerField(allow_null=True)
    signs = SignSerializer(many=True)
    model_way = WaySerializer()
    pipeline_way = WaySerializer()
    measures = MeasureSerializer(many=True)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class BottleneckViewSet(ReadOnlyViewSet):
    """The verdict on each system with every number it rests on."""

    queryset = System.objects.none()
    serializer_class = BottleneckSerializer
    filterset_class = SystemFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[System]:
        measured = System.objects.visible_to(self.principal).filter(bottleneck__isnull=False)
        return measured.exclude(tier=Tier.RETIRED).order_by("-pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([reading_document(each) for each in readings_of(list(page))])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(reading_document(readings_of([self.get_object()])[0]))


routes: list[tuple[str, type, str]] = [("bottlenecks", BottleneckViewSet, "bottleneck")]
