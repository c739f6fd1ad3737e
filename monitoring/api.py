"""The API of monitoring: monitors, their windows with every check, alerts."""

from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError as FieldErrors
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ReadOnlyViewSet
from core.models import System
from core.permissions import Permission, has_permission
from monitoring.models import LOUD_ALERT, Alert, CheckResult, Monitor, Window, WindowSize
from monitoring.services import SlugTakenError, acknowledge, create_monitor


class WatchedModelSerializer(serializers.Serializer[Any]):
    """The watched model. Without a version its live deployment is followed."""

    name = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    version = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class NewMonitorSerializer(serializers.Serializer[Any]):
    """What makes a monitor."""

    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120)
    system = serializers.SlugField(help_text="Short name of the system.")
    model = WatchedModelSerializer(required=False)
    log_location = serializers.CharField(
        max_length=500,
        help_text="Absolute path of the folder that the serving log is written to, as Parquet.",
    )
    baseline_location = serializers.CharField(
        max_length=500, help_text="Absolute path of the Parquet file that the model was trained on."
    )
    window = serializers.ChoiceField(choices=WindowSize.choices, default=WindowSize.DAY)
    time_column = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    other_columns = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, default=list, max_length=200
    )
    thresholds = serializers.DictField(
        child=serializers.FloatField(min_value=0), required=False, default=dict
    )


class MonitorSerializer(serializers.ModelSerializer[Monitor]):
    """A monitor and how it stands. `problem` says what keeps it from judging."""

    system = serializers.CharField(source="system.slug", read_only=True)
    model = serializers.SerializerMethodField()
    open_alerts = serializers.IntegerField(read_only=True)

    class Meta:
        model = Monitor
        fields = (
            "slug", "name", "system", "model", "log_location", "baseline_location", "window", "time_column",
            "other_columns", "thresholds", "enabled", "created_at", "checked_at", "problem", "open_alerts",
        )  # fmt: skip

    @extend_schema_field(WatchedModelSerializer)
    def get_model(self, monitor: Monitor) -> dict[str, str]:
        return {"name": monitor.model_name, "version": monitor.model_version}


class ConflictError(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "Conflict"
    default_code = "conflict"


class MonitorViewSet(ReadOnlyViewSet):
    """Monitors, and the way a program makes one."""

    serializer_class = MonitorSerializer
    queryset = Monitor.objects.none()
    lookup_field = "slug"
    filterset_fields: ClassVar = {"system__slug": ["exact"], "enabled": ["exact"]}

    def get_queryset(self) -> QuerySet[Monitor]:
        loud = Count("alerts", filter=Q(alerts__state__in=LOUD_ALERT))
        found = Monitor.objects.visible_to(self.principal).select_related("system")
        return found.annotate(open_alerts=loud).order_by("-pk")

    @extend_schema(request=NewMonitorSerializer, responses={201: MonitorSerializer, 200: MonitorSerializer})
    def create(self, request: Request) -> Response:
        """Make a monitor; its first check starts at once. The same monitor again answers 200."""
        asked = NewMonitorSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        system = self._system(data.pop("system"))
        model = data.pop("model", {})
        data |= {"model_name": model.get("name", ""), "model_version": model.get("version", "")}
        try:
            monitor, new = create_monitor(by=self.principal, system=system, **data)
        except FieldErrors as error:
            raise serializers.ValidationError(error.message_dict) from None
        except SlugTakenError as error:
            raise ConflictError(str(error)) from None
        made = self.get_queryset().get(pk=monitor.pk)
        code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return Response(MonitorSerializer(made).data, status=code)

    def _system(self, slug: str) -> System:
        systems = System.objects.visible_to(self.principal).select_related("team")
        system = systems.filter(slug=slug).first()
        if system is None:
            raise NotFound(f"There is no system {slug!r} that you can see.")
        if not has_permission(self.principal, Permission.MONITOR_EDIT, team=system.team):
            raise PermissionDenied("Making a monitor takes an editor or a token that may write.")
        return system


class CheckSerializer(serializers.ModelSerializer[CheckResult]):
    """One column of a window. `figures`: value, noise floor, threshold and p-value by statistic."""

    figures = serializers.DictField(
        child=serializers.DictField(child=serializers.FloatField(allow_null=True)), read_only=True
    )

    class Meta:
        model = CheckResult
        fields = (
            "column", "kind", "state", "reason", "statistic", "score", "n", "n_baseline", "missing",
            "missing_baseline", "figures",
        )  # fmt: skip


class WindowSerializer(serializers.ModelSerializer[Window]):
    """A judged span of the log, with what was found of every column."""

    monitor = serializers.CharField(source="monitor.slug", read_only=True)
    baseline = serializers.CharField(source="baseline.edge_version", read_only=True)
    version = serializers.CharField(source="baseline.version.label", read_only=True)
    checks = CheckSerializer(many=True, read_only=True)

    class Meta:
        model = Window
        fields = (
            "id", "monitor", "version", "baseline", "start", "end", "rows", "mode", "state", "reason",
            "judged_at", "checks",
        )  # fmt: skip


class WindowFilter(django_filters.FilterSet):  # type: ignore[misc]
    monitor = django_filters.CharFilter(field_name="monitor__slug")
    since = django_filters.IsoDateTimeFilter(field_name="start", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="start", lookup_expr="lt")

    class Meta:
        model = Window
        fields: ClassVar = ["monitor", "state"]


class WindowViewSet(ReadOnlyViewSet):
    """Judged windows with every check."""

    serializer_class = WindowSerializer
    filterset_class = WindowFilter
    queryset = Window.objects.none()

    def get_queryset(self) -> QuerySet[Window]:
        found = Window.objects.visible_to(self.principal).select_related("monitor", "baseline__version")
        slim = found.defer("profile", "baseline__profile", "baseline__version__attrs")
        return slim.prefetch_related(Prefetch("checks")).order_by("-pk")


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An episode. `since`: start of its first window in breach; `seen`: end of its last one."""

    monitor = serializers.CharField(source="monitor.slug", read_only=True)
    system = serializers.CharField(source="monitor.system.slug", read_only=True)
    version = serializers.CharField(source="version.label", read_only=True, default=None, allow_null=True)

    class Meta:
        model = Alert
        fields = (
            "id", "monitor", "system", "version", "node", "window", "kind", "column", "severity", "state",
            "message", "since", "seen", "opened_at", "resolved_at", "acknowledged_at", "acknowledged_by",
            "note",
        )  # fmt: skip


class AlertFilter(django_filters.FilterSet):  # type: ignore[misc]
    system = django_filters.CharFilter(field_name="monitor__system__slug")
    monitor = django_filters.CharFilter(field_name="monitor__slug")

    class Meta:
        model = Alert
        fields: ClassVar = ["system", "monitor", "state", "kind", "severity"]


class AcknowledgeSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        default="",
        help_text="What was decided. With it the alert counts as answered.",
    )


class AlertViewSet(ReadOnlyViewSet):
    """Alerts, the newest first."""

    serializer_class = AlertSerializer
    filterset_class = AlertFilter
    queryset = Alert.objects.none()

    def get_queryset(self) -> QuerySet[Alert]:
        found = Alert.objects.visible_to(self.principal)
        return found.select_related("monitor__system__team", "version").order_by("-pk")

    @extend_schema(request=AcknowledgeSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Take notice of an open alert; with a note, decide on it. Twice is as once."""
        alert: Alert = self.get_object()
        if not has_permission(self.principal, Permission.ALERT_HANDLE, team=alert.monitor.system.team):
            raise PermissionDenied("Only editors of the system's team may acknowledge its alerts.")
        asked = AcknowledgeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        acknowledge(alert, by=self.principal, note=asked.validated_data["note"], now=timezone.now())
        return Response(AlertSerializer(self.get_queryset().get(pk=alert.pk)).data)


routes: list[tuple[str, type, str]] = [
    ("monitors", MonitorViewSet, "monitor"),
    ("windows", WindowViewSet, "window"),
    ("alerts", AlertViewSet, "alert"),
]
