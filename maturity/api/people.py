"""What people say, through the API: a program may ask, only a person decides."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ReadOnlyViewSet
from core.models import System
from maturity.inputs import attestations, disputes, drills, mappings, waivers
from maturity.inputs.ground import RefusedError
from maturity.models import Assessment, Attestation, Dispute, Drill, Mapping, Waiver
from maturity.models.inputs import DrillKind, DrillOutcome, MeansKind

INPUT = ("id", "system", "through")


class RefusalError(APIException):
    """What was asked cannot be done as things stand."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Conflict"
    default_code = "refused"


class InputSerializer(serializers.ModelSerializer[Any]):
    """What every word has; people are shown by their names."""

    system = serializers.CharField(source="system.slug", read_only=True)

    def build_relational_field(self, field_name: str, relation_info: Any) -> tuple[type, dict[str, Any]]:
        return serializers.StringRelatedField, {}


class WaiverSerializer(InputSerializer):
    class Meta:
        model = Waiver
        fields = (
            *INPUT, "criterion", "reason", "link", "expires_at", "requested_by", "requested_at",
            "approved_by", "approved_at", "declined_by", "declined_at", "revoked_by", "revoked_at",
        )  # fmt: skip
        read_only_fields = fields


class AttestationSerializer(InputSerializer):
    class Meta:
        model = Attestation
        fields = (
            *INPUT, "criterion", "statement", "link", "attested_by", "attested_at", "expires_at",
            "revoked_by", "revoked_at",
        )  # fmt: skip
        read_only_fields = fields


class DisputeSerializer(InputSerializer):
    assessment = serializers.PrimaryKeyRelatedField[Assessment](read_only=True)

    class Meta:
        model = Dispute
        fields = (
            *INPUT, "assessment", "criterion", "subject", "text", "raised_by", "raised_at", "state", "answer",
            "answered_by", "answered_at",
        )  # fmt: skip
        read_only_fields = fields


class MappingSerializer(InputSerializer):
    class Meta:
        model = Mapping
        fields = (
            *INPUT, "probe", "kind", "name", "reason", "created_by", "created_at", "approved_by",
            "approved_at", "revoked_by", "revoked_at",
        )  # fmt: skip
        read_only_fields = fields


class DrillSerializer(InputSerializer):
    class Meta:
        model = Drill
        fields = (
            *INPUT, "kind", "started_by", "started_at", "finished_at", "outcome", "link", "notes", "nodes",
        )  # fmt: skip
        read_only_fields = fields


class _Asked(serializers.Serializer[Any]):
    """What every request names."""

    system = serializers.SlugField(help_text="Short name of the system.")


class WaiverAskedSerializer(_Asked):
    """A request for a waiver; it counts when a manager has approved it on the page."""

    criterion = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=2000)
    link = serializers.URLField(max_length=500)
    expires_at = serializers.DateTimeField(help_text="At most 365 days from now.")


class AttestationAskedSerializer(_Asked):
    """A person's word."""

    criterion = serializers.CharField(max_length=80)
    statement = serializers.CharField(max_length=2000)
    link = serializers.URLField(max_length=500)


class DisputeAskedSerializer(serializers.Serializer[Any]):
    """A finding of an assessment that is wrong; without a subject the whole verdict."""

    assessment = serializers.IntegerField()
    criterion = serializers.CharField(max_length=80)
    subject = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=2000)


class AnswerSerializer(serializers.Serializer[Any]):
    accept = serializers.BooleanField()
    answer = serializers.CharField(max_length=2000)


class MappingAskedSerializer(_Asked):
    """What does under another name what a probe looks for; it counts when a manager has approved it."""

    probe = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=MeansKind.choices)
    name = serializers.CharField(max_length=200, help_text="A shell pattern.")
    reason = serializers.CharField(max_length=2000)


class DrillEndSerializer(serializers.Serializer[Any]):
    """How a drill ended; `nodes` are ids of the store's nodes that prove it."""

    outcome = serializers.ChoiceField(choices=DrillOutcome.choices)
    nodes = serializers.ListField(
        child=serializers.IntegerField(), required=False, default=list, max_length=20
    )
    link = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class DrillAskedSerializer(_Asked):
    """A drill that begins now; with both times and an outcome, one that is over."""

    kind = serializers.ChoiceField(choices=DrillKind.choices)
    started_at = serializers.DateTimeField(required=False)
    finished_at = serializers.DateTimeField(required=False)
    outcome = serializers.ChoiceField(choices=DrillOutcome.choices, required=False)
    nodes = serializers.ListField(
        child=serializers.IntegerField(), required=False, default=list, max_length=20
    )
    link = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = {"started_at", "finished_at", "outcome"} & attrs.keys()
        if given and len(given) < 3:
            raise serializers.ValidationError(
                "A drill that is over needs started_at, finished_at and outcome; one that begins now none."
            )
        return attrs


class InputViewSet(ReadOnlyViewSet):
    """List, detail, and acts that call one service each."""

    model: ClassVar[type[Model]]
    people: ClassVar[tuple[str, ...]] = ()
    filterset_fields: ClassVar[Any] = {"system__slug": ["exact"]}

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = self.model._default_manager
        return rows.visible_to(self.principal).select_related("system__team", *self.people).order_by("-pk")  # type: ignore[no-any-return]

    def asked(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The checked body of the request; a system by its short name."""
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(given.validated_data)
        if "system" in data:
            data["system"] = self._system(data["system"])
        return data

    def acted(self, service: Callable[..., Any], *args: Any, code: int = 200, **values: Any) -> Response:
        """Call a service in the name of who asks, and answer with the word as it is then."""
        try:
            word = service(*args, **values, by=self.principal, now=timezone.now())
        except RefusedError as error:
            raise RefusalError(str(error)) from None
        return Response(self.get_serializer(self.get_queryset().get(pk=word.pk)).data, status=code)

    def _system(self, slug: str) -> System:
        found = System.objects.visible_to(self.principal).select_related("team").filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no system {slug!r} that you can see.")
        return found


class WaiverViewSet(InputViewSet):
    """Waivers: requests, those that count, and those that are over."""

    model = Waiver
    people = ("requested_by", "approved_by", "declined_by", "revoked_by")
    queryset = Waiver.objects.none()
    serializer_class = WaiverSerializer
    filterset_fields: ClassVar = {
        "system__slug": ["exact"], "criterion": ["exact"], "approved_at": ["isnull"],
        "expires_at": ["gt", "lte"],
    }  # fmt: skip

    @extend_schema(request=WaiverAskedSerializer, responses={201: WaiverSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a waiver; a token may, in the name of the person who made it."""
        data = self.asked(WaiverAskedSerializer)
        return self.acted(waivers.request_waiver, data.pop("system"), code=201, **data)

    @extend_schema(request=None, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Let a request count: a manager who did not ask for it, never a token."""
        return self.acted(waivers.approve_waiver, self.get_object())

    @extend_schema(request=None, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Refuse a request."""
        return self.acted(waivers.decline_waiver, self.get_object())

    @extend_schema(request=None, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End a waiver before its day."""
        return self.acted(waivers.revoke_waiver, self.get_object())


class AttestationViewSet(InputViewSet):
    """Attestations: people's words, each with its name and its end."""

    model = Attestation
    people = ("attested_by", "revoked_by")
    queryset = Attestation.objects.none()
    serializer_class = AttestationSerializer
    filterset_fields: ClassVar = {
        "system__slug": ["exact"], "criterion": ["exact"], "expires_at": ["gt", "lte"],
    }  # fmt: skip

    @extend_schema(request=AttestationAskedSerializer, responses={201: AttestationSerializer})
    def create(self, request: Request) -> Response:
        """Attest a criterion: a person does, never a token."""
        data = self.asked(AttestationAskedSerializer)
        return self.acted(attestations.attest, data.pop("system"), code=201, **data)

    @extend_schema(request=None, responses=AttestationSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Take a word back."""
        return self.acted(attestations.revoke_attestation, self.get_object())


class DisputeViewSet(InputViewSet):
    """Disputes of findings, with their answers."""

    model = Dispute
    people = ("raised_by", "answered_by", "assessment")
    queryset = Dispute.objects.none()
    serializer_class = DisputeSerializer
    filterset_fields: ClassVar = {"system__slug": ["exact"], "criterion": ["exact"], "state": ["exact"]}

    @extend_schema(request=DisputeAskedSerializer, responses={201: DisputeSerializer})
    def create(self, request: Request) -> Response:
        """Say that a finding, or a whole verdict, is wrong."""
        data = self.asked(DisputeAskedSerializer)
        wanted = Assessment.objects.visible_to(self.principal).select_related("system__team")
        assessment = wanted.filter(pk=data.pop("assessment")).first()
        if assessment is None:
            raise NotFound("There is no such assessment that you can see.")
        return self.acted(disputes.raise_dispute, assessment, code=201, **data)

    @extend_schema(request=AnswerSerializer, responses=DisputeSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Accept or reject a dispute: a person of the team does, never a token."""
        return self.acted(disputes.answer_dispute, self.get_object(), **self.asked(AnswerSerializer))


class MappingViewSet(InputViewSet):
    """What satisfies a probe by other means."""

    model = Mapping
    people = ("created_by", "approved_by", "revoked_by")
    queryset = Mapping.objects.none()
    serializer_class = MappingSerializer
    filterset_fields: ClassVar = {"system__slug": ["exact"], "probe": ["exact"], "approved_at": ["isnull"]}

    @extend_schema(request=MappingAskedSerializer, responses={201: MappingSerializer})
    def create(self, request: Request) -> Response:
        """Propose a mapping; a token may, in the name of the person who made it."""
        data = self.asked(MappingAskedSerializer)
        return self.acted(mappings.propose_mapping, data.pop("system"), code=201, **data)

    @extend_schema(request=None, responses=MappingSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Let a mapping count: a manager who did not propose it, never a token."""
        return self.acted(mappings.approve_mapping, self.get_object())

    @extend_schema(request=None, responses=MappingSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End a mapping, or take back a proposal."""
        return self.acted(mappings.revoke_mapping, self.get_object())


class DrillViewSet(InputViewSet):
    """Drills under way, and what the last ones showed."""

    model = Drill
    people = ("started_by",)
    queryset = Drill.objects.none()
    serializer_class = DrillSerializer
    filterset_fields: ClassVar = {"system__slug": ["exact"], "kind": ["exact"], "outcome": ["exact"]}

    @extend_schema(request=DrillAskedSerializer, responses={201: DrillSerializer})
    def create(self, request: Request) -> Response:
        """Begin a drill, or record one that is over."""
        data = self.asked(DrillAskedSerializer)
        system, kind = data.pop("system"), DrillKind(data.pop("kind"))
        if "outcome" in data:
            return self.acted(drills.record_drill, system, code=201, kind=kind, **data)
        return self.acted(drills.start_drill, system, code=201, kind=kind, notes=data["notes"])

    @extend_schema(request=DrillEndSerializer, responses=DrillSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """End a drill by hand; what is named as its proof is checked in the store."""
        return self.acted(drills.finish_drill, self.get_object(), **self.asked(DrillEndSerializer))


routes: list[tuple[str, type, str]] = [
    ("waivers", WaiverViewSet, "waiver"),
    ("attestations", AttestationViewSet, "attestation"),
    ("disputes", DisputeViewSet, "dispute"),
    ("mappings", MappingViewSet, "mapping"),
    ("drills", DrillViewSet, "drill"),
]
