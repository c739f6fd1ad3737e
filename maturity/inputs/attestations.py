"""Attestations: a named person's word, with what supports it; it counts half, for half a year."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import System
from core.permissions import Principal
from maturity.inputs.ground import RefusedError, criteria_named, heard, hold, owner_or_approver, person
from maturity.models import Attestation
from maturity.people import may_attest

HOLDS = timedelta(days=180)


@transaction.atomic
def attest(
    system: System, *, criterion: str, statement: str, link: str, by: Principal, now: datetime
) -> Attestation:
    """Give one's word on a criterion. The same word again is the first one while that holds."""
    who = person(by, system=system)
    if not any(may_attest(asked) for _rubric, asked in criteria_named(criterion, system=system)):
        raise RefusedError(_("A person's word is not enough for this criterion; it needs evidence."))
    hold(system)
    same = Attestation.objects.filter(
        system=system,
        criterion=criterion,
        attested_by=who,
        statement=statement,
        link=link,
        revoked_at=None,
        expires_at__gt=now,
    ).first()
    if same is not None:
        return same
    made = Attestation.objects.create(
        system=system,
        criterion=criterion,
        statement=statement,
        link=link,
        attested_by=who,
        attested_at=now,
        expires_at=now + HOLDS,
    )
    heard(by, "attestation.made", made, criterion=criterion, until=made.expires_at.isoformat())
    return made


@transaction.atomic
def revoke_attestation(attestation: Attestation, *, by: Principal, now: datetime) -> Attestation:
    """Take a word back. Revoking again does nothing."""
    hold(attestation.system)
    found = Attestation.objects.select_related("system__team", "attested_by").get(pk=attestation.pk)
    who = owner_or_approver(by, found.attested_by, system=found.system)
    if found.revoked_at:
        return found
    found.revoked_by, found.revoked_at = who, now
    found.save(update_fields=["revoked_by", "revoked_at"])
    heard(by, "attestation.revoked", found, criterion=found.criterion)
    return found
