"""What keeps a criterion from being judged at all: absent, failing or stale sources. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.records import BlindReason
from maturity.facts import SourceHealth, SystemFacts
from maturity.rubric import Need, Rubric

NAMES = {
    "mlflow": "MLflow",
    "kfp": "Kubeflow Pipelines",
    "git": "Git",
    "ci": "code host",
    "deployments": "deployment report",
    "rollouts": "rollout controller",
    "reconciler": "GitOps controller",
    "channels": "alert channel",
    "feast": "feature store",
    "metrics": "metrics source",
}


@dataclass(frozen=True, slots=True)
class Blinded:
    reason: BlindReason
    why: str


def blindness(needs: Sequence[Need], facts: SystemFacts, *, rubric: Rubric) -> Blinded | None:
    """Why the criterion cannot be judged now, or None when everything it needs was read in time.

    Every connected source of a needed kind must be fresh: what a dark one would have said may be
    the very fact that decides.
    """
    for need in needs:
        sources = [source for source in facts.sources if source.kind == need.kind]
        if not sources:
            name = NAMES.get(need.kind, need.kind)
            return Blinded(BlindReason.SOURCE_NOT_CONNECTED, f"No {name} gives evidence for this system.")
        for source in sources:
            found = _source(source, need=need, now=facts.now, rubric=rubric)
            if found:
                return found
    return None


def _source(source: SourceHealth, *, need: Need, now: datetime, rubric: Rubric) -> Blinded | None:
    if source.seen_at is None:
        why = source.why or "It was not read yet."
        return Blinded(source.reason or BlindReason.COLLECTOR_FAILED, f"{source.name} was never read. {why}")
    if now - source.seen_at > rubric.ttl_of(source.kind):
        hours = rubric.ttl_of(source.kind).total_seconds() / 3600
        why = (
            f"{source.name} was last read at {source.seen_at:%Y-%m-%d %H:%M} UTC, over {hours:.0f} hours ago."
        )
        return Blinded(BlindReason.STALE, f"{why} {source.why}".strip())
    for blind in source.blind:
        if need.part and blind.scope == need.part:
            return Blinded(blind.reason, f"{source.name} could not show its {need.part}: {blind.why}")
    return None


def evidence_at(facts: SystemFacts) -> datetime | None:
    """The moment of which everything is known: the oldest of the sources' newest good syncs."""
    return min((source.seen_at for source in facts.sources if source.seen_at), default=None)
