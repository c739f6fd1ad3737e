"""Changes of production: what began to serve when, who approved it, and what it replaced. Pure."""

from datetime import timedelta

from maturity import attrs as read
from maturity.facts import Happening, ModelVersion, SystemFacts

APPROVALS = frozenset({"approved", "alias_moved", "stage_moved"})
PRODUCTION_ALIASES = frozenset({"champion", "production", "prod"})
"""Moving one of these approves a version; moving another says nothing about production."""


def production_changes(facts: SystemFacts, window: timedelta) -> list[Happening]:
    """The event with which each revision began to serve production, where that lies in the window."""
    ours = {d.ref.uid for d in facts.deployments if d.observed and d.environment == "production"}
    changes = [e for e in facts.events if e.kind == "deployed" and e.ref.uid in ours and _went_well(e)]
    first = {e.ref.uid: e for e in sorted(changes, key=lambda e: e.at, reverse=True)}
    return [change for change in first.values() if facts.within(change.at, window)]


def _went_well(event: Happening) -> bool:
    return event.attrs.get("status", "succeeded") == "succeeded"


def approvals_of(change: Happening, facts: SystemFacts) -> list[Happening]:
    """Approvals of the version that the change put into production, at most at its moment.

    One that was noticed only when the registry was read (`after` tells since when it may have been
    there) counts if it may have been there.
    """
    version = next((d.version_uid for d in facts.deployments if d.ref.uid == change.ref.uid), "")
    subjects = {version, change.ref.uid} - {""}
    model = {v.model for v in facts.versions if v.ref.uid == version}
    numbers = {v.version for v in facts.versions if v.ref.uid == version}
    return [
        e
        for e in facts.events
        if e.kind in APPROVALS
        and e.attrs.get("alias", "champion") in PRODUCTION_ALIASES
        and (read.moment(e.attrs, "after") or e.at) <= change.at
        and (e.ref.uid in subjects or (e.ref.label in model and str(e.attrs.get("to")) in numbers))
    ]


def promoted(facts: SystemFacts, window: timedelta) -> tuple[ModelVersion, ...]:
    """The production versions, and those that began to serve production in the window."""
    changed = {change.ref.uid for change in production_changes(facts, window)}
    began = {d.version_uid for d in facts.deployments if d.ref.uid in changed}
    ours = {version.ref.uid for version in facts.production}
    return tuple(version for version in facts.versions if version.ref.uid in ours | began)


def incumbent(version: ModelVersion, facts: SystemFacts) -> ModelVersion | None:
    """The version that served production before it: by reports, by the alias it took over, else by age."""
    before = _deployed_before(version, facts) or _alias_before(version, facts)
    known = next((v for v in facts.versions if v.ref.uid == before), None)
    return known or predecessor(version, facts)


def _deployed_before(version: ModelVersion, facts: SystemFacts) -> str:
    """The uid of the version that the same target served just before."""
    ours = [d for d in facts.deployments if d.observed and d.environment == "production" and d.at]
    began = {d.target: d.at for d in ours if d.version_uid == version.ref.uid}
    earlier = [
        d
        for d in ours
        if d.version_uid not in ("", version.ref.uid)
        and d.at is not None
        and (since := began.get(d.target)) is not None
        and d.at < since
    ]
    return max(earlier, key=lambda d: (d.at, d.ref.uid)).version_uid if earlier else ""


def _alias_before(version: ModelVersion, facts: SystemFacts) -> str:
    """The uid of the version that an alias of production left for this one, at its newest move."""
    moves = [
        e
        for e in facts.events
        if e.kind == "alias_moved"
        and e.attrs.get("alias") in PRODUCTION_ALIASES
        and e.ref.label == version.model
        and str(e.attrs.get("to")) == version.version
        and e.attrs.get("from")
    ]
    if not moves:
        return ""
    left = str(max(moves, key=lambda e: e.at).attrs["from"])
    return next((v.ref.uid for v in facts.versions if (v.model, v.version) == (version.model, left)), "")


def predecessor(version: ModelVersion, facts: SystemFacts) -> ModelVersion | None:
    """The ready version of the same model made just before."""
    before = [
        v
        for v in facts.versions
        if v.model == version.model
        and v.state == "READY"
        and v.created_at
        and version.created_at
        and v.created_at < version.created_at
    ]
    return max(before, key=lambda v: (v.created_at, v.version), default=None)
