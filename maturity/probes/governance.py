"""Governance and lineage: who answers for it, who allowed it, and can it be traced?"""

from dataclasses import dataclass
from datetime import timedelta

from evidence.records import BlindReason, Json
from evidence.signals.results import SignalName
from maturity.facts import Deployment, Happening, ModelVersion, PullRequest, Ref, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import probe
from maturity.probes._changes import approvals_of, production_changes
from maturity.probes._ci import files_of, merged, repository_of, touches
from maturity.probes._subjects import decided, failed, passed, system, unresolved
from maturity.probes.data import training_data

REVIEWED = (
    SignalName.ORCHESTRATOR,
    SignalName.TYPED_COMPONENTS,
    SignalName.EXPERIMENT_TRACKING,
    SignalName.MODEL_REGISTRY_USE,
)
"""Signals whose files hold pipeline and training code."""

NO_RUN = "the version has no run"


@probe()
def owner(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does the system belong to a team with active members?"""
    yes = f"owned by {facts.team}, {facts.active_members} active members"
    no = f"its team {facts.team} has no active member"
    return (decided(system(facts), facts.active_members > 0, yes=yes, no=no),)


@probe()
def review(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Was each merged change of pipeline or training code approved by somebody else?

    A default branch that anybody may push to lets changes pass by any review: that alone decides.
    Without known code, every merged change counts.
    """
    open_branches = [branch for branch in facts.branches if branch.protected is False]
    if open_branches:
        return tuple(failed(b.ref, "anybody may push to it without a review") for b in open_branches)
    found = []
    for change in merged(facts, window):
        files = files_of(repository_of(facts, change.repository), REVIEWED)
        touched = touches(change, files) if files else True
        if touched is None and change.approved_by is not None:
            found.append(unresolved(change.ref, change.blind, "not all files it changed are known"))
        elif touched is not False:
            found.append(_reviewed(change))
    return tuple(found)


def _reviewed(change: PullRequest) -> Finding:
    if change.approved_by is None:
        return unresolved(change.ref, change.blind, "its reviews could not be read")
    if change.approved_by:
        return passed(change.ref, f"approved by {', '.join(change.approved_by[:3])}")
    return failed(change.ref, "nobody but its author approved it")


@probe(version=2)
def approval_trail(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Has each promotion of the window an approval with a name, a time and a reason?"""
    return tuple(_approved(change, facts) for change in production_changes(facts, window))


def _approved(change: Happening, facts: SystemFacts) -> Finding:
    approvals = [e for e in approvals_of(change, facts) if e.kind == "approved"]
    whole = [e for e in approvals if e.actor and e.attrs.get("reason")]
    if whole:
        newest = max(whole, key=lambda e: e.at)
        return passed(change.ref, f"approved by {newest.actor}: {newest.attrs['reason']}", see=(newest.ref,))
    if change.actor and not change.actor.startswith("token ") and change.attrs.get("reason"):
        message = f"deployed by {change.actor}: {change.attrs['reason']}"
        return passed(change.ref, message, strength=Strength.DECLARED)
    if approvals:
        return failed(change.ref, "its approval has no name or no reason", see=(approvals[0].ref,))
    return failed(change.ref, "no approval is on record; an alias moved alone names nobody")


@probe(version=2)
def lineage_complete(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Leads an unbroken path, each hop by an id, from commit and data to each live deployment?"""
    versions = {version.ref.uid: version for version in facts.versions}
    return tuple(_traced(deployment, versions.get(deployment.version_uid)) for deployment in facts.live)


def _traced(deployment: Deployment, version: ModelVersion | None) -> Finding:
    """`values` tell which hops hold, so that a reader sees the weakest."""
    hops = _hops(version)
    see: tuple[Ref, ...] = (version.ref,) if version else ()
    broken = next((hop for hop in hops if hop.blind or not hop.holds), None)
    values: dict[str, Json] = {hop.name: hop.holds for hop in hops}
    if broken is not None and broken.blind:
        return unresolved(deployment.ref, broken.blind, f"the path cannot be followed: {broken.no}", see=see)
    if broken is not None or version is None or version.run is None or version.commit is None:
        no = broken.no if broken else "no registered version"
        return failed(deployment.ref, f"the path breaks: {no}", see=see, values=values)
    message = f"traced to commit {version.commit.sha[:10]} and {training_data(version.run)[0].name}"
    see = (version.commit.ref, version.run.ref, version.ref)
    return passed(deployment.ref, message, strength=Strength.VERIFIED, see=see, values=values)


@dataclass(frozen=True, slots=True)
class _Hop:
    """One step of the path; `blind` where nobody could see whether it holds."""

    name: str
    holds: bool
    no: str
    blind: BlindReason | None = None


def _hops(version: ModelVersion | None) -> tuple[_Hop, ...]:
    """From the deployment backwards; hops behind a broken one do not hold either."""
    run = version.run if version else None
    commit = version.commit if version else None
    unseen = version.run_blind if version and run is None else None
    elsewhere = BlindReason.SOURCE_NOT_CONNECTED if commit is not None and not commit.known else None
    return (
        _Hop("version", version is not None, "no registered version"),
        _Hop("run", run is not None, "the run of the version cannot be seen" if unseen else NO_RUN, unseen),
        _Hop("dataset", bool(run and training_data(run)), "the run names no training data"),
        _Hop("commit", commit is not None, "the run names no commit"),
        _Hop("source", bool(commit and commit.known), "the commit is in no connected repository", elsewhere),
    )
