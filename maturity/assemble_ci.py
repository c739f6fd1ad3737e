"""What the code host and its CI show, from rows to facts. Pure."""

from collections.abc import Iterable
from typing import TypeVar

from evidence.records import Attrs, BlindReason, Json, NodeKind
from maturity import attrs as read
from maturity.assemble_runs import newest
from maturity.facts import Branch, BuiltImage, CheckRun, Job, PullRequest, WorkflowRun
from maturity.graph_rows import NodeRow, Rows

REVISIONS = "revisions"
Item = TypeVar("Item")


def branches(rows: Rows) -> tuple[Branch, ...]:
    return tuple(_branch(node) for node in rows.of(NodeKind.BRANCH))


def pull_requests(rows: Rows) -> tuple[PullRequest, ...]:
    """Merged changes, newest first."""
    return tuple(_pull_request(node) for node in _newest_end(rows.of(NodeKind.PULL_REQUEST)))


def workflow_runs(rows: Rows) -> tuple[WorkflowRun, ...]:
    """Runs of workflows, newest first."""
    return tuple(_workflow_run(node) for node in newest(rows.of(NodeKind.WORKFLOW_RUN)))


def images(rows: Rows) -> tuple[BuiltImage, ...]:
    """Images that a registry shows; one that only a deployment names tells nothing of its commit."""
    shown = (node for node in rows.of(NodeKind.IMAGE) if REVISIONS in node.attrs)
    return tuple(BuiltImage(node.ref, revisions=read.texts(node.attrs, REVISIONS)) for node in shown)


def _newest_end(nodes: Iterable[NodeRow]) -> list[NodeRow]:
    """What ended last comes first; what has not ended comes last."""
    found = sorted(nodes, key=lambda n: n.uid)
    return sorted(found, key=lambda n: n.ended_at.timestamp() if n.ended_at else 0.0, reverse=True)


def _branch(node: NodeRow) -> Branch:
    required = read.number(node.attrs, "approvals_required")
    return Branch(
        ref=node.ref,
        repository=read.text(node.attrs, "repository"),
        protected=read.flag(node.attrs, "protected"),
        approvals_required=None if required is None else int(required),
        history_from=read.moment(node.attrs, "history_from"),
    )


def _pull_request(node: NodeRow) -> PullRequest:
    attrs = node.attrs
    return PullRequest(
        ref=node.ref,
        repository=read.text(attrs, "repository"),
        number=int(read.number(attrs, "number") or 0),
        author=read.text(attrs, "author"),
        merged_at=node.ended_at,
        head=read.text(attrs, "head"),
        merge_commit=read.text(attrs, "merge_commit"),
        paths=_known(attrs.get("paths"), read.texts(attrs, "paths")),
        paths_cut=read.flag(attrs, "paths_cut") is True,
        approved_by=_known(attrs.get("approved_by"), read.texts(attrs, "approved_by")),
        checks=_known(attrs.get("checks"), tuple(_check(each) for each in read.entries(attrs, "checks"))),
        checks_cut=read.flag(attrs, "checks_cut") is True,
        blind=_reason(read.text(attrs, "blind")),
    )


def _workflow_run(node: NodeRow) -> WorkflowRun:
    attrs = node.attrs
    return WorkflowRun(
        ref=node.ref,
        repository=read.text(attrs, "repository"),
        name=read.text(attrs, "name"),
        path=read.text(attrs, "path"),
        event=read.text(attrs, "event"),
        head=read.text(attrs, "head"),
        conclusion=read.text(attrs, "conclusion"),
        started_at=node.started_at,
        ended_at=node.ended_at,
        jobs=_known(attrs.get("jobs"), tuple(_job(each) for each in read.entries(attrs, "jobs"))),
    )


def _known(value: Json, found: tuple[Item, ...]) -> tuple[Item, ...] | None:
    """None where the connector says that it could not read the list."""
    return found if isinstance(value, list) else None


def _check(entry: Attrs) -> CheckRun:
    return CheckRun(
        name=read.text(entry, "name"),
        conclusion=read.text(entry, "conclusion"),
        workflow=read.text(entry, "workflow"),
        path=read.text(entry, "path"),
        url=read.text(entry, "url"),
    )


def _job(entry: Attrs) -> Job:
    return Job(
        name=read.text(entry, "name"),
        conclusion=read.text(entry, "conclusion"),
        started_at=read.moment(entry, "started_at"),
        ended_at=read.moment(entry, "ended_at"),
    )


def _reason(code: str) -> BlindReason:
    return BlindReason(code) if code in set(BlindReason) else BlindReason.COLLECTOR_FAILED
