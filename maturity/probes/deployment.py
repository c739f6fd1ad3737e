"""Deployment: what serves, how it got there, and how it would come back."""

from datetime import timedelta

from evidence.records import BlindReason
from maturity import attrs as read
from maturity.facts import Analysis, Deployment, Happening, ModelVersion, SystemFacts
from maturity.finding import Finding, Strength
from maturity.probe import applies, probe
from maturity.probes._changes import approvals_of, incumbent, production_changes
from maturity.probes._drills import drilled, drills_of
from maturity.probes._subjects import decided, declared, failed, passed, system, unresolved

PROMPTLY = timedelta(minutes=60)
BACK_WITHIN = timedelta(minutes=15)
TRIED_WITHIN = timedelta(days=180)
"""A gate that stopped nothing for so long was never seen to work."""

PLATFORMS = frozenset({"kserve", "seldon", "vertex-endpoint", "sagemaker-endpoint", "torchserve", "bentoml"})
"""Serving signals that declare a server of models; a web application's code is none."""

SERVING_TAG = "serving"
BATCH = "batch"


@applies
def batch_only(facts: SystemFacts, window: timedelta) -> str:
    """A model that is declared to run in batches has no endpoint, and no traffic to divide."""
    modes = [str(v.tags.get(SERVING_TAG, v.model_tags.get(SERVING_TAG, ""))) for v in facts.production]
    if modes and all(mode.strip().lower() == BATCH for mode in modes):
        return (
            f"Its production models are declared as batch models (tag {SERVING_TAG}); they have no endpoint."
        )
    return ""


@probe(version=2)
def inventory(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Has each production version an observed consumer? A claim that no deployment bears out fails."""
    serving = {d.version_uid: d for d in facts.live if d.version_uid}
    found = [_served(version, serving.get(version.ref.uid), facts) for version in facts.production]
    return tuple(found) + tuple(_disputed(version) for version in facts.disputed)


def _served(version: ModelVersion, deployment: Deployment | None, facts: SystemFacts) -> Finding:
    if deployment is not None:
        return passed(version.ref, f"{deployment.target} serves it", see=(deployment.ref,))
    if facts.connected("deployments"):
        return failed(version.ref, "no reported deployment serves it")
    manifest = declared(facts, "serving", terms=PLATFORMS)
    if manifest:
        return passed(version.ref, f"{manifest} declares a server of models", strength=Strength.DECLARED)
    why = "no deployment was reported, and no manifest declares a server"
    return unresolved(version.ref, BlindReason.SOURCE_NOT_CONNECTED, why)


def _disputed(version: ModelVersion) -> Finding:
    return failed(version.ref, f"called production by {version.claims[0]}, but another version is served")


@probe(version=2)
def from_registry(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each live deployment resolve to a registered version?"""
    return tuple(_registered(deployment, facts) for deployment in facts.live)


def _registered(deployment: Deployment, facts: SystemFacts) -> Finding:
    if deployment.version_uid:
        return passed(deployment.ref, "it serves a registered version")
    if not facts.connected("mlflow"):
        why = "no model registry gives evidence for this system"
        return unresolved(deployment.ref, BlindReason.SOURCE_NOT_CONNECTED, why)
    return failed(deployment.ref, "its model is in no registry")


@probe(version=2)
def automatic_after_approval(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did a machine carry out each change of production within an hour of its approval?"""
    return tuple(_automatic(change, facts) for change in production_changes(facts, window))


def _automatic(change: Happening, facts: SystemFacts) -> Finding:
    approvals = approvals_of(change, facts)
    if not approvals:
        return failed(change.ref, "nothing approved it before it was deployed")
    approval = max(approvals, key=lambda e: e.at)
    if not change.actor.startswith("token "):
        return failed(change.ref, "a person deployed it", see=(approval.ref,))
    longest = change.at - (read.moment(approval.attrs, "after") or approval.at)
    shortest = max(change.at - approval.at, timedelta())
    if shortest <= PROMPTLY < longest:
        why = "its approval was noticed when the registry was read; when it was given is not known"
        return unresolved(change.ref, BlindReason.NOT_SUPPORTED, why, see=(approval.ref,))
    took = longest.total_seconds() / 60
    no = f"deployed {took:.0f} minutes after its approval"
    yes = f"deployed by a machine {took:.0f} minutes after its approval"
    return decided(change.ref, longest <= PROMPTLY, yes=yes, no=no, see=(approval.ref,))


@probe(version=2)
def progressive(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did each roll-out of the window pass through a part of the traffic first?

    Without a reported roll-out, a canary that a repository declares is told, but proves nothing.
    """
    rollouts = rollouts_of(facts, window)
    if not rollouts:
        manifest = declared(facts, "canary")
        told = f"{manifest} declares a canary"
        return (passed(system(facts), told, strength=Strength.DECLARED),) if manifest else ()
    partial = {rollout_of(d) for d in facts.deployments if _is_partial(d.traffic_percent)}
    partial |= {rollout_of(d) for d in facts.deployments for e in facts.events if _stepped(e, d)}
    yes, no = "it began with a part of the traffic", "it took all traffic at once"
    return tuple(decided(d.ref, rollout_of(d) in partial, yes=yes, no=no) for d in rollouts)


def rollouts_of(facts: SystemFacts, window: timedelta) -> list[Deployment]:
    """The deployments that began to serve production in the window."""
    changed = {change.ref.uid for change in production_changes(facts, window)}
    return [d for d in facts.deployments if d.ref.uid in changed]


def rollout_of(deployment: Deployment) -> tuple[str, str]:
    """The steps of one roll-out share the endpoint and the version."""
    return deployment.target, deployment.version_uid or deployment.ref.uid


def _is_partial(share: float | None) -> bool:
    return share is not None and 0 < share < 100


def _stepped(event: Happening, deployment: Deployment) -> bool:
    return (
        event.kind == "deployed"
        and event.ref.uid == deployment.ref.uid
        and _is_partial(read.number(event.attrs, "traffic_percent"))
    )


@probe()
def metric_gated(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did an analysis of metrics decide each roll-out, and was it ever seen to stop one?"""
    rollouts = rollouts_of(facts, window)
    decisions = {analysis.ref.uid: analysis for analysis in facts.analyses}
    if rollouts and not _was_tried(facts):
        why = f"no analysis stopped a roll-out in {TRIED_WITHIN.days} days, and no drill tried it"
        return (failed(system(facts), why, see=tuple(d.ref for d in rollouts[:3])),)
    return tuple(_analysed(deployment, decisions.get(deployment.ref.uid)) for deployment in rollouts)


def _was_tried(facts: SystemFacts) -> bool:
    aborted = [a for a in facts.analyses if a.decision == "aborted" and facts.within(a.at, TRIED_WITHIN)]
    return bool(aborted or drills_of(facts, "rollback", TRIED_WITHIN))


def _analysed(deployment: Deployment, analysis: Analysis | None) -> Finding:
    if analysis is None:
        return failed(deployment.ref, "no analysis of metrics decided it")
    by = analysis.by or "an analysis"
    return passed(
        deployment.ref, f"{by} {analysis.decision} it on {analysis.at:%Y-%m-%d}", see=(analysis.ref,)
    )


@probe(version=2)
def rollback_ready(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is a previous version ready, and was a rollback, real or drilled, done in a quarter of an hour?"""
    subject = system(facts)
    previous = next((old for v in facts.production if (old := incumbent(v, facts))), None)
    if previous is None:
        why = "no version was replaced yet, so there is none to go back to"
        return (unresolved(subject, BlindReason.NO_SAMPLE, why),)
    if previous.state != "READY":
        why = f"{previous.ref.label}, which it replaced, is {previous.state or 'gone'}, not ready"
        return (failed(subject, why, see=(previous.ref,)),)
    if previous.signature == "unreadable":
        why = f"the artifact of {previous.ref.label} could not be read"
        return (unresolved(subject, BlindReason.PERMISSION_DENIED, why, see=(previous.ref,)),)
    return (_way_back(facts, window, previous=previous),)


def _way_back(facts: SystemFacts, window: timedelta, *, previous: ModelVersion) -> Finding:
    """The quickest rollback of the window, real before drilled; a drill without proof is a person's word."""
    subject = system(facts)
    done = [e for e in facts.events if e.kind == "rolled_back" and facts.within(e.at, window)]
    timed = [(minutes, e) for e in done if (minutes := _minutes(e, facts)) is not None]
    drills = drills_of(facts, "rollback", window)
    if timed:
        minutes, event = min(timed, key=lambda pair: (pair[0], pair[1].ref.uid))
        if timedelta(minutes=minutes) <= BACK_WITHIN or not drills:
            took = f"its rollback on {event.at:%Y-%m-%d} took {minutes:.0f} minutes"
            good = timedelta(minutes=minutes) <= BACK_WITHIN
            return decided(subject, good, yes=took, no=took, see=(event.ref, previous.ref))
    if drills:
        best = min(drills, key=lambda d: (d.finished_at - d.started_at, not d.proofs))
        return drilled(subject, best, good=best.finished_at - best.started_at <= BACK_WITHIN)
    if done:
        why = "its last rollback does not tell how long it took"
        return unresolved(subject, BlindReason.NOT_SUPPORTED, why, see=(done[0].ref,))
    why = f"{previous.ref.label} is ready, but no rollback or drill was seen in {window.days} days"
    return failed(subject, why, see=(previous.ref,))


def _minutes(event: Happening, facts: SystemFacts) -> float | None:
    """How long a rollback took: as its event says, else from the start to the end of its report."""
    said = read.number(event.attrs, "minutes")
    if said is not None:
        return said
    report = next((d for d in facts.deployments if d.ref.uid == event.ref.uid), None)
    began = read.moment(event.attrs, "started_at") or (report.at if report and report.ended_at else None)
    if report is None or began is None:
        return None
    ended = event.at if "started_at" in event.attrs else report.ended_at
    return (ended - began).total_seconds() / 60 if ended and ended >= began else None
