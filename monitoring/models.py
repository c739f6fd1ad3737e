"""Monitors and what they found: baselines, log files, windows, checks, contract findings, alerts."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import System
from core.permissions import Principal, in_visible_teams
from evidence.models import Node


class WindowSize(models.TextChoices):
    """How much of the log is judged at once; the values are those of `log_reading.Span`."""

    HOUR = "hour", _("an hour")
    DAY = "day", _("a day")


class CheckState(models.TextChoices):
    """What is known of a column or a window; the values are those of `policy.State`."""

    OK = "ok", _("calm")
    BREACH = "breach", _("drifting")
    INSUFFICIENT = "insufficient", _("too few rows")
    ERROR = "error", _("not comparable")
    NO_DATA = "no_data", _("no data")


class MonitorQuerySet(models.QuerySet["Monitor"]):
    def visible_to(self, principal: Principal) -> "MonitorQuerySet":
        return self.filter(in_visible_teams(principal, "system__team"))


class Monitor(models.Model):
    """Watches one deployed model. Without a version it follows the live deployment.

    `thresholds`: the statistics' own bars overridden, by slug; `problem`: one sentence that says what
    keeps the monitor from judging, empty when nothing does.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="monitors")
    model_name = models.CharField(max_length=300, blank=True, default="")
    model_version = models.CharField(max_length=100, blank=True, default="")
    log_location = models.CharField(max_length=500)
    baseline_location = models.CharField(max_length=500)
    window = models.CharField(max_length=10, choices=WindowSize.choices, default=WindowSize.DAY)
    time_column = models.CharField(max_length=200, blank=True, default="")
    other_columns = models.JSONField(default=list, blank=True)
    thresholds = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    next_due_at = models.DateTimeField(default=timezone.now, db_index=True)
    checked_at = models.DateTimeField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    problem = models.CharField(max_length=500, blank=True, default="", editable=False)
    problem_since = models.DateTimeField(null=True, editable=False)

    objects = MonitorQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(window__in=WindowSize.values), name="monitor_window"),
        ]

    def __str__(self) -> str:
        return self.name


class Baseline(models.Model):
    """The profile of the training data of one model version. Immutable: another file is another row.

    `version`: the model version's node; `dataset`: the node of the data, where a source showed it;
    `etag`: of the file when it was read; `profile`: see `profile_json`.
    """

    version = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="baselines")
    dataset = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    location = models.CharField(max_length=500)
    etag = models.CharField(max_length=60)
    rows = models.BigIntegerField()
    edge_version = models.CharField(max_length=16)
    profile = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "location", "etag"], name="baseline_once"),
            models.CheckConstraint(condition=models.Q(rows__gt=0), name="baseline_has_rows"),
        ]

    def __str__(self) -> str:
        return f"baseline of {self.version_id}, {self.rows} rows"

    @property
    def short(self) -> str:
        """What people and events call it: the first digits of its bins' digest."""
        return self.edge_version[:8]


class FileState(models.TextChoices):
    PENDING = "pending", _("not read yet")
    READ = "read", _("read")
    ERROR = "error", _("cannot be read")


class ContractState(models.TextChoices):
    """What a file's schema says of the contract; unknown where no signature can be read."""

    KEPT = "kept", _("kept")
    BROKEN = "broken", _("broken")
    UNKNOWN = "unknown", _("not known")


class LogFile(models.Model):
    """The ledger: every file of the log, and what became of it. A file that changed is read again.

    `since`, `until`: the moments of its first and last row; `left_out`: rows without a usable time;
    `version`, `baseline`: what it was held against, None where there was none yet; `contract`: the
    seed's sentence where the contract is broken; `error`: why it cannot be read.
    """

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=500)
    etag = models.CharField(max_length=60)
    size = models.BigIntegerField()
    written_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=FileState.choices, default=FileState.PENDING)
    rows = models.BigIntegerField(null=True)
    left_out = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    version = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    baseline = models.ForeignKey(Baseline, on_delete=models.PROTECT, null=True, related_name="+")
    contract_state = models.CharField(
        max_length=10, choices=ContractState.choices, default=ContractState.UNKNOWN
    )
    contract = models.TextField(blank=True, default="")
    error = models.CharField(max_length=700, blank=True, default="")
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-name"]
        indexes: ClassVar = [models.Index(fields=["monitor", "state"], name="log_file_by_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["monitor", "name"], name="log_file_once"),
            models.CheckConstraint(condition=models.Q(state__in=FileState.values), name="log_file_state"),
            models.CheckConstraint(
                condition=models.Q(contract_state__in=ContractState.values), name="log_file_contract"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WindowQuerySet(models.QuerySet["Window"]):
    def visible_to(self, principal: Principal) -> "WindowQuerySet":
        return self.filter(in_visible_teams(principal, "monitor__system__team"))


class Window(models.Model):
    """A span of the log, judged against one baseline.

    `judged_at` is None while parts came in that no verdict knows yet. `state`: breach as soon as one
    column is; `reason`: one sentence over all columns.
    """

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="windows")
    baseline = models.ForeignKey(Baseline, on_delete=models.PROTECT, related_name="windows")
    start = models.DateTimeField()
    end = models.DateTimeField()
    rows = models.BigIntegerField(default=0)
    profile = models.JSONField(default=dict)
    mode = models.CharField(max_length=10, default="profile")
    state = models.CharField(max_length=20, choices=CheckState.choices, default=CheckState.NO_DATA)
    reason = models.CharField(max_length=500, blank=True, default="")
    judged_at = models.DateTimeField(null=True)

    objects = WindowQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-start", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["monitor", "baseline", "start"], name="window_once"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="window_has_length"),
            models.CheckConstraint(condition=models.Q(state__in=CheckState.values), name="window_state"),
        ]

    def __str__(self) -> str:
        return f"window {self.start:%Y-%m-%d %H:%M} of {self.monitor_id}"


class WindowPart(models.Model):
    """What one file gave to one window. A window's profile is the sum of its parts."""

    window = models.ForeignKey(Window, on_delete=models.CASCADE, related_name="parts")
    file = models.ForeignKey(LogFile, on_delete=models.CASCADE, related_name="parts")
    rows = models.BigIntegerField()
    profile = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["window", "file"], name="window_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows of {self.file_id} in {self.window_id}"


class CheckResult(models.Model):
    """One column of one window against the baseline.

    `figures`: by slug of the statistic {"value", "floor", "threshold", "p_value"}; `statistic`: the one
    that decided; `score`: its value over its bar, a breach from 1 on; `n`: values in the window and in
    the baseline; `missing`: values that are empty, likewise.
    """

    window = models.ForeignKey(Window, on_delete=models.CASCADE, related_name="checks")
    column = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    place = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=CheckState.choices)
    reason = models.CharField(max_length=500)
    statistic = models.CharField(max_length=40, blank=True, default="")
    score = models.FloatField(null=True)
    n = models.BigIntegerField()
    n_baseline = models.BigIntegerField()
    missing = models.BigIntegerField()
    missing_baseline = models.BigIntegerField()
    figures = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["place"]
        indexes: ClassVar = [models.Index(fields=["window", "state"], name="check_by_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["window", "column"], name="check_once"),
            models.CheckConstraint(condition=models.Q(state__in=CheckState.values), name="check_state"),
        ]

    def __str__(self) -> str:
        return f"{self.column}: {self.state}"


class ContractFinding(models.Model):
    """One difference between what a version expects and what it received, from its first file on."""

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="findings")
    version = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    column = models.CharField(max_length=300)
    risk = models.CharField(max_length=20)
    expected = models.CharField(max_length=60, blank=True, default="")
    received = models.CharField(max_length=60, blank=True, default="")
    message = models.CharField(max_length=700)
    first_seen = models.DateTimeField()
    first_file = models.CharField(max_length=500)
    last_seen = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["column", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["monitor", "version", "kind", "column", "expected", "received"],
                name="contract_finding_once",
            ),
        ]

    def __str__(self) -> str:
        return self.message


class AlertKind(models.TextChoices):
    DRIFT = "drift", _("drift")
    CONTRACT = "contract", _("schema contract")
    NO_DATA = "no_data", _("no data")
    ERROR = "error", _("monitor cannot judge")


class Severity(models.TextChoices):
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")


class AlertState(models.TextChoices):
    """Where an episode stands; the values are those of `episode.Phase`."""

    PENDING = "pending", _("watched")
    FIRING = "firing", _("open")
    RECOVERING = "recovering", _("recovering")
    RESOLVED = "resolved", _("cleared")


OPEN_ALERT = (AlertState.PENDING.value, AlertState.FIRING.value, AlertState.RECOVERING.value)
LOUD_ALERT = (AlertState.FIRING.value, AlertState.RECOVERING.value)
"""States that somebody is told of; a pending episode may still turn out to be nothing."""


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, principal: Principal) -> "AlertQuerySet":
        return self.filter(in_visible_teams(principal, "monitor__system__team"))

    def loud(self) -> "AlertQuerySet":
        """Those that are open and that somebody was told of."""
        return self.filter(state__in=LOUD_ALERT)


class Alert(models.Model):
    """An episode of one thing that is wrong: from the first breach to the last clean window.

    `fingerprint` says which thing; the value is no part of it. `node`: where the evidence store was
    told of it; `since`: start of the first window in breach; `seen`: end of the last one in breach;
    `window`: the last one in breach, None where none is (a contract, a missing log).
    """

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="alerts")
    fingerprint = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=AlertKind.choices)
    column = models.CharField(max_length=300, blank=True, default="")
    version = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MEDIUM)
    state = models.CharField(max_length=20, choices=AlertState.choices, default=AlertState.PENDING)
    message = models.TextField()
    window = models.ForeignKey(Window, on_delete=models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField()
    seen = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-since", "-pk"]
        indexes: ClassVar = [models.Index(fields=["monitor", "state"], name="alert_by_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=models.Q(state__in=OPEN_ALERT), name="one_open_episode"
            ),
            models.CheckConstraint(condition=models.Q(state__in=AlertState.values), name="alert_state"),
            models.CheckConstraint(condition=models.Q(kind__in=AlertKind.values), name="alert_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.column}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether it stands and somebody was told of it."""
        return self.state in LOUD_ALERT

    def end(self, now: datetime) -> datetime:
        """Where its episode ends in a drawing: now, while it is open."""
        return self.resolved_at or now
