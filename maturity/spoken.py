"""Everything people said about a system, in the order a reader needs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import System
from maturity.models import Attestation, Dispute, Mapping, Waiver
from maturity.models.inputs import DisputeState

SOON = timedelta(days=14)
"""What ends within this time is marked, so that nobody is surprised by a level that falls."""

KEPT_IN_SIGHT = 50
"""So many of the newest ended words are listed; all of them are in the API."""


@dataclass(frozen=True, slots=True)
class Word:
    """One thing a person said. `of`: a criterion's id or a probe's name; `until`: when it ends by itself.

    `tone` and `state` say how it stands; `decided`: who decided on it and when, where somebody did.
    """

    kind: str
    kind_label: str | Promise
    pk: int
    of: str
    by: str
    by_id: int
    through: str
    at: datetime
    text: str
    state: str | Promise
    tone: str
    waits: bool
    holds: bool
    link: str = ""
    until: datetime | None = None
    subject: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    answer: str = ""

    def ends_soon(self, now: datetime) -> bool:
        return self.holds and self.until is not None and self.until - now <= SOON


@dataclass(frozen=True, slots=True)
class Spoken:
    """What waits for a decision (oldest first), what holds (what ends first), what is over (newest first)."""

    waiting: tuple[Word, ...] = ()
    holding: tuple[Word, ...] = ()
    over: tuple[Word, ...] = ()
    more_over: int = 0
    soon: tuple[Word, ...] = ()


def spoken(system: System, *, now: datetime) -> Spoken:
    """All words of a system, in four statements."""
    words = [
        *_waivers(system, now=now),
        *_attestations(system, now=now),
        *_disputes(system),
        *_mappings(system),
    ]
    over = sorted((w for w in words if not w.waits and not w.holds), key=lambda w: w.at, reverse=True)
    holding = sorted((w for w in words if w.holds), key=lambda w: (w.until is None, w.until or w.at))
    return Spoken(
        waiting=tuple(sorted((w for w in words if w.waits), key=lambda w: w.at)),
        holding=tuple(holding),
        over=tuple(over[:KEPT_IN_SIGHT]),
        more_over=max(0, len(over) - KEPT_IN_SIGHT),
        soon=tuple(w for w in holding if w.ends_soon(now)),
    )


def _waivers(system: System, *, now: datetime) -> Iterable[Word]:
    people = ("requested_by", "approved_by", "declined_by", "revoked_by")
    for each in Waiver.objects.filter(system=system).select_related(*people):
        state, tone, waits, holds = _waiver_state(each, now=now)
        decided_by = each.revoked_by or each.declined_by or each.approved_by
        yield Word(
            kind="waiver",
            kind_label=_("waiver"),
            pk=each.pk,
            of=each.criterion,
            by=str(each.requested_by),
            by_id=each.requested_by_id,
            through=each.through,
            at=each.requested_at,
            text=each.reason,
            state=state,
            tone=tone,
            waits=waits,
            holds=holds,
            link=each.link,
            until=each.expires_at,
            decided_by=str(decided_by or ""),
            decided_at=each.revoked_at or each.declined_at or each.approved_at,
        )


def _waiver_state(waiver: Waiver, *, now: datetime) -> tuple[str | Promise, str, bool, bool]:
    """State, tone, whether it waits, whether it holds."""
    if waiver.revoked_at:
        return _("revoked"), "unknown", False, False
    if waiver.declined_at:
        return _("declined"), "unknown", False, False
    if waiver.expires_at <= now:
        return (_("ended") if waiver.approved_at else _("never approved")), "unknown", False, False
    if waiver.approved_at:
        return _("waived"), "waived", False, True
    return _("waits for approval"), "accent", True, False


def _attestations(system: System, *, now: datetime) -> Iterable[Word]:
    for each in Attestation.objects.filter(system=system).select_related("attested_by", "revoked_by"):
        holds = each.revoked_at is None and each.expires_at > now
        gone = _("taken back") if each.revoked_at else _("ended")
        yield Word(
            kind="attestation",
            kind_label=_("attestation"),
            pk=each.pk,
            of=each.criterion,
            by=str(each.attested_by),
            by_id=each.attested_by_id,
            through=each.through,
            at=each.attested_at,
            text=each.statement,
            state=_("attested") if holds else gone,
            tone="waived" if holds else "unknown",
            waits=False,
            holds=holds,
            link=each.link,
            until=each.expires_at,
            decided_by=str(each.revoked_by or ""),
            decided_at=each.revoked_at,
        )


def _disputes(system: System) -> Iterable[Word]:
    tones = {DisputeState.OPEN: "accent", DisputeState.ACCEPTED: "met"}
    for each in Dispute.objects.filter(system=system).select_related("raised_by", "answered_by"):
        yield Word(
            kind="dispute",
            kind_label=_("dispute"),
            pk=each.pk,
            of=each.criterion,
            by=str(each.raised_by),
            by_id=each.raised_by_id,
            through=each.through,
            at=each.raised_at,
            text=each.text,
            state=DisputeState(each.state).label,
            tone=tones.get(DisputeState(each.state), "unknown"),
            waits=each.state == DisputeState.OPEN,
            holds=False,
            subject=each.subject,
            decided_by=str(each.answered_by or ""),
            decided_at=each.answered_at,
            answer=each.answer,
        )


def _mappings(system: System) -> Iterable[Word]:
    people = ("created_by", "approved_by", "revoked_by")
    for each in Mapping.objects.filter(system=system).select_related(*people):
        over, holds = each.revoked_at is not None, each.approved_at is not None
        state = _("taken back") if over else _("counts") if holds else _("waits for approval")
        decided_by = each.revoked_by or each.approved_by
        yield Word(
            kind="mapping",
            kind_label=_("mapping"),
            pk=each.pk,
            of=each.probe,
            by=str(each.created_by),
            by_id=each.created_by_id,
            through=each.through,
            at=each.created_at,
            text=each.reason,
            state=state,
            tone="unknown" if over else "met" if holds else "accent",
            waits=not over and not holds,
            holds=holds and not over,
            subject=f"{each.get_kind_display()} {each.name}",
            decided_by=str(decided_by or ""),
            decided_at=each.revoked_at or each.approved_at,
        )
