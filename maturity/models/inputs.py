"""What people say about a system: waivers, attestations, disputes, mappings, drills.

None of these rows is deleted or rewritten; they end (expire, are revoked, answered, finished) and
stay readable.
"""

from typing import ClassVar, Self, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import System, User
from core.permissions import Principal, in_visible_teams

Said = TypeVar("Said", bound="Input")


class InputQuerySet(models.QuerySet[Said]):
    def visible_to(self, principal: Principal) -> Self:
        return self.filter(in_visible_teams(principal, "system__team"))


class Input(models.Model):
    """What all of them have: the system they speak of.

    `through` names the token by which a program said it in the name of the person who made the
    token; it is empty when the person was signed in.
    """

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="%(class)ss")
    through = models.CharField(max_length=120, blank=True, default="")

    objects = InputQuerySet.as_manager()

    class Meta:
        abstract = True


class Waiver(Input):
    """A criterion accepted as not met until a day: asked by one person, approved by another.

    It counts from `approved_at` to `expires_at` unless revoked; `declined_at` ends a request.
    """

    criterion = models.CharField(max_length=80)
    reason = models.TextField()
    link = models.URLField(max_length=500)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-requested_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["system", "expires_at"], name="waiver_in_force")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="waiver_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("requested_at")),
                name="waiver_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at=None) | models.Q(declined_at=None), name="waiver_decided_once"
            ),
        ]

    def __str__(self) -> str:
        return f"waiver of {self.criterion} for {self.system_id}"


class Attestation(Input):
    """A named person's word, with a link to what supports it; it counts half, and for 180 days."""

    criterion = models.CharField(max_length=80)
    statement = models.TextField()
    link = models.URLField(max_length=500)
    attested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    attested_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-attested_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["system", "expires_at"], name="attestation_in_force")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("attested_at")),
                name="attestation_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attested_by_id} on {self.criterion} of {self.system_id}"


class DisputeState(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class Dispute(Input):
    """ "This finding is wrong": goes to the system's team, is answered, is kept.

    `subject` names one finding of the criterion; empty disputes the whole verdict.
    """

    assessment = models.ForeignKey("maturity.Assessment", on_delete=models.PROTECT, related_name="disputes")
    criterion = models.CharField(max_length=80)
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField()
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=DisputeState.choices, default=DisputeState.OPEN)
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-raised_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=DisputeState.values), name="dispute_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_at=None)
                | (~models.Q(state="open") & models.Q(answered_at__isnull=False)),
                name="dispute_answered_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"dispute of {self.criterion} for {self.system_id}"


class MeansKind(models.TextChoices):
    """What can satisfy a probe by another name."""

    TASK = "task", _("pipeline task")
    CHECK = "check", _("CI check")
    JOB = "job", _("CI job")
    ENVIRONMENT = "environment", _("experiment or namespace outside production")


class Mapping(Input):
    """A probe is "satisfied by other means": the task, check or job of this name does it.

    The evidence is still observed: the named thing has to exist and to run. `name` is a shell
    pattern. It counts once a second person approved it.
    """

    probe = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=MeansKind.choices)
    name = models.CharField(max_length=200)
    reason = models.TextField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=MeansKind.values), name="mapping_kind_known"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("created_by")),
                name="mapping_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.probe} by {self.kind} {self.name}"


class DrillKind(models.TextChoices):
    REPLAY = "replay", _("replay")
    ROLLBACK = "rollback", _("rollback")
    DRIFT = "drift", _("drift")


class DrillOutcome(models.TextChoices):
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")


class Drill(Input):
    """An exercise: a training repeated, a rollback rehearsed, a drift injected.

    `outcome` is empty while it runs. `nodes`: ids of the store's nodes that prove it (the two runs,
    the deployments); a drill with such proof is observed, one without is attested.
    """

    kind = models.CharField(max_length=20, choices=DrillKind.choices)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=DrillOutcome.choices, blank=True, default="")
    link = models.URLField(max_length=500, blank=True, default="")
    notes = models.TextField(blank=True, default="")
    nodes = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-started_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=DrillKind.values), name="drill_kind_known"),
            models.CheckConstraint(
                condition=models.Q(outcome="", finished_at=None)
                | models.Q(outcome__in=DrillOutcome.values, finished_at__isnull=False),
                name="drill_finished_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} drill of {self.system_id}"
