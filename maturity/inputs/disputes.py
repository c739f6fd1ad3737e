"""Disputes: "this finding is wrong" goes to the system's team, is answered, and is kept."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.permissions import Principal
from maturity.inputs.ground import RefusedError, heard, hold, person, speaker
from maturity.models import Assessment, CriterionResult, Dispute
from maturity.models.inputs import DisputeState


@transaction.atomic
def raise_dispute(
    assessment: Assessment, *, criterion: str, text: str, by: Principal, now: datetime, subject: str = ""
) -> Dispute:
    """Say that a finding (`subject`), or the whole verdict on a criterion, is wrong.

    The verdict stands as long as the evidence says so. The same dispute again is the first one.
    """
    who = speaker(by, system=assessment.system)
    _refuse_unfound(assessment, criterion=criterion, subject=subject)
    hold(assessment.system)
    same = Dispute.objects.filter(
        system=assessment.system,
        criterion=criterion,
        subject=subject,
        text=text,
        raised_by=who.person,
        state=DisputeState.OPEN,
    ).first()
    if same is not None:
        return same
    made = Dispute.objects.create(
        system=assessment.system,
        assessment=assessment,
        criterion=criterion,
        subject=subject,
        text=text,
        raised_by=who.person,
        through=who.through,
        raised_at=now,
    )
    heard(by, "dispute.raised", made, criterion=criterion, subject=subject)
    return made


@transaction.atomic
def answer_dispute(dispute: Dispute, *, accept: bool, answer: str, by: Principal, now: datetime) -> Dispute:
    """Close a dispute with a reason. It changes no verdict: that takes other evidence or a mapping.

    Whoever raised it may withdraw it, but not accept it. The same answer again does nothing.
    """
    who = person(by, system=dispute.system)
    hold(dispute.system)
    found = Dispute.objects.select_related("system__team").get(pk=dispute.pk)
    state = DisputeState.ACCEPTED if accept else DisputeState.REJECTED
    if found.state != DisputeState.OPEN:
        if found.state == state and found.answered_by_id == who.pk:
            return found
        raise RefusedError(
            _("This dispute was answered already; raise a new one if the finding is still wrong.")
        )
    if accept and found.raised_by_id == who.pk:
        raise RefusedError(_("You raised this dispute yourself; somebody else of the team has to accept it."))
    found.state, found.answer, found.answered_by, found.answered_at = state, answer, who, now
    found.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    heard(by, f"dispute.{state}", found, criterion=found.criterion)
    return found


def _refuse_unfound(assessment: Assessment, *, criterion: str, subject: str) -> None:
    result = CriterionResult.objects.filter(assessment=assessment, criterion=criterion).first()
    if result is None:
        raise RefusedError(_("This assessment says nothing about %(criterion)s.") % {"criterion": criterion})
    if subject and subject not in {str(finding["subject"]) for finding in result.findings}:
        raise RefusedError(_("There is no such finding; choose one of those listed, or the whole verdict."))
