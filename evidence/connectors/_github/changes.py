"""Merged changes as records: who agreed, what was checked, which files changed. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.connectors._github.place import Place
from evidence.connectors._github.workflows import commit_stub
from evidence.connectors._reading import integer_at, mapping, moment_at, text_at
from evidence.identity import commit_uid, is_sha
from evidence.records import BlindReason, EdgeKind, EdgeRecord, Json, NodeKind, NodeRecord, Record

WORDS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""States of a review that say yes or no; a comment takes back neither."""
STATUSES = {"success": "success", "failure": "failure", "error": "failure", "pending": ""}
GHOST = "a deleted account"
TEXT = 200


@dataclass(frozen=True, slots=True)
class Detail:
    """What was read about one change; None where it could not be, and then why.

    `workflows`: name and file of a workflow by the id of its check suite.
    """

    files: list[dict[str, Json]] | None = None
    files_cut: bool = False
    reviews: list[dict[str, Json]] | None = None
    checks: list[dict[str, Json]] | None = None
    statuses: list[dict[str, Json]] | None = None
    workflows: Mapping[int, tuple[str, str]] | None = None
    blind: BlindReason | None = None


def number_of(payload: Json) -> int:
    return integer_at(payload, "number") or 0


def head_of(payload: Json) -> str:
    """The last commit of the change before the merge."""
    return text_at(mapping(payload, "head"), "sha").lower()


def change_records(payload: Json, detail: Detail, *, place: Place) -> tuple[Record, ...]:
    """The change, and the commit it was merged as."""
    number, merged = number_of(payload), moment_at(payload, "merged_at")
    merge_commit = text_at(payload, "merge_commit_sha").lower()
    node = NodeRecord(
        kind=NodeKind.PULL_REQUEST,
        uid=place.uid(NodeKind.PULL_REQUEST, str(number)),
        label=f"#{number} {text_at(payload, 'title')}"[:TEXT],
        url=text_at(payload, "html_url"),
        state="merged",
        started_at=moment_at(payload, "created_at"),
        ended_at=merged,
        attrs={
            "repository": place.repository,
            "number": number,
            "author": _login(payload),
            "head": head_of(payload),
            "base": text_at(mapping(payload, "base"), "ref"),
            "merge_commit": merge_commit,
            "paths": None if detail.files is None else list(_paths(detail.files)),
            "paths_cut": detail.files_cut,
            "approved_by": _approvers(detail.reviews, author=_login(payload), before=merged),
            "checks": _checks(detail),
            "checks_cut": detail.checks is None or detail.statuses is None,
            "blind": detail.blind.value if detail.blind else "",
        },
        scopes=place.scopes,
    )
    if not is_sha(merge_commit):
        return (node,)
    edge = EdgeRecord(node.uid, EdgeKind.MERGED_AS, commit_uid(merge_commit), "merge_commit_sha")
    return node, commit_stub(merge_commit), edge


def _paths(files: Iterable[Json]) -> dict[str, None]:
    """Old and new names, once each, in order."""
    names = (text_at(file, key) for file in files for key in ("filename", "previous_filename"))
    return {name: None for name in names if name}


def _approvers(reviews: list[dict[str, Json]] | None, *, author: str, before: datetime | None) -> Json:
    """Logins of others whose last word before the merge was yes; None where no review could be read."""
    if reviews is None:
        return None
    last: dict[str, str] = {}
    for review in reviews:
        at = moment_at(review, "submitted_at")
        if text_at(review, "state") in WORDS and at is not None and (before is None or at <= before):
            last[_login(review) or GHOST] = text_at(review, "state")
    return [name for name, word in sorted(last.items()) if word == "APPROVED" and name != author]


def _login(payload: Json) -> str:
    return text_at(mapping(payload, "user"), "login")


def _checks(detail: Detail) -> Json:
    """Checks, then the statuses that other systems reported; None where neither could be read."""
    if detail.checks is None and detail.statuses is None:
        return None
    workflows = detail.workflows or {}
    found: list[Json] = [_check(check, workflows) for check in detail.checks or ()]
    return found + [_status(status) for status in detail.statuses or ()]


def _check(check: Json, workflows: Mapping[int, tuple[str, str]]) -> Json:
    suite = integer_at(mapping(check, "check_suite"), "id") or 0
    workflow, path = workflows.get(suite, ("", ""))
    return {
        "name": text_at(check, "name")[:TEXT],
        "conclusion": text_at(check, "conclusion"),
        "workflow": workflow[:TEXT],
        "path": path,
        "url": text_at(check, "html_url"),
    }


def _status(status: Json) -> Json:
    return {
        "name": text_at(status, "context")[:TEXT],
        "conclusion": STATUSES.get(text_at(status, "state"), ""),
        "workflow": "",
        "path": "",
        "url": text_at(status, "target_url"),
    }
