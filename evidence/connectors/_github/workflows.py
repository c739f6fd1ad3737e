"""Runs of workflows as records, with their jobs. Pure."""

from datetime import datetime

from evidence.connectors._github.place import Place
from evidence.connectors._reading import integer_at, moment_at, text_at
from evidence.identity import commit_uid, is_sha
from evidence.records import EdgeKind, EdgeRecord, Json, NodeKind, NodeRecord, Record

TEXT = 200


def run_id(payload: Json) -> int:
    return integer_at(payload, "id") or 0


def is_of_a_change(payload: Json) -> bool:
    """Started by a pull request: its checks stand at the change."""
    return text_at(payload, "event").startswith("pull_request")


def is_open(payload: Json) -> bool:
    return text_at(payload, "status") != "completed"


def workflow_of(payload: Json) -> tuple[str, str]:
    """Name and file of the workflow; a required one of elsewhere carries its branch behind an @."""
    return text_at(payload, "name"), text_at(payload, "path").partition("@")[0]


def run_records(
    payload: Json, jobs: list[dict[str, Json]] | None, *, place: Place, branch: str
) -> tuple[Record, ...]:
    """A run, and its commit where that is on `branch`; `jobs` is None where they could not be read."""
    name, path = workflow_of(payload)
    head = text_at(payload, "head_sha").lower()
    node = NodeRecord(
        kind=NodeKind.WORKFLOW_RUN,
        uid=place.uid(NodeKind.WORKFLOW_RUN, str(run_id(payload))),
        label=f"{name or path} #{integer_at(payload, 'run_number') or 0}"[:TEXT],
        url=text_at(payload, "html_url"),
        state=text_at(payload, "conclusion") or text_at(payload, "status"),
        started_at=moment_at(payload, "run_started_at") or moment_at(payload, "created_at"),
        ended_at=None if is_open(payload) else moment_at(payload, "updated_at"),
        attrs={
            "repository": place.repository,
            "name": name[:TEXT],
            "path": path,
            "event": text_at(payload, "event"),
            "head": head,
            "branch": text_at(payload, "head_branch"),
            "attempt": integer_at(payload, "run_attempt"),
            "conclusion": text_at(payload, "conclusion"),
            "jobs": None if jobs is None else [_job(job) for job in jobs],
        },
        scopes=place.scopes,
    )
    if not is_sha(head) or text_at(payload, "head_branch") != branch:
        return (node,)
    edge = EdgeRecord(commit_uid(head), EdgeKind.CODE_OF, node.uid, "head_sha of the CI run")
    return node, commit_stub(head), edge


def commit_stub(sha: str) -> NodeRecord:
    """The commit, if Git has not shown it yet."""
    return NodeRecord(NodeKind.COMMIT, commit_uid(sha), sha[:12], attrs={"sha": sha}, stub=True)


def _job(job: Json) -> Json:
    return {
        "name": text_at(job, "name")[:TEXT],
        "conclusion": text_at(job, "conclusion"),
        "started_at": _iso(moment_at(job, "started_at")),
        "ended_at": _iso(moment_at(job, "completed_at")),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
