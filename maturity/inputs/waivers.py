"""Waivers: a criterion accepted as not met until a day, asked by one person, approved by another."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.models import System
from core.permissions import Principal
from maturity.criterion import Criterion, Rubric
from maturity.inputs.ground import (
    RefusedError,
    approver,
    criteria_named,
    heard,
    hold,
    owner_or_approver,
    speaker,
)
from maturity.models import Waiver
from maturity.people import may_waive

LONGEST = timedelta(days=365)


@transaction.atomic
def request_waiver(
    system: System,
    *,
    criterion: str,
    reason: str,
    link: str,
    expires_at: datetime,
    by: Principal,
    now: datetime,
) -> Waiver:
    """Ask that a criterion be accepted as not met. The same request again is the first one."""
    who = speaker(by, system=system)
    if not any(may_waive(asked) for _rubric, asked in criteria_named(criterion, system=system)):
        raise RefusedError(_("This criterion holds no level back, so there is nothing to waive."))
    _refuse_end(expires_at, now=now)
    hold(system)
    waiting = open_requests(now).filter(system=system, criterion=criterion).first()
    if waiting is not None:
        return _the_same(waiting, reason=reason, person=who.person.pk)
    made = Waiver.objects.create(
        system=system,
        criterion=criterion,
        reason=reason,
        link=link,
        requested_by=who.person,
        through=who.through,
        requested_at=now,
        expires_at=expires_at,
    )
    heard(by, "waiver.requested", made, criterion=criterion, reason=reason, until=expires_at.isoformat())
    return made


@transaction.atomic
def approve_waiver(waiver: Waiver, *, by: Principal, now: datetime) -> Waiver:
    """Let a request count. Approving again does nothing; RefusedError by whoever asked, or over the cap."""
    who = approver(by, system=waiver.system)
    found = _held(waiver)
    if found.approved_at:
        return found
    if found.requested_by_id == who.pk:
        raise RefusedError(_("You asked for this waiver yourself; another manager has to approve it."))
    _refuse_decided(found, now=now)
    _refuse_over_cap(found, now=now)
    found.approved_by, found.approved_at = who, now
    found.save(update_fields=["approved_by", "approved_at"])
    heard(by, "waiver.approved", found, criterion=found.criterion, until=found.expires_at.isoformat())
    return found


@transaction.atomic
def decline_waiver(waiver: Waiver, *, by: Principal, now: datetime) -> Waiver:
    """Refuse a request, or take back one's own. Declining again does nothing."""
    found = _held(waiver)
    who = owner_or_approver(by, found.requested_by, system=found.system)
    if found.declined_at:
        return found
    if found.approved_at:
        raise RefusedError(_("This waiver was approved already; revoke it instead."))
    found.declined_by, found.declined_at = who, now
    found.save(update_fields=["declined_by", "declined_at"])
    heard(by, "waiver.declined", found, criterion=found.criterion)
    return found


@transaction.atomic
def revoke_waiver(waiver: Waiver, *, by: Principal, now: datetime) -> Waiver:
    """End a waiver before its day. Revoking again does nothing."""
    found = _held(waiver)
    who = owner_or_approver(by, found.requested_by, system=found.system)
    if found.revoked_at:
        return found
    if not found.approved_at:
        raise RefusedError(_("This waiver was never approved; decline the request instead."))
    found.revoked_by, found.revoked_at = who, now
    found.save(update_fields=["revoked_by", "revoked_at"])
    heard(by, "waiver.revoked", found, criterion=found.criterion)
    return found


def open_requests(now: datetime) -> QuerySet[Waiver]:
    """Requests that nobody decided yet and whose end is still to come."""
    return Waiver.objects.filter(approved_at=None, declined_at=None, revoked_at=None, expires_at__gt=now)


def in_force(now: datetime) -> QuerySet[Waiver]:
    """Waivers that count at `now`."""
    return Waiver.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gt=now), approved_at__lte=now, expires_at__gt=now
    )


def _held(waiver: Waiver) -> Waiver:
    """The row as it is now, its system locked."""
    hold(waiver.system)
    return Waiver.objects.select_related("system__team", "requested_by", "approved_by").get(pk=waiver.pk)


def _refuse_end(expires_at: datetime, *, now: datetime) -> None:
    if not now < expires_at <= now + LONGEST:
        raise RefusedError(
            _("A waiver ends within %(days)d days from today; choose such a day.") % {"days": LONGEST.days}
        )


def _the_same(waiting: Waiver, *, reason: str, person: int) -> Waiver:
    if waiting.requested_by_id == person and waiting.reason == reason:
        return waiting
    message = _("A waiver of %(criterion)s already waits, asked by %(who)s. Decide on that one first.")
    raise RefusedError(message % {"criterion": waiting.criterion, "who": waiting.requested_by})


def _refuse_decided(waiver: Waiver, *, now: datetime) -> None:
    if waiver.declined_at:
        raise RefusedError(_("This request was declined; ask for a new waiver."))
    if waiver.expires_at <= now:
        raise RefusedError(_("The day this waiver was to end has passed; ask for a new one."))


def _refuse_over_cap(waiver: Waiver, *, now: datetime) -> None:
    others = (
        in_force(now).filter(system=waiver.system).exclude(criterion=waiver.criterion).order_by("expires_at")
    )
    by_id = {each.criterion: each for each in others}
    for rubric, asked in criteria_named(waiver.criterion, system=waiver.system):
        counting = [by_id[c.id] for c in _gates(rubric, like=asked) if c.id in by_id]
        if len(counting) >= rubric.waiver_cap:
            raise RefusedError(_over_cap(counting, rubric=rubric, asked=asked))


def _gates(rubric: Rubric, *, like: Criterion) -> list[Criterion]:
    return [c for c in rubric.of(like.capability) if c.gating]


def _over_cap(counting: list[Waiver], *, rubric: Rubric, asked: Criterion) -> str:
    capability = rubric.capability(asked.capability)
    name = _(capability.name) if capability else asked.capability
    if not counting:
        return _("The rubric %(rubric)s allows no waivers.") % {"rubric": rubric.name}
    message = _(
        "%(capability)s has as many waivers as the rubric allows (%(cap)d): %(criterion)s until %(day)s."
        " Revoke that one first, or wait until it ends."
    )
    return message % {
        "capability": name,
        "cap": rubric.waiver_cap,
        "criterion": counting[0].criterion,
        "day": f"{counting[0].expires_at:%Y-%m-%d}",
    }
