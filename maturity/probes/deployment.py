"""Deployment: what serves, how it got there, and how it would come back."""

from datetime import timedelta

from evidence.records import BlindReason
from maturity.facts import Deployment, Happening, ModelVersion, SystemFacts
from maturity.finding import Finding
from maturity.probe import probe
from maturity.probes._subjects import decided, failed, passed, system, unresolved
from maturity.probes.data import predecessor

APPROVALS = frozenset({"approved", "alias_moved", "stage_moved"})
PRODUCTION_ALIASES = frozenset({"champion", "production", "prod"})
"""Moving one of these approves a version; moving another says nothing about production."""

PROMPTLY = timedelta(minutes=60)
BACK_WITHIN = timedelta(minutes=15)


@probe()
def inventory(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Has each production version an observed consumer? A claim that no deployment bears out fails."""
    serving = {d.version_uid: d for d in facts.live if d.version_uid}
    found = [_served(version, serving.get(version.ref.uid)) for version in facts.production]
    return tuple(found) + tuple(_disputed(version) for version in facts.disputed)


def _served(version: ModelVersion, deployment: Deployment | None) -> Finding:
    if deployment is None:
        return failed(version.ref, "no reported deployment serves it")
    return passed(version.ref, f"{deployment.target} serves it", see=(deployment.ref,))


def _disputed(version: ModelVersion) -> Finding:
    return failed(version.ref, f"called production by {version.claims[0]}, but another version is served")


@probe()
def from_registry(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each live deployment resolve to a registered version?"""
    return tuple(
        decided(
            d.ref, bool(d.version_uid), yes="it serves a registered version", no="its model is in no registry"
        )
        for d in facts.live
    )


@probe()
def automatic_after_approval(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a machine carry out each change of production within an hour of its approval?"""
    return tuple(_automatic(change, facts) for change in production_changes(facts, window))


def production_changes(facts: SystemFacts, window: timedelta) -> list[Happening]:
    """The event with which each revision began to serve production, where that lies in the window."""
    ours = {d.ref.uid for d in facts.deployments if d.observed and d.environment == "production"}
    changes = [e for e in facts.events if e.kind == "deployed" and e.ref.uid in ours and _went_well(e)]
    first = {e.ref.uid: e for e in sorted(changes, key=lambda e: e.at, reverse=True)}
    return [change for change in first.values() if facts.within(change.at, window)]


def _went_well(event: Happening) -> bool:
    return event.attrs.get("status", "succeeded") == "succeeded"


def approvals_of(change: Happening, facts: SystemFacts) -> list[Happening]:
    """Approvals of the version that the change put into production, at most at its moment."""
    version = next((d.version_uid for d in facts.deployments if d.ref.uid == change.ref.uid), "")
    subjects = {version, change.ref.uid} - {""}
    model = {v.model for v in facts.versions if v.ref.uid == version}
    numbers = {v.version for v in facts.versions if v.ref.uid == version}
    return [
        e
        for e in facts.events
        if e.kind in APPROVALS
        and e.attrs.get("alias", "champion") in PRODUCTION_ALIASES
        and e.at <= change.at
        and (e.ref.uid in subjects or (e.ref.label in model and str(e.attrs.get("to")) in numbers))
    ]


def _automatic(change: Happening, facts: SystemFacts) -> Finding:
    approvals = approvals_of(change, facts)
    if not approvals:
        return failed(change.ref, "nothing approved it before it was deployed")
    approval = max(approvals, key=lambda e: e.at)
    if not change.actor.startswith("token "):
        return failed(change.ref, "a person deployed it", see=(approval.ref,))
    took = (change.at - approval.at).total_seconds() / 60
    no = f"deployed {took:.0f} minutes after its approval"
    yes = f"deployed by a machine {took:.0f} minutes after its approval"
    return decided(change.ref, change.at - approval.at <= PROMPTLY, yes=yes, no=no, see=(approval.ref,))


@probe()
def progressive(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did each roll-out of the window pass through a part of the traffic first?"""
    changed = {change.ref.uid for change in production_changes(facts, window)}
    partial = {_rollout(d) for d in facts.deployments if _is_partial(d.traffic_percent)}
    partial |= {_rollout(d) for d in facts.deployments for e in facts.events if _stepped(e, d)}
    return tuple(
        decided(
            d.ref,
            _rollout(d) in partial,
            yes="a part of the traffic came first",
            no="it took all traffic at once",
        )
        for d in facts.deployments
        if d.ref.uid in changed
    )


def _rollout(deployment: Deployment) -> tuple[str, str]:
    """The steps of one roll-out share the endpoint and the version."""
    return deployment.target, deployment.version_uid or deployment.ref.uid


def _share(event: Happening) -> float | None:
    value = event.attrs.get("traffic_percent")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_partial(share: float | None) -> bool:
    return share is not None and 0 < share < 100


def _stepped(event: Happening, deployment: Deployment) -> bool:
    return event.kind == "deployed" and event.ref.uid == deployment.ref.uid and _is_partial(_share(event))


@probe()
def rollback_ready(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is a previous version ready, and was a rollback, real or drilled, done in a quarter of an hour?"""
    subject = system(facts)
    previous = next((old for v in facts.production if (old := predecessor(v, facts))), None)
    if previous is None:
        return (failed(subject, "there is no earlier ready version to go back to"),)
    done = [e for e in facts.events if _is_rollback(e) and facts.within(e.at, window)]
    if not done:
        why = f"{previous.ref.label} is ready, but no rollback or drill was seen in {window.days} days"
        return (failed(subject, why, see=(previous.ref,)),)
    minutes = _minutes(done[0], facts)
    if minutes is None:
        why = "its last rollback does not tell how long it took"
        return (unresolved(subject, BlindReason.NOT_SUPPORTED, why, see=(done[0].ref,)),)
    see = (done[0].ref, previous.ref)
    took = f"its last rollback, on {done[0].at:%Y-%m-%d}, took {minutes:.0f} minutes"
    return (decided(subject, timedelta(minutes=minutes) <= BACK_WITHIN, yes=took, no=took, see=see),)


def _minutes(event: Happening, facts: SystemFacts) -> float | None:
    """How long a rollback took: as its event says, else from the start to the end of its report."""
    said = event.attrs.get("minutes")
    if isinstance(said, int | float) and not isinstance(said, bool):
        return float(said)
    report = next((d for d in facts.deployments if d.ref.uid == event.ref.uid), None)
    if report is None or report.at is None or report.ended_at is None:
        return None
    return (report.ended_at - report.at).total_seconds() / 60


def _is_rollback(event: Happening) -> bool:
    return event.kind == "rolled_back" or (
        event.kind == "drill_run" and event.attrs.get("drill") == "rollback"
    )
