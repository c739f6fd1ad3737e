"""The evidence store: what is known, who said it, and when."""

from typing import ClassVar

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import System, Team
from core.permissions import Principal, in_visible_teams, sees_everything

OWN_NAME = Func(F("uid"), Value(":"), Value(-1), function="split_part", output_field=models.TextField())
"""The last part of a canonical name: what a thing's own system calls it (SHA, run id, digest)."""


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, principal: Principal) -> "SourceQuerySet":
        """The principal's teams' sources, and those shared by the whole organisation."""
        if not principal.is_authenticated:
            return self.none()
        return self.filter(in_visible_teams(principal, "team") | models.Q(team=None))


class Source(models.Model):
    """One connected server or repository. Without a team it is shared by the organisation."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="sources")
    url = models.CharField(max_length=500)
    settings = models.JSONField(default=dict, blank=True)
    sealed_secrets = models.BinaryField(default=b"", blank=True, editable=False)
    note = models.CharField(max_length=300, blank=True, default="")
    interval_minutes = models.PositiveIntegerField(default=15)
    enabled = models.BooleanField(default=True)
    cursor = models.JSONField(default=dict, editable=False)
    next_due_at = models.DateTimeField(default=timezone.now, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(interval_minutes__gte=1), name="source_interval_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Binding(models.Model):
    """Gives things of a source to a system: by what they are and a shell pattern of their name."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="bindings")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="bindings")
    kind = models.CharField(max_length=40)
    pattern = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "system", "kind", "pattern"], name="binding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern} → {self.system_id}"


class SyncStatus(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("in sync")
    PARTIAL = "partial", _("in sync, not everything could be seen")
    FAILED = "failed", _("failed")


OPEN_SYNC = (SyncStatus.QUEUED.value, SyncStatus.RUNNING.value)


class SyncQuerySet(models.QuerySet["Sync"]):
    def visible_to(self, principal: Principal) -> "SyncQuerySet":
        return self.filter(source__in=Source.objects.visible_to(principal).values("pk"))


class Sync(models.Model):
    """One pull from a source. A failed one moves no cursor and is visible evidence of blindness.

    `blind`: list of {what, reason, why, remedy, scope}; `error`: {what, why, remedy, reason} or empty.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="syncs")
    status = models.CharField(max_length=20, choices=SyncStatus.choices, default=SyncStatus.QUEUED)
    full = models.BooleanField(default=False)
    requested_by = models.CharField(max_length=200, default="timetable")
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    progress = models.CharField(max_length=300, blank=True, default="")
    counts = models.JSONField(default=dict)
    blind = models.JSONField(default=list)
    error = models.JSONField(default=dict)
    cursor_after = models.JSONField(default=dict)

    objects = SyncQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-queued_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["source", "-queued_at"], name="sync_latest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(status__in=OPEN_SYNC), name="one_open_sync_a_source"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=SyncStatus.values), name="sync_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"sync {self.pk} of {self.source_id}: {self.status}"


class NodeQuerySet(models.QuerySet["Node"]):
    def visible_to(self, principal: Principal) -> "NodeQuerySet":
        """Things of the principal's systems; unassigned things by who may see their source."""
        if not principal.is_authenticated:
            return self.none()
        if sees_everything(principal):
            return self.all()
        systems, sources = (model.objects.visible_to(principal).values("pk") for model in (System, Source))
        unassigned = models.Q(system=None) & (models.Q(source=None) | models.Q(source__in=sources))
        return self.filter(models.Q(system__in=systems) | unassigned)


class Node(models.Model):
    """One thing. Never deleted: `gone_at` is its tombstone."""

    kind = models.CharField(max_length=40)
    uid = models.TextField(unique=True)
    label = models.CharField(max_length=300)
    system = models.ForeignKey(System, on_delete=models.SET_NULL, null=True, blank=True, related_name="nodes")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, blank=True, related_name="nodes")
    url = models.TextField(blank=True, default="")
    state = models.CharField(max_length=40, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True)
    attrs = models.JSONField(default=dict)

    objects = NodeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "system", "-last_seen"], name="node_by_kind_and_system"),
            models.Index(fields=["system", "kind"], name="node_by_system"),
            models.Index("kind", OpClass(Lower("label"), name="text_pattern_ops"), name="node_label_prefix"),
            models.Index(OpClass(OWN_NAME, name="text_pattern_ops"), name="node_own_name_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


class Alias(models.Model):
    """A strong key of a node: the only place where identity is decided."""

    key = models.TextField(unique=True)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="aliases")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(OpClass(Lower("key"), name="text_pattern_ops"), name="alias_key_prefix")
        ]

    def __str__(self) -> str:
        return self.key


class Observation(models.Model):
    """What one source said of one node from `seen_from` until `seen_until` (open: still says so)."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="observations")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    said = models.JSONField(default=dict)
    seen_from = models.DateTimeField()
    seen_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["node", "seen_from"], name="observation_history")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["node", "source"],
                condition=models.Q(seen_until=None),
                nulls_distinct=False,
                name="one_open_observation",
            ),
        ]

    def __str__(self) -> str:
        return f"observation of {self.node_id} from {self.seen_from:%Y-%m-%d}"


class Edge(models.Model):
    """A cause and its effect. Append-only but for `last_seen`."""

    src = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="out_edges", db_index=False)
    kind = models.CharField(max_length=40)
    dst = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="in_edges", db_index=False)
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    method = models.CharField(max_length=120)
    confidence = models.CharField(max_length=20)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    attrs = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["dst", "kind", "src"], name="edge_backwards")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["src", "kind", "dst"], name="edge_once"),
        ]

    def __str__(self) -> str:
        return f"{self.src_id} {self.kind} {self.dst_id}"


class PendingEdge(models.Model):
    """An edge whose other end no source has shown yet; it becomes an `Edge` when that node appears.

    `src` and `dst` are keys: uids or aliases.
    """

    src = models.TextField(db_index=True)
    kind = models.CharField(max_length=40)
    dst = models.TextField(db_index=True)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, related_name="+")
    method = models.CharField(max_length=120)
    confidence = models.CharField(max_length=20)
    attrs = models.JSONField(default=dict)
    first_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["src", "kind", "dst"], name="pending_edge_once"),
        ]

    def __str__(self) -> str:
        return f"{self.src} {self.kind} {self.dst} (pending)"


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, principal: Principal) -> "EventQuerySet":
        return self.filter(node__in=Node.objects.visible_to(principal).values("pk"))


class Event(models.Model):
    """Something that happened to a node at a moment. Append-only."""

    kind = models.CharField(max_length=40)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="events")
    system = models.ForeignKey(System, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=200, blank=True, default="")
    attrs = models.JSONField(default=dict)
    dedupe = models.TextField(unique=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["system", "kind", "-at"], name="event_by_system"),
            models.Index(fields=["node", "kind", "-at"], name="event_by_node_and_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
