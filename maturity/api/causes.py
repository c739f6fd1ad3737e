"""How causes look in the API's description."""

from typing import Any

from rest_framework import serializers

from maturity.causes import CauseKind


class CountsSerializer(serializers.Serializer[Any]):
    """Passing, unresolved, and all subjects."""

    p = serializers.IntegerField()
    u = serializers.IntegerField()
    n = serializers.IntegerField()


class CauseEvidenceSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    node_id = serializers.IntegerField(allow_null=True)
    url = serializers.CharField()
    kind = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One subject; `was` or `now` is empty where it was not, or is no more, there."""

    subject = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    was = serializers.CharField()
    now = serializers.CharField()
    appeared = serializers.BooleanField()
    vanished = serializers.BooleanField()
    evidence = CauseEvidenceSerializer(many=True)


class CauseSerializer(serializers.Serializer[Any]):
    """Why one criterion is decided otherwise than before; an empty criterion is the rubric itself."""

    kind = serializers.CharField(help_text=", ".join(CauseKind))
    criterion = serializers.CharField()
    capability = serializers.CharField()
    was = serializers.CharField(allow_null=True)
    now = serializers.CharField(allow_null=True)
    was_counts = CountsSerializer()
    now_counts = CountsSerializer()
    why = serializers.CharField()
    changes = ChangeSerializer(many=True)
    more = serializers.IntegerField()
