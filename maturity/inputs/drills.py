"""Drills: a training repeated, a rollback rehearsed, a drift injected; proven by the store where it can."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import System
from core.permissions import Principal
from maturity.inputs.ground import RefusedError, heard, hold, speaker
from maturity.load_facts import load_facts
from maturity.models import Drill
from maturity.models.inputs import DrillKind, DrillOutcome
from maturity.proofs import Proof, proofs, proven_by

OLDEST = timedelta(days=180)
"""A drill that is recorded afterwards began at most so long ago."""

WHY_NOT = {
    DrillKind.REPLAY: gettext_lazy(
        "These runs do not prove a replay: two finished runs with the same commit, data and parameters do,"
        " the later one begun after the drill."
    ),
    DrillKind.ROLLBACK: gettext_lazy(
        "These deployments do not prove a rollback: one of production that was reported as rolled back"
        " after the drill began does, or an earlier revision that came back."
    ),
    DrillKind.DRIFT: gettext_lazy(
        "This does not prove a drift drill: an alert that opened after the drill began, and was answered"
        " by a retraining or a decision, does."
    ),
}


@transaction.atomic
def start_drill(system: System, *, kind: DrillKind, by: Principal, now: datetime, notes: str = "") -> Drill:
    """Begin a drill; the one of this kind that is under way already is the same one."""
    who = speaker(by, system=system)
    hold(system)
    under_way = Drill.objects.filter(system=system, kind=kind, outcome="").first()
    if under_way is not None:
        return under_way
    made = Drill.objects.create(
        system=system, kind=kind, started_by=who.person, through=who.through, started_at=now, notes=notes
    )
    heard(by, "drill.started", made, kind=kind)
    return made


@transaction.atomic
def finish_drill(
    drill: Drill,
    *,
    outcome: DrillOutcome,
    by: Principal,
    now: datetime,
    nodes: Collection[int] = (),
    link: str = "",
    notes: str = "",
) -> Drill:
    """End a drill by hand. Ending it again does nothing.

    `nodes` are things of the store that prove it: RefusedError unless they do. Without them it is
    attested by the person, and needs a link.
    """
    speaker(by, system=drill.system)
    hold(drill.system)
    found = Drill.objects.select_related("system__team").get(pk=drill.pk)
    if found.outcome:
        return found
    found.link, found.notes = link, notes or found.notes
    proof = _proof(found, nodes, outcome=outcome, timed=True, now=now)
    return _end(found, proof, outcome=outcome, finished_at=proof.at if proof else now, by=by)


@transaction.atomic
def record_drill(
    system: System,
    *,
    kind: DrillKind,
    started_at: datetime,
    finished_at: datetime,
    outcome: DrillOutcome,
    by: Principal,
    now: datetime,
    nodes: Collection[int] = (),
    link: str = "",
    notes: str = "",
) -> Drill:
    """Keep a drill that is over already. The same drill again is the first one."""
    who = speaker(by, system=system)
    _refuse_times(started_at, finished_at, now=now)
    hold(system)
    same = Drill.objects.filter(
        system=system, kind=kind, started_at=started_at, started_by=who.person, outcome=outcome
    ).first()
    if same is not None:
        return same
    made = Drill(
        system=system,
        kind=kind,
        started_by=who.person,
        through=who.through,
        started_at=started_at,
        link=link,
        notes=notes,
    )
    proof = _proof(made, nodes, outcome=outcome, timed=False, now=now)
    return _end(made, proof, outcome=outcome, finished_at=finished_at, by=by)


def look_for_proofs(systems: Iterable[int]) -> None:
    """Queue a look at each of these systems (ids) that has a drill under way."""
    from maturity.tasks import finish_proven_drills_task

    waiting = Drill.objects.filter(system__in=list(systems), outcome="").values_list("system_id", flat=True)
    for system_id in sorted(set(waiting)):
        transaction.on_commit(partial(finish_proven_drills_task.delay, system_id))


@transaction.atomic
def finish_proven(system: System, *, now: datetime) -> list[Drill]:
    """End the drills of a system that the store proves by now; those without a proof go on."""
    hold(system)
    waiting = list(Drill.objects.select_related("system__team").filter(system=system, outcome=""))
    facts = load_facts(system, now=now) if waiting else None
    ended = []
    for drill in waiting:
        shown = proofs(drill.kind, facts, since=drill.started_at, timed=True) if facts else ()
        if shown:
            outcome = DrillOutcome.PASSED if shown[0].passed else DrillOutcome.FAILED
            by = "evidence"
            ended.append(_end(drill, shown[0], outcome=outcome, finished_at=shown[0].at, by=by))
    return ended


def _end(
    drill: Drill, proof: Proof | None, *, outcome: DrillOutcome, finished_at: datetime, by: Principal | str
) -> Drill:
    drill.outcome = outcome
    drill.finished_at = max(finished_at, drill.started_at)
    drill.nodes = list(proof.nodes) if proof else []
    if proof and proof.said not in drill.notes:
        drill.notes = f"{drill.notes}\n{proof.said}".strip()
    drill.save()
    heard(by, "drill.finished", drill, kind=drill.kind, outcome=outcome, proven=bool(proof))
    return drill


def _proof(
    drill: Drill, nodes: Collection[int], *, outcome: DrillOutcome, timed: bool, now: datetime
) -> Proof | None:
    """The proof that the chosen nodes make; None where none were chosen."""
    if not nodes:
        if not drill.link:
            raise RefusedError(_("Choose what proves the drill, or give a link to what tells of it."))
        return None
    facts = load_facts(drill.system, now=now)
    proof = proven_by(nodes, drill.kind, facts, since=drill.started_at, timed=timed)
    if proof is None:
        instead = _("Choose others, or none and give a link instead.")
        raise RefusedError(f"{WHY_NOT[DrillKind(drill.kind)]} {instead}")
    if proof.passed != (outcome == DrillOutcome.PASSED):
        raise RefusedError(
            _("The store says otherwise: %(said)s Choose the other outcome.") % {"said": proof.said}
        )
    return proof


def _refuse_times(started_at: datetime, finished_at: datetime, *, now: datetime) -> None:
    if finished_at < started_at or finished_at > now:
        raise RefusedError(_("A drill ends after it began, and not in the future; check the two times."))
    if started_at < now - OLDEST:
        message = _("A drill older than %(days)d days proves nothing any more; run a new one.")
        raise RefusedError(message % {"days": OLDEST.days})
