"""Causes as plain documents, as they are kept with an assessment and given by the API, and back. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from evidence.records import Json
from maturity.causes import Cause, CauseKind, Change, Counts
from maturity.finding import Evidence, Verdict


def cause_document(cause: Cause) -> dict[str, Json]:
    """One cause; verdicts are null where the rubric did not ask."""
    return {
        "kind": cause.kind.value,
        "criterion": cause.criterion,
        "capability": cause.capability,
        "was": cause.was.value if cause.was else None,
        "now": cause.now.value if cause.now else None,
        "was_counts": asdict(cause.was_counts),
        "now_counts": asdict(cause.now_counts),
        "why": cause.why,
        "changes": [_change_document(change) for change in cause.changes],
        "more": cause.more,
    }


def _change_document(change: Change) -> dict[str, Json]:
    return {
        "subject": change.subject,
        "label": change.label,
        "was": change.was,
        "now": change.now,
        "appeared": change.appeared,
        "vanished": change.vanished,
        "evidence": [asdict(each) for each in change.evidence],
    }


def causes_of(documents: Iterable[Mapping[str, Json]]) -> tuple[Cause, ...]:
    """Kept documents back to causes."""
    return tuple(_cause(entry) for entry in documents)


def _cause(entry: Mapping[str, Json]) -> Cause:
    was, now = entry["was"], entry["now"]
    return Cause(
        kind=CauseKind(str(entry["kind"])),
        criterion=str(entry["criterion"]),
        capability=str(entry["capability"]),
        was=Verdict(str(was)) if was else None,
        now=Verdict(str(now)) if now else None,
        was_counts=_counts(entry["was_counts"]),
        now_counts=_counts(entry["now_counts"]),
        why=str(entry["why"]),
        changes=tuple(_change(each) for each in _mappings(entry["changes"])),
        more=_number(entry["more"]),
    )


def _change(entry: Mapping[str, Json]) -> Change:
    return Change(
        subject=str(entry["subject"]),
        label=str(entry["label"]),
        was=str(entry["was"]),
        now=str(entry["now"]),
        appeared=bool(entry["appeared"]),
        vanished=bool(entry["vanished"]),
        evidence=tuple(_evidence(each) for each in _mappings(entry["evidence"])),
    )


def _evidence(entry: Mapping[str, Json]) -> Evidence:
    node = entry["node_id"]
    return Evidence(
        label=str(entry["label"]),
        node_id=node if isinstance(node, int) else None,
        url=str(entry["url"]),
        kind=str(entry["kind"]),
    )


def _counts(entry: Json) -> Counts:
    told = entry if isinstance(entry, dict) else {}
    return Counts(**{name: _number(told.get(name)) for name in ("p", "u", "n")})


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _mappings(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
