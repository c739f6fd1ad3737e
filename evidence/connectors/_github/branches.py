"""The default branch as a record: is it protected, and what does it ask of a change? Pure."""

from datetime import datetime

from evidence.connectors._github.place import Place
from evidence.connectors._reading import integer_at, mapping, mappings_at, text_at, texts_at
from evidence.records import EdgeKind, EdgeRecord, Json, NodeKind, NodeRecord, Record

GUARDS = frozenset({"pull_request", "required_status_checks", "update", "merge_queue"})
"""Rules that keep somebody from simply pushing."""


def branch_records(
    name: str,
    *,
    seen: Json,
    rules: list[dict[str, Json]] | None,
    protection: Json,
    history_from: datetime,
    place: Place,
) -> tuple[Record, ...]:
    """`seen` is the branch as everybody sees it, `protection` its settings; None where not readable.

    A branch is unprotected only when its rules could be read and hold none that guards it.
    """
    guards = [rule for rule in rules or () if text_at(rule, "type") in GUARDS]
    flag = mapping(seen).get("protected")
    known = isinstance(flag, bool) and rules is not None
    node = NodeRecord(
        kind=NodeKind.BRANCH,
        uid=place.uid(NodeKind.BRANCH, name),
        label=f"{place.name} {name}",
        url=f"{place.url}/tree/{name}",
        attrs={
            "repository": place.repository,
            "name": name,
            "protected": True if flag is True or guards else False if known else None,
            "approvals_required": _approvals(guards, protection),
            "checks_required": _checks(guards, protection),
            "history_from": history_from.isoformat(),
        },
        scopes=place.scopes,
    )
    repository = NodeRecord(NodeKind.REPOSITORY, place.repository, place.name, stub=True, scopes=place.scopes)
    edge = EdgeRecord(place.repository, EdgeKind.CONTAINS, node.uid, "default branch")
    return repository, node, edge


def _approvals(guards: list[dict[str, Json]], protection: Json) -> int | None:
    """The most that any rule asks for; None where only an administrator's token would tell."""
    asked = [
        integer_at(mapping(rule, "parameters"), "required_approving_review_count") or 0
        for rule in guards
        if text_at(rule, "type") == "pull_request"
    ]
    if isinstance(protection, dict):
        settings = mapping(protection, "required_pull_request_reviews")
        asked.append(integer_at(settings, "required_approving_review_count") or 0)
    return max(asked, default=None)


def _checks(guards: list[dict[str, Json]], protection: Json) -> Json:
    """Names of the checks that have to succeed before a merge."""
    ruled = [
        text_at(check, "context")
        for rule in guards
        for check in mappings_at(mapping(rule, "parameters"), "required_status_checks")
    ]
    set_up = texts_at(mapping(protection, "required_status_checks"), "contexts")
    return sorted({*ruled, *set_up} - {""})  # type: ignore[return-value]
