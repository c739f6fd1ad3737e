"""Short ways to say a finding, shared by the probes."""

from collections.abc import Callable, Iterable, Mapping

from evidence.records import BlindReason, Json
from maturity.facts import ModelVersion, PipelineVersion, Ref, Run, SystemFacts
from maturity.finding import Evidence, Finding, Outcome, Strength


def system(facts: SystemFacts) -> Ref:
    """The system itself, as the subject of a question about the whole."""
    return Ref(uid=f"system:{facts.slug}", label=facts.name)


def passed(
    subject: Ref,
    message: str,
    *,
    strength: Strength = Strength.OBSERVED,
    see: tuple[Ref, ...] = (),
    values: Mapping[str, Json] | None = None,
) -> Finding:
    return Finding(
        subject.uid,
        subject.label,
        Outcome.PASS,
        message,
        strength=strength,
        values=values or {},
        evidence=_evidence(subject, see),
    )


def failed(
    subject: Ref, message: str, *, see: tuple[Ref, ...] = (), values: Mapping[str, Json] | None = None
) -> Finding:
    return Finding(
        subject.uid,
        subject.label,
        Outcome.FAIL,
        message,
        values=values or {},
        evidence=_evidence(subject, see),
    )


def unresolved(subject: Ref, reason: BlindReason, message: str, *, see: tuple[Ref, ...] = ()) -> Finding:
    return Finding(
        subject.uid,
        subject.label,
        Outcome.UNRESOLVED,
        message,
        reason=reason,
        evidence=_evidence(subject, see),
    )


def decided(
    subject: Ref,
    good: bool,
    *,
    yes: str,
    no: str,
    see: tuple[Ref, ...] = (),
    values: Mapping[str, Json] | None = None,
) -> Finding:
    """A plain yes or no from the source of record."""
    if good:
        return passed(subject, yes, see=see, values=values)
    return failed(subject, no, see=see, values=values)


def is_true(tag: Json) -> bool:
    """True for a tag that says true, in any spelling."""
    return str(tag).strip().lower() in {"true", "1", "yes"}


def unread(pipeline: PipelineVersion) -> Finding:
    """A pipeline version whose specification nobody could read."""
    why = "its specification could not be read"
    return unresolved(pipeline.ref, BlindReason.NOT_SUPPORTED, why)


def declared(facts: SystemFacts, signal: str, *, terms: frozenset[str] = frozenset()) -> str:
    """The first file of the system's repositories that proves a signal (one of its terms); "" if none."""
    found = [r.signals[signal] for r in facts.repositories if r.signals and signal in r.signals]
    proven = [
        s
        for s in found
        if s.present and (not terms or (isinstance(s.value, list) and terms & set(map(str, s.value))))
    ]
    return next((s.paths[0] if s.paths else "a file of its repository" for s in proven), "")


def means_of(facts: SystemFacts, probe: str, *, kind: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that the team mapped to a probe (approved), in their order."""
    mapped = [means for means in facts.means if (means.probe, means.kind) == (probe, kind)]
    return tuple(name for name in names if any(means.covers(name) for means in mapped))


def by_run(
    versions: Iterable[ModelVersion], judge: Callable[[ModelVersion, Run], Finding]
) -> tuple[Finding, ...]:
    """Judge versions by their runs; without one, say whether that is blindness or absence."""
    return tuple(judge(v, v.run) if v.run is not None else _without_run(v) for v in versions)


def _without_run(version: ModelVersion) -> Finding:
    if version.run_blind is not None:
        return unresolved(version.ref, version.run_blind, "its run could not be seen")
    return failed(version.ref, "it names no run")


def _evidence(subject: Ref, see: tuple[Ref, ...]) -> tuple[Evidence, ...]:
    refs = (subject, *see) if subject.node_id or subject.url else see
    unique = {ref.uid: ref.evidence() for ref in refs}
    return tuple(unique.values())
