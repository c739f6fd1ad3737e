"""What every act of a person shares: who speaks, whether they may, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from core import audit
from core.models import System, User
from core.permissions import Permission, Principal, TokenPrincipal, has_permission
from maturity.choice import rubrics_of
from maturity.criterion import Criterion, Rubric
from maturity.models.inputs import Input
from maturity.services import request_assessments


class RefusedError(Exception):
    """What was asked cannot be done; the message says what, why and what to do."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The person who answers for what is said, and the token through which it came ("" for none)."""

    person: User
    through: str = ""


def speaker(by: Principal, *, system: System) -> Speaker:
    """Who speaks: the person signed in, or the one who made the token. PermissionDenied for others."""
    _allow(by, Permission.INPUT_WRITE, system=system)
    if not isinstance(by, TokenPrincipal):
        return Speaker(_user(by))
    if by.token.created_by is None:
        raise PermissionDenied(
            _("This token belongs to nobody any more, and a word needs a name. Make a new token.")
        )
    return Speaker(by.token.created_by, through=by.token.name)


def person(by: Principal, *, system: System) -> User:
    """The person who speaks in their own name; PermissionDenied for a program."""
    _refuse_program(by)
    _allow(by, Permission.INPUT_WRITE, system=system)
    return _user(by)


def approver(by: Principal, *, system: System) -> User:
    """The person who decides what others asked for; PermissionDenied for a program and a non-manager."""
    _refuse_program(by)
    _allow(by, Permission.INPUT_APPROVE, system=system)
    return _user(by)


def owner_or_approver(by: Principal, owner: User, *, system: System) -> User:
    """Whoever said it may take it back, and so may an approver."""
    return person(by, system=system) if by == owner else approver(by, system=system)


def hold(system: System) -> None:
    """Lock the system until the transaction ends: two acts about it come one after the other."""
    System.objects.select_for_update().get(pk=system.pk)


def heard(by: Principal | str, action: str, said: Input, **detail: object) -> None:
    """Record the act, and judge the system anew once it is written."""
    system = said.system
    told: Mapping[str, object] = {"system": system.slug, "number": said.pk, **detail}
    audit.record(by, action, f"{system.slug}: {said}", team=system.team, detail=told)
    request_assessments([system.pk])


def criteria_named(criterion: str, *, system: System) -> list[tuple[Rubric, Criterion]]:
    """The criterion of this id in every rubric that asks it of the system; RefusedError if none does."""
    found = [
        (rubric, asked)
        for rubric in rubrics_of(system)
        if (asked := rubric.criterion(criterion)) is not None and not asked.parts
    ]
    if not found:
        message = _("No rubric asks %(criterion)s of %(system)s; choose a criterion of its scorecard.")
        raise RefusedError(message % {"criterion": criterion, "system": system.name})
    return found


def _allow(by: Principal, permission: Permission, *, system: System) -> None:
    if has_permission(by, permission, team=system.team):
        return
    if permission is Permission.INPUT_APPROVE:
        raise PermissionDenied(_("This takes a manager of the team %(team)s.") % {"team": system.team})
    raise PermissionDenied(_("This takes an editor of the team %(team)s.") % {"team": system.team})


def _refuse_program(by: Principal) -> None:
    if isinstance(by, TokenPrincipal):
        raise PermissionDenied(_("A person decides this, never a program. Sign in and do it on the page."))


def _user(by: Principal) -> User:
    assert isinstance(by, User), "programs and strangers were refused before"
    return by
