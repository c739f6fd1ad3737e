"""Assessments: immutable judgements, and which of them holds now.

An assessment is written when it differs from the one before. When it does not, only the system's
`Confirmation` under that rubric moves: it points to the newest assessment, says when that was last
found true, and when each kind of source was last seen. The history is exactly the list of changes.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models

from core.models import System
from core.permissions import Principal, in_visible_teams


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, principal: Principal) -> "AssessmentQuerySet":
        return self.filter(in_visible_teams(principal, "system__team"))


class Assessment(models.Model):
    """One evaluation of one system under one rubric. Append-only.

    Levels are 0 upwards, -1 below level 0, None when nothing could be assessed. `capabilities`:
    list of {capability, confirmed, potential, seen, applicable, waived}. `digest`: SHA-256 of
    everything decided, without moments. `moved`: a level differs from the assessment before.
    `score` and `score_potential`: for a rubric that counts points instead of levels, else None.
    `causes`: why it differs from the assessment before (see `maturity.causes`).
    `outlook`: the next step, and what each open criterion alone would lift (see `maturity.outlook`).
    """

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="assessments")
    assessed_at = models.DateTimeField()
    evidence_at = models.DateTimeField(null=True)
    rubric = models.CharField(max_length=60)
    rubric_version = models.CharField(max_length=40)
    rubric_digest = models.CharField(max_length=64)
    confirmed = models.SmallIntegerField(null=True)
    potential = models.SmallIntegerField(null=True)
    seen = models.PositiveSmallIntegerField()
    applicable = models.PositiveSmallIntegerField()
    capabilities = models.JSONField()
    digest = models.CharField(max_length=64)
    moved = models.BooleanField()
    score = models.FloatField(null=True)
    score_potential = models.FloatField(null=True)
    causes = models.JSONField(default=list)
    outlook = models.JSONField(default=dict)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-assessed_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["system", "rubric", "-assessed_at"], name="assessment_history"),
            models.Index(
                fields=["system", "rubric", "assessed_at"],
                condition=models.Q(moved=True),
                name="assessment_moves",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(potential__gte=models.F("confirmed")) | models.Q(confirmed=None),
                name="potential_not_below_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed=None, potential=None)
                | models.Q(confirmed__isnull=False, potential__isnull=False),
                name="assessment_has_both_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(seen__lte=models.F("applicable")), name="seen_not_above_applicable"
            ),
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk} of {self.system_id} at {self.assessed_at:%Y-%m-%d %H:%M}"


class CriterionResultQuerySet(models.QuerySet["CriterionResult"]):
    def visible_to(self, principal: Principal) -> "CriterionResultQuerySet":
        return self.filter(in_visible_teams(principal, "assessment__system__team"))

    def current(self) -> "CriterionResultQuerySet":
        """Results of the assessments that hold now."""
        return self.filter(assessment__confirmation__isnull=False)


class CriterionResult(models.Model):
    """One criterion's verdict in one assessment. Append-only.

    `n` subjects, `p` passing, `u` unresolved; `low` = p/n and `high` = (p+u)/n, None when n is 0.
    `findings`: list of {subject, label, outcome, message, reason, strength, values, evidence}.
    `until`: when a person's word (a waiver, an attestation) ends; `otherwise` is the verdict then.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="results")
    criterion = models.CharField(max_length=80)
    capability = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    gating = models.BooleanField()
    needs = models.JSONField(default=list)
    probe = models.CharField(max_length=80, blank=True)
    probe_version = models.PositiveSmallIntegerField(default=0)
    verdict = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True, default="")
    sentence = models.TextField()
    n = models.PositiveIntegerField()
    p = models.PositiveIntegerField()
    u = models.PositiveIntegerField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    low_confidence = models.BooleanField(default=False)
    strength = models.CharField(max_length=20, blank=True, default="")
    findings = models.JSONField(default=list)
    until = models.DateTimeField(null=True)
    otherwise = models.CharField(max_length=20, blank=True, default="")

    objects = CriterionResultQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["criterion", "assessment"], name="result_by_criterion")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "criterion"], name="one_result_a_criterion"),
            models.CheckConstraint(
                condition=models.Q(p__lte=models.F("n") - models.F("u")), name="result_counts_add_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.verdict}"


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def visible_to(self, principal: Principal) -> "ConfirmationQuerySet":
        return self.filter(in_visible_teams(principal, "system__team"))


class Confirmation(models.Model):
    """Which assessment of a system holds now under one rubric, and until when it may be believed.

    `fresh_until`: ISO moment by kind of source ("*": the assessment itself); what rests on a kind
    whose moment has passed is shown as unknown. `words_until`: when the first of the people's words
    that it rests on ends, if it rests on any.
    """

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="confirmations")
    rubric = models.CharField(max_length=60)
    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="confirmation")
    confirmed_at = models.DateTimeField()
    evidence_at = models.DateTimeField(null=True)
    fresh_until = models.JSONField(default=dict)
    words_until = models.DateTimeField(null=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "rubric"], name="one_confirmation_a_rubric"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} stands as of {self.confirmed_at:%Y-%m-%d %H:%M}"

    def stale(self, now: datetime) -> frozenset[str]:
        """The kinds of source whose evidence is too old at `now`."""
        return frozenset(
            kind for kind, until in self.fresh_until.items() if datetime.fromisoformat(until) < now
        )

    def holds(self, now: datetime) -> bool:
        """True while the levels are those written down: nothing went stale, no word ended."""
        return not self.stale(now) and (self.words_until is None or now < self.words_until)
