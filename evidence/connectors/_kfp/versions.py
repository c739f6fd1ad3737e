"""Pipelines and their versions as records, from a server's answer or from a compiled file in Git. Pure."""

import re

from evidence.connectors._kfp import ir
from evidence.connectors._kfp.server import Server
from evidence.connectors._reading import mapping, moment_at, text_at
from evidence.identity import commit_uid, is_sha, repository_key, uid
from evidence.records import (
    Blindness,
    BlindReason,
    Confidence,
    EdgeKind,
    EdgeRecord,
    Json,
    NodeKind,
    NodeRecord,
    Record,
    Scope,
)

COMMIT_TAGS = ("git_commit", "git_sha")
SHA_IN_URL = re.compile(r"(?:^|[/@#=])([0-9a-f]{64}|[0-9a-f]{40})(?=$|[/?#&])", re.IGNORECASE)


def pipeline_record(payload: Json, *, server: Server) -> NodeRecord:
    """A pipeline of the server."""
    identifier, name = text_at(payload, "pipeline_id"), display_name(payload)
    return NodeRecord(
        kind=NodeKind.PIPELINE,
        uid=server.pipeline(identifier),
        label=name,
        url=server.pipeline_link(identifier),
        started_at=moment_at(payload, "created_at"),
        attrs={"pipeline_id": identifier, "name": name, "description": text_at(payload, "description")},
        scopes=(Scope("pipeline", name),),
    )


def version_records(payload: Json, *, pipeline_name: str, server: Server) -> tuple[Record, ...]:
    """A pipeline version, its pipeline, and the commit it says it was compiled from."""
    pipeline, identifier = text_at(payload, "pipeline_id"), text_at(payload, "pipeline_version_id")
    name, created = display_name(payload), moment_at(payload, "created_at")
    node = NodeRecord(
        kind=NodeKind.PIPELINE_VERSION,
        uid=server.version(identifier),
        label=f"{pipeline_name} {name}" if name != pipeline_name else name,
        url=server.version_link(pipeline, identifier),
        started_at=created,
        attrs={
            "pipeline_id": pipeline,
            "pipeline_version_id": identifier,
            "name": name,
            "created_at": created.isoformat() if created else None,
            "code_source_url": text_at(payload, "code_source_url"),
            "tags": mapping(payload, "tags"),
            **spec_attrs(mapping(payload).get("pipeline_spec")),
        },
        scopes=(Scope("pipeline", pipeline_name),),
    )
    parent = EdgeRecord(
        node.uid, EdgeKind.VERSION_OF, server.pipeline(pipeline), "pipeline_id of the version"
    )
    return node, parent, *_code_of(payload, version=node.uid)


def records_from_ir(
    text: str, *, repository: str, path: str, commit: str, scopes: tuple[Scope, ...]
) -> tuple[Record, ...]:
    """A compiled pipeline found at `path` of a repository at a commit (full SHA).

    Raises ir.IrError, whose message is a whole sentence, when the text is no compiled pipeline.
    """
    spec = ir.load(text)
    digest = ir.digest(spec)
    node = NodeRecord(
        kind=NodeKind.PIPELINE_VERSION,
        uid=uid("pipeline_version", "git", repository_key(repository), path, digest),
        label=f"{ir.name_of(spec) or path} ({path})",
        attrs={
            "pipeline_id": "",
            "pipeline_version_id": "",
            "name": ir.name_of(spec),
            "created_at": None,
            "code_source_url": "",
            "tags": {},
            "repository": repository,
            "path": path,
            "commit": commit,
            "ir": ir.describe(spec),
            "spec_sha256": digest,
        },
        scopes=scopes,
    )
    edge = EdgeRecord(
        commit_uid(commit), EdgeKind.CODE_OF, node.uid, f"the compiled file {path} lies in the commit"
    )
    return _commit_stub(commit), node, edge


def spec_attrs(value: Json) -> dict[str, Json]:
    """`ir` and `spec_sha256` of a spec in an answer; null where there is none that can be read."""
    try:
        spec = ir.spec_of(value)
        return {"ir": ir.describe(spec), "spec_sha256": ir.digest(spec)}
    except ir.IrError:
        return {"ir": None, "spec_sha256": None}


def unread_spec(payload: Json, *, pipeline_name: str) -> Blindness | None:
    """Why the spec of a version could not be read; None where it could."""
    try:
        ir.spec_of(mapping(payload).get("pipeline_spec"))
    except ir.IrError as error:
        name = display_name(payload)
        return Blindness(
            what=f"The compiled pipeline of {pipeline_name}, version {name}, was not read.",
            reason=BlindReason.COLLECTOR_FAILED,
            why=str(error),
            remedy="Compile the pipeline with the KFP v2 SDK and upload it as a new version.",
            scope=f"ir:{text_at(payload, 'pipeline_version_id')}",
        )
    return None


def commit_of(payload: Json) -> tuple[str, str] | None:
    """The full SHA a version names, and in which field; short SHAs prove nothing."""
    for tag in COMMIT_TAGS:
        value = text_at(mapping(payload, "tags"), tag).strip()
        if is_sha(value):
            return value.lower(), f"tag {tag} of the pipeline version"
    found = SHA_IN_URL.search(text_at(payload, "code_source_url").strip())
    return (found[1].lower(), "code_source_url of the pipeline version") if found else None


def display_name(payload: Json) -> str:
    """What people call the thing."""
    return text_at(payload, "display_name") or text_at(payload, "name")


def _code_of(payload: Json, *, version: str) -> tuple[Record, ...]:
    named = commit_of(payload)
    if named is None:
        return ()
    sha, method = named
    edge = EdgeRecord(commit_uid(sha), EdgeKind.CODE_OF, version, method, Confidence.DECLARED)
    return _commit_stub(sha), edge


def _commit_stub(sha: str) -> NodeRecord:
    return NodeRecord(
        kind=NodeKind.COMMIT, uid=commit_uid(sha), label=sha[:12], attrs={"sha": sha}, stub=True
    )
