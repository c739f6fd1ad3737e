"""The API of evidence: sources, their syncs, reported deployments."""

from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ReadOnlyViewSet
from core.models import System
from core.permissions import Permission, has_permission
from evidence.deployments import (
    Approval,
    DeploymentStatus,
    IdempotencyConflictError,
    Report,
    report_deployment,
)
from evidence.identity import is_sha
from evidence.models import OPEN_SYNC, Node, Source, Sync
from evidence.records import NodeKind
from evidence.services import sync_now


class BlindnessSerializer(serializers.Serializer[dict[str, str]]):
    """What a sync could not see: what, why, what to do."""

    what = serializers.CharField()
    reason = serializers.CharField()
    why = serializers.CharField()
    remedy = serializers.CharField()
    scope = serializers.CharField()


class SyncSerializer(serializers.ModelSerializer[Sync]):
    source = serializers.CharField(source="source.slug", read_only=True)  # type: ignore[assignment]
    blind = BlindnessSerializer(many=True, read_only=True)

    class Meta:
        model = Sync
        fields = (
            "id", "source", "status", "full", "requested_by", "queued_at", "started_at", "finished_at",
            "progress", "counts", "blind", "error",
        )  # fmt: skip


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source without its secrets, which no API ever shows."""

    team = serializers.CharField(source="team.slug", read_only=True, default=None, allow_null=True)
    last_status = serializers.CharField(read_only=True, allow_null=True)
    last_finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Source
        fields = (
            "slug", "name", "kind", "team", "url", "note", "interval_minutes", "enabled", "next_due_at",
            "last_status", "last_finished_at",
        )  # fmt: skip


class SourceViewSet(ReadOnlyViewSet):
    """Connected servers and repositories."""

    serializer_class = SourceSerializer
    lookup_field = "slug"
    filterset_fields = ("kind", "enabled")
    queryset = Source.objects.none()

    def get_queryset(self) -> QuerySet[Source]:
        done = (
            Sync.objects.filter(source=OuterRef("pk"))
            .exclude(status__in=OPEN_SYNC)
            .order_by("-queued_at", "-pk")
        )
        return (
            Source.objects.visible_to(self.principal)
            .select_related("team")
            .annotate(
                last_status=Subquery(done.values("status")[:1]),
                last_finished_at=Subquery(done.values("finished_at")[:1]),
            )
        )

    @extend_schema(request=None, responses={202: SyncSerializer})
    @action(detail=True, methods=["post"])
    def sync(self, request: Request, slug: str) -> Response:
        """Start a sync now; where one is open already, that one is returned."""
        source: Source = self.get_object()
        if not has_permission(self.principal, Permission.SYNC_START, team=source.team):
            raise PermissionDenied("Only editors of the source's team may start a sync.")
        sync = sync_now(source, by=self.principal)
        return Response(SyncSerializer(sync).data, status=status.HTTP_202_ACCEPTED)


class SyncViewSet(ReadOnlyViewSet):
    """Every pull from a source, the newest first."""

    serializer_class = SyncSerializer
    queryset = Sync.objects.none()
    filterset_fields: ClassVar = {"source__slug": ["exact"], "status": ["exact"], "queued_at": ["gte", "lt"]}

    def get_queryset(self) -> QuerySet[Sync]:
        return Sync.objects.visible_to(self.principal).select_related("source")


class ModelReferenceSerializer(serializers.Serializer[dict[str, str]]):
    """A version in the model registry."""

    name = serializers.CharField(max_length=300)
    version = serializers.CharField(max_length=100)


class ApprovalSerializer(serializers.Serializer[Any]):
    """Who allowed the deployment, when, and why."""

    by = serializers.CharField(max_length=200)
    at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)


class DeploymentReportSerializer(serializers.Serializer[Any]):
    """What a deployment job reports."""

    system = serializers.SlugField(help_text="Short name of the system.")
    environment = serializers.CharField(max_length=60, help_text="For example production or staging.")
    target = serializers.CharField(
        max_length=120, help_text="The endpoint or service, for example churn-api."
    )
    model = ModelReferenceSerializer()
    status = serializers.ChoiceField(choices=[each.value for each in DeploymentStatus], default="succeeded")
    traffic_percent = serializers.IntegerField(min_value=0, max_value=100, default=100)
    git_commit = serializers.CharField(required=False, allow_blank=True, default="")
    image = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    url = serializers.URLField(required=False, allow_blank=True, default="")
    external_id = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    approval = ApprovalSerializer(required=False, allow_null=True, default=None)
    started_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    finished_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_git_commit(self, value: str) -> str:
        if value and not is_sha(value):
            raise serializers.ValidationError(
                "Give the full SHA (40 or 64 hex digits); a short one may mean several commits."
            )
        return value.lower()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        started, finished = attrs["started_at"], attrs["finished_at"]
        if started and finished and finished < started:
            raise serializers.ValidationError(
                {"finished_at": "It ended before it started; check the two times."}
            )
        return attrs


class DeploymentSerializer(serializers.ModelSerializer[Node]):
    """A deployment: one revision of an endpoint, reported by a program or claimed by a registry alias."""

    system = serializers.CharField(source="system.slug", read_only=True, default=None, allow_null=True)
    environment = serializers.CharField(source="attrs.environment", read_only=True)
    target = serializers.CharField(source="attrs.target", read_only=True)
    traffic_percent = serializers.IntegerField(
        source="attrs.traffic_percent", read_only=True, allow_null=True
    )
    model = serializers.DictField(source="attrs.model", read_only=True)
    how = serializers.CharField(source="attrs.how", read_only=True)

    class Meta:
        model = Node
        fields = (
            "id", "uid", "label", "system", "environment", "target", "model", "traffic_percent", "state",
            "how", "url", "started_at", "ended_at", "first_seen", "last_seen",
        )  # fmt: skip


class ConflictError(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "Conflict"
    default_code = "conflict"


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same report is kept once. Default: `external_id`, else the content.",
)


class DeploymentViewSet(ReadOnlyViewSet):
    """Deployments, and the hook by which a CI/CD job reports one."""

    serializer_class = DeploymentSerializer
    queryset = Node.objects.none()
    filterset_fields: ClassVar = {"system__slug": ["exact"], "state": ["exact"]}

    def get_queryset(self) -> QuerySet[Node]:
        return (
            Node.objects.visible_to(self.principal).filter(kind=NodeKind.DEPLOYMENT).select_related("system")
        )

    @extend_schema(
        request=DeploymentReportSerializer,
        responses={201: DeploymentSerializer, 200: DeploymentSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Report a deployment. Repeating a report changes nothing and answers 200 instead of 201."""
        asked = DeploymentReportSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        report = self._report(asked.validated_data)
        key = request.headers.get("Idempotency-Key") or self._own_key(report)
        try:
            node, new = report_deployment(report, key=key[:300], by=self.principal, now=timezone.now())
        except IdempotencyConflictError as error:
            raise ConflictError(str(error)) from None
        code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return Response(DeploymentSerializer(node).data, status=code)

    def _report(self, data: dict[str, Any]) -> Report:
        system = (
            System.objects.visible_to(self.principal)
            .select_related("team")
            .filter(slug=data["system"])
            .first()
        )
        if system is None:
            raise NotFound(f"There is no system {data['system']!r} that this token can see.")
        if not has_permission(self.principal, Permission.DEPLOYMENT_REPORT, team=system.team):
            raise PermissionDenied("Reporting a deployment takes an editor or a token that may write.")
        model = data["model"]
        apart = {"system", "model", "status", "approval"}
        rest = {name: value for name, value in data.items() if name not in apart}
        return Report(
            system=system,
            model_name=model["name"],
            model_version=model["version"],
            status=DeploymentStatus(data["status"]),
            at=timezone.now(),
            approval=Approval(**data["approval"]) if data["approval"] else None,
            **rest,
        )

    @staticmethod
    def _own_key(report: Report) -> str:
        if report.external_id:
            return f"{report.external_id}:{report.status}:{report.traffic_percent}"
        return ""


routes = [
    ("sources", SourceViewSet, "source"),
    ("syncs", SyncViewSet, "sync"),
    ("deployments", DeploymentViewSet, "deployment"),
]
