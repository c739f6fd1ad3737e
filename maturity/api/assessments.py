"""Systems with their levels, assessments, verdicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ReadOnlyViewSet
from core.models import System, Tier
from maturity.api.causes import CauseSerializer
from maturity.believe import Summary, believed
from maturity.choice import explaining, in_headline
from maturity.documents import result_document, summary_document
from maturity.finding import Verdict
from maturity.marks import Marks, Saying, marks
from maturity.models import Assessment, CriterionResult
from maturity.rubric import Rubric
from maturity.selectors import summaries


class StandingSerializer(serializers.Serializer[Any]):
    """Levels of a capability: -1 is below level 0, null is not assessed; scores where points are counted."""

    capability = serializers.CharField()
    confirmed = serializers.IntegerField(allow_null=True)
    potential = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    score_potential = serializers.FloatField(allow_null=True)
    seen = serializers.IntegerField()
    applicable = serializers.IntegerField()
    waived = serializers.ListField(child=serializers.IntegerField())


class SummarySerializer(serializers.Serializer[Any]):
    """Where a system stands, as it may be believed now."""

    confirmed = serializers.IntegerField(allow_null=True)
    potential = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    score_potential = serializers.FloatField(allow_null=True)
    seen = serializers.IntegerField()
    applicable = serializers.IntegerField()
    capabilities_assessed = serializers.IntegerField()
    capabilities = StandingSerializer(many=True)
    evidence_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField()
    assessed_at = serializers.DateTimeField()
    assessment = serializers.IntegerField()
    rubric = serializers.CharField()
    rubric_version = serializers.CharField()
    stale_sources = serializers.ListField(child=serializers.CharField())


class SystemSerializer(serializers.ModelSerializer[System]):
    team = serializers.CharField(source="team.slug", read_only=True)
    maturity = serializers.SerializerMethodField()

    class Meta:
        model = System
        fields: ClassVar = [
            "slug",
            "name",
            "description",
            "team",
            "tier",
            "target_level",
            "created_at",
            "maturity",
        ]

    @extend_schema_field(SummarySerializer(allow_null=True))
    def get_maturity(self, system: System) -> Mapping[str, Any] | None:
        found: Summary | None = self.context["summaries"].get(system.pk)
        return summary_document(found) if found else None


class SystemFilter(django_filters.FilterSet):  # type: ignore[misc]
    team = django_filters.CharFilter(field_name="team__slug")
    tier = django_filters.ChoiceFilter(choices=Tier.choices)

    class Meta:
        model = System
        fields: ClassVar = ["team", "tier"]


class SystemViewSet(ReadOnlyViewSet):
    """Systems with their levels, coverage and the assessment these come from.

    Each under the rubric of its team's choice, or all under the one that `?rubric=` names.
    """

    queryset = System.objects.none()
    serializer_class = SystemSerializer
    filterset_class = SystemFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[System]:
        return System.objects.visible_to(self.principal).select_related("team").order_by("-pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self._documents(list(page)))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self._documents([self.get_object()])[0])

    def _documents(self, systems: Sequence[System]) -> Any:
        asked = self.request.query_params.get("rubric", "")
        found = summaries(systems, now=timezone.now(), asked=asked)
        context = {**self.get_serializer_context(), "summaries": found}
        return SystemSerializer(systems, many=True, context=context).data


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    system = serializers.CharField(source="system.slug", read_only=True)
    capabilities = StandingSerializer(many=True)
    causes = CauseSerializer(many=True)

    class Meta:
        model = Assessment
        fields: ClassVar = [
            "id",
            "system",
            "assessed_at",
            "evidence_at",
            "rubric",
            "rubric_version",
            "rubric_digest",
            "confirmed",
            "potential",
            "score",
            "score_potential",
            "seen",
            "applicable",
            "capabilities",
            "moved",
            "causes",
        ]


class AssessmentFilter(django_filters.FilterSet):  # type: ignore[misc]
    system = django_filters.CharFilter(field_name="system__slug")
    rubric = django_filters.CharFilter(label="id of a rubric; without it each team's own choice")
    moved = django_filters.BooleanFilter()
    since = django_filters.IsoDateTimeFilter(field_name="assessed_at", lookup_expr="gte")

    class Meta:
        model = Assessment
        fields: ClassVar = ["system", "rubric", "moved"]


class AssessmentViewSet(ReadOnlyViewSet):
    """The history: each assessment that differed from the one before. Immutable."""

    queryset = Assessment.objects.none()
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilter

    def get_queryset(self) -> QuerySet[Assessment]:
        found = Assessment.objects.visible_to(self.principal).select_related("system").order_by("-pk")
        return found.filter(in_headline()) if _lists_headlines(self) else found


class EvidenceSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    node_id = serializers.IntegerField(allow_null=True)
    url = serializers.CharField()
    kind = serializers.CharField()


class FindingSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    outcome = serializers.CharField()
    message = serializers.CharField()
    reason = serializers.CharField()
    strength = serializers.CharField()
    evidence = EvidenceSerializer(many=True)


class MarkSerializer(serializers.Serializer[Any]):
    """What a person says of a verdict, since when, and until when it holds."""

    saying = serializers.ChoiceField(choices=[saying.value for saying in Saying])
    of = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()
    link = serializers.CharField()


class CriterionResultSerializer(serializers.Serializer[CriterionResult]):
    """A verdict; one of the current assessment is given as it may be believed now."""

    id = serializers.IntegerField()
    system = serializers.CharField()
    assessment = serializers.IntegerField()
    rubric = serializers.CharField()
    criterion = serializers.CharField()
    capability = serializers.CharField()
    level = serializers.IntegerField()
    gating = serializers.BooleanField()
    question = serializers.CharField()
    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])
    reason = serializers.CharField()
    n = serializers.IntegerField()
    p = serializers.IntegerField()
    u = serializers.IntegerField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    low_confidence = serializers.BooleanField()
    strength = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    otherwise = serializers.CharField()
    sentence = serializers.CharField()
    people = MarkSerializer(many=True)
    findings = FindingSerializer(many=True)

    def to_representation(self, instance: CriterionResult) -> dict[str, Any]:
        held = getattr(instance.assessment, "confirmation", None)
        now: datetime = self.context.get("now") or timezone.now()
        moment = now if held else instance.assessment.assessed_at
        result = believed([instance], stale=held.stale(now) if held else frozenset(), now=moment)[0]
        names = {
            "id": instance.pk,
            "system": instance.assessment.system.slug,
            "assessment": instance.assessment_id,
            "rubric": instance.assessment.rubric,
        }
        known: Mapping[str, Rubric] = self.context.get("rubrics") or explaining([instance.assessment])
        under = known[instance.assessment.rubric_digest]
        return {**names, **result_document(result, under=under, among=self._said(instance, now=now))}

    def _said(self, row: CriterionResult, *, now: datetime) -> Marks:
        """What people say of verdicts that hold now; of older ones nothing is said any more."""
        if getattr(row.assessment, "confirmation", None) is None:
            return {}
        system = row.assessment.system_id
        said: Mapping[int, Marks] = self.context.get("marks") or marks([system], now=now)
        return said[system]


class CriterionResultFilter(django_filters.FilterSet):  # type: ignore[misc]
    system = django_filters.CharFilter(field_name="assessment__system__slug")
    rubric = django_filters.CharFilter(
        field_name="assessment__rubric", label="id of a rubric; without it each team's own choice"
    )
    current = django_filters.BooleanFilter(
        field_name="assessment__confirmation",
        lookup_expr="isnull",
        exclude=True,
        label="of the current assessment",
    )

    class Meta:
        model = CriterionResult
        fields: ClassVar = ["system", "assessment", "criterion", "capability", "level", "gating", "verdict"]


class CriterionResultViewSet(ReadOnlyViewSet):
    """Verdicts with counts, interval, reason and evidence; `?current=true` for those that hold now."""

    queryset = CriterionResult.objects.none()
    serializer_class = CriterionResultSerializer
    filterset_class = CriterionResultFilter

    def get_queryset(self) -> QuerySet[CriterionResult]:
        rows = CriterionResult.objects.visible_to(self.principal)
        rows = rows.select_related("assessment__system", "assessment__confirmation").order_by("-pk")
        return rows.filter(in_headline("assessment__")) if _lists_headlines(self) else rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        now = timezone.now()
        context = {
            **self.get_serializer_context(),
            "now": now,
            "rubrics": explaining(row.assessment for row in page),
            "marks": marks({row.assessment.system_id for row in page}, now=now),
        }
        serializer = CriterionResultSerializer(context=context)
        return self.get_paginated_response([serializer.to_representation(row) for row in page])


def _lists_headlines(view: ReadOnlyViewSet) -> bool:
    """True for a list that names no rubric; one thing by its number is found under any."""
    return view.action == "list" and not view.request.query_params.get("rubric")


routes: list[tuple[str, type, str]] = [
    ("systems", SystemViewSet, "system"),
    ("assessments", AssessmentViewSet, "assessment"),
    ("criteria-results", CriterionResultViewSet, "criterion-result"),
]
