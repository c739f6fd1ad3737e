"""What in the store proves a drill. Pure: the same rules find a proof and check a chosen one."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maturity.facts import Deployment, Happening, Ref, Run, SystemFacts
from maturity.probes.deployment import BACK_WITHIN
from maturity.probes.reproducibility import agree, recipe, replayable
from maturity.probes.training import ANSWER_TIME, ANSWERS


@dataclass(frozen=True, slots=True)
class Proof:
    """Things of the store that show how an exercise ended; `said` tells it in one sentence."""

    passed: bool
    refs: tuple[Ref, ...]
    said: str
    at: datetime

    @property
    def nodes(self) -> tuple[int, ...]:
        """The ids of the nodes, each once."""
        return tuple(dict.fromkeys(ref.node_id for ref in self.refs if ref.node_id is not None))


def proofs(kind: str, facts: SystemFacts, *, since: datetime, timed: bool) -> tuple[Proof, ...]:
    """What proves a drill of this kind that began at `since`, the passed ones first.

    `timed`: the beginning was recorded when it happened, so that a duration may be counted from it.
    """
    found = sorted(_SHOWN[kind](facts, since, timed), key=lambda proof: proof.at)
    return tuple(sorted(found, key=lambda proof: not proof.passed))


def proven_by(
    chosen: Collection[int], kind: str, facts: SystemFacts, *, since: datetime, timed: bool
) -> Proof | None:
    """The proof that the chosen nodes (ids) make together; None where they make none."""
    runs = tuple(run for run in facts.runs if run.ref.node_id in chosen)
    shown = proofs(kind, replace(facts, runs=runs), since=since, timed=timed)
    return next((proof for proof in shown if set(chosen) <= set(proof.nodes)), None)


def _replays(facts: SystemFacts, since: datetime, timed: bool) -> Iterator[Proof]:
    """Of each finished run since then the earlier run that it repeats."""
    known: dict[tuple[object, ...], list[Run]] = {}
    for twin in sorted(filter(replayable, facts.runs), key=_started):
        earlier = known.setdefault(recipe(twin), [])
        if earlier and twin.started_at is not None and twin.started_at >= since:
            first = next((run for run in earlier if agree(run, twin)), earlier[-1])
            yield _replay(first, twin, at=twin.ended_at or twin.started_at)
        earlier.append(twin)


def _replay(first: Run, twin: Run, *, at: datetime) -> Proof:
    same = agree(first, twin)
    how = "and got the same metrics" if same else "but got other metrics"
    return Proof(same, (first.ref, twin.ref), f"{twin.ref.label} repeated {first.ref.label}, {how}.", at)


def _started(run: Run) -> tuple[bool, str, str]:
    return run.started_at is not None, run.started_at.isoformat() if run.started_at else "", run.ref.uid


def _rollbacks(facts: SystemFacts, since: datetime, timed: bool) -> Iterator[Proof]:
    """Reported rollbacks of production since then, and returns to an earlier revision."""
    ours = {d.ref.uid: d for d in facts.deployments if d.observed and d.environment == "production"}
    rollouts = sorted((e for e in facts.events if e.kind == "deployed"), key=lambda e: e.at)
    for event in facts.events:
        deployment = ours.get(event.ref.uid)
        if deployment is None or event.at < since:
            continue
        before = [e for e in rollouts if e.at < event.at and _same_place(ours.get(e.ref.uid), deployment)]
        began = since if timed else None
        if event.kind == "rolled_back":
            yield from _reported(event, deployment, before, began=began)
        elif event.kind == "deployed":
            yield from _returned(event, deployment, before, began=began)


def _same_place(one: Deployment | None, two: Deployment) -> bool:
    return one is not None and one.target == two.target


def _reported(
    event: Happening, deployment: Deployment, before: list[Happening], *, began: datetime | None
) -> Iterator[Proof]:
    """A rollback that its job reported as such."""
    own = [e.at for e in before if e.ref.uid == deployment.ref.uid][-1:]
    starts = [*own, *([began] if began else [])]
    if deployment.at is not None and deployment.ended_at == event.at:
        starts.append(deployment.at)
    if starts:
        said = f"{deployment.ref.label} was rolled back"
        yield _back(event, (deployment.ref,), event.at - max(starts), said=said)


def _returned(
    event: Happening, older: Deployment, before: list[Happening], *, began: datetime | None
) -> Iterator[Proof]:
    """The revision served before, then another one of its target did, and now it is back."""
    first = next((e.at for e in before if e.ref.uid == older.ref.uid), None)
    newer = [e for e in before if first and e.at > first and e.ref.uid != older.ref.uid][-1:]
    if newer:
        start = max(filter(None, (newer[0].at, began)))
        said = f"{older.ref.label} came back in place of {newer[0].ref.label}"
        yield _back(event, (newer[0].ref, older.ref), event.at - start, said=said)


def _back(event: Happening, refs: tuple[Ref, ...], took: timedelta, *, said: str) -> Proof:
    minutes = took.total_seconds() / 60
    return Proof(took <= BACK_WITHIN, refs, f"{said} within {minutes:.0f} minutes.", event.at)


def _drifts(facts: SystemFacts, since: datetime, timed: bool) -> Iterator[Proof]:
    """Alerts since then that were answered by a retraining or a decision."""
    for opened in facts.events:
        if opened.kind != "alert_opened" or opened.at < since:
            continue
        answer = min((e for e in facts.events if _answers(e, opened)), key=lambda e: e.at, default=None)
        if answer is not None:
            how = answer.kind.replace("_", " ")
            hours = (answer.at - opened.at).total_seconds() / 3600
            said = f"Alert {opened.attrs.get('alert')} was answered by {how} after {hours:.1f} hours."
            yield Proof(answer.at - opened.at <= ANSWER_TIME, (opened.ref, answer.ref), said, answer.at)


def _answers(event: Happening, opened: Happening) -> bool:
    same = str(event.attrs.get("alert")) == str(opened.attrs.get("alert"))
    return event.kind in ANSWERS and same and event.at >= opened.at


_SHOWN: dict[str, Callable[[SystemFacts, datetime, bool], Iterator[Proof]]] = {
    "replay": _replays,
    "rollback": _rollbacks,
    "drift": _drifts,
}
