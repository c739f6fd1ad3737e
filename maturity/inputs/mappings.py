"""Mappings: a probe is satisfied by a task, check or job of another name; a second person agrees."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import System
from core.permissions import Principal
from maturity.inputs.ground import RefusedError, approver, heard, hold, owner_or_approver, speaker
from maturity.models import Mapping
from maturity.probe import catalogue


@transaction.atomic
def propose_mapping(
    system: System, *, probe: str, kind: str, name: str, reason: str, by: Principal, now: datetime
) -> Mapping:
    """Propose that what is called `name` (a shell pattern) does what the probe looks for.

    The evidence stays observed: the named thing has to exist and to run. The same proposal again is
    the first one.
    """
    who = speaker(by, system=system)
    _refuse_unknown(probe, kind=kind)
    if not name.strip("*? "):
        raise RefusedError(_("This pattern would mean everything; write at least one letter of the name."))
    hold(system)
    same = Mapping.objects.filter(system=system, probe=probe, kind=kind, name=name, revoked_at=None).first()
    if same is not None:
        return same
    made = Mapping.objects.create(
        system=system,
        probe=probe,
        kind=kind,
        name=name,
        reason=reason,
        created_by=who.person,
        through=who.through,
        created_at=now,
    )
    heard(by, "mapping.proposed", made, probe=probe, kind=kind, name=name)
    return made


@transaction.atomic
def approve_mapping(mapping: Mapping, *, by: Principal, now: datetime) -> Mapping:
    """Let a mapping count. Approving again does nothing; RefusedError by whoever proposed it."""
    who = approver(by, system=mapping.system)
    found = _held(mapping)
    if found.approved_at:
        return found
    if found.created_by_id == who.pk:
        raise RefusedError(_("You proposed this mapping yourself; another manager has to approve it."))
    if found.revoked_at:
        raise RefusedError(_("This mapping was taken back; propose it again."))
    found.approved_by, found.approved_at = who, now
    found.save(update_fields=["approved_by", "approved_at"])
    heard(by, "mapping.approved", found, probe=found.probe, name=found.name)
    return found


@transaction.atomic
def revoke_mapping(mapping: Mapping, *, by: Principal, now: datetime) -> Mapping:
    """End a mapping, or take back a proposal. Revoking again does nothing."""
    found = _held(mapping)
    who = owner_or_approver(by, found.created_by, system=found.system)
    if found.revoked_at:
        return found
    found.revoked_by, found.revoked_at = who, now
    found.save(update_fields=["revoked_by", "revoked_at"])
    heard(by, "mapping.revoked", found, probe=found.probe, name=found.name)
    return found


def _held(mapping: Mapping) -> Mapping:
    hold(mapping.system)
    return Mapping.objects.select_related("system__team", "created_by").get(pk=mapping.pk)


def _refuse_unknown(probe: str, *, kind: str) -> None:
    known = catalogue().probes.get(probe)
    if known is None or kind not in known.means:
        raise RefusedError(
            _("This probe does not look for things by their names, so none can be mapped to it.")
        )
