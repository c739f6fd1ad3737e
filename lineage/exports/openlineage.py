"""The runs of a view as OpenLineage events (spec 2-0-2), one JSON object a line.

Datasets and models that a run read are its inputs, what it wrote its outputs; a commit becomes the
job's source code location.
"""

import json
import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from evidence.records import EdgeKind, NodeKind
from lineage.subgraph import GraphNode, Subgraph

PRODUCER = "urn:rashinban"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
VERSION_FACET = "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json"
CODE_FACET = "https://openlineage.io/spec/facets/1-0-1/SourceCodeLocationJobFacet.json"
RUNS = (NodeKind.RUN, NodeKind.PIPELINE_RUN)
STATES = {
    "FINISHED": "COMPLETE",
    "SUCCEEDED": "COMPLETE",
    "FAILED": "FAIL",
    "KILLED": "ABORT",
    "CANCELED": "ABORT",
}
HEX32 = re.compile(r"[0-9a-f]{32}\Z")


def write(view: Subgraph) -> str:
    """One event for each run whose time is known; an event cannot be without one."""
    events = (_event(node, view) for node in view.nodes.values() if node.kind in RUNS and _moment(node))
    return "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in events)


def _event(node: GraphNode, view: Subgraph) -> dict[str, object]:
    return {
        "eventType": STATES.get(node.state, "RUNNING" if node.ended_at is None else "OTHER"),
        "eventTime": _moment(node),
        "run": {"runId": _run_id(node), "facets": {}},
        "job": {"namespace": node.source or "rashinban", "name": node.label, "facets": _code(node, view)},
        "inputs": [_dataset(each) for each in _neighbours(node, view, inputs=True)],
        "outputs": [_dataset(each) for each in _neighbours(node, view, inputs=False)],
        "producer": PRODUCER,
        "schemaURL": SPEC,
    }


def _moment(node: GraphNode) -> str:
    at = node.ended_at or node.started_at
    return at.isoformat() if at else ""


def _run_id(node: GraphNode) -> str:
    """MLflow's 32 hex digits and KFP's UUIDs are UUIDs; others get one of their own, always the same."""
    tail = node.uid.rsplit(":", 1)[-1].replace("-", "")
    return str(uuid.UUID(tail) if HEX32.match(tail) else uuid.uuid5(uuid.NAMESPACE_URL, node.uid))


def _neighbours(node: GraphNode, view: Subgraph, *, inputs: bool) -> Iterator[GraphNode]:
    kinds = (EdgeKind.READ_BY, EdgeKind.EVALUATED_BY) if inputs else (EdgeKind.WROTE,)
    for edge in view.edges:
        cause, effect = edge.ends
        if edge.kind in kinds and node.id == (effect if inputs else cause):
            yield view.nodes[cause if inputs else effect]


def _dataset(node: GraphNode) -> dict[str, object]:
    """A name by OpenLineage's naming rules: scheme and authority are the namespace, the path the name."""
    parts = urlsplit(str(node.attrs.get("source") or ""))
    namespace = (
        f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else node.source or "rashinban"
    )
    name = parts.path.strip("/") if parts.scheme and parts.netloc else node.label
    digest = node.attrs.get("version") or node.attrs.get("digest")
    facets = {"version": {"_producer": PRODUCER, "_schemaURL": VERSION_FACET, "datasetVersion": str(digest)}}
    return {"namespace": namespace, "name": name, "facets": facets if digest else {}}


def _code(node: GraphNode, view: Subgraph) -> dict[str, object]:
    """The source code location facet, where a commit and its repository's address are in the view."""
    for edge in view.edges:
        cause, effect = edge.ends
        if effect == node.id and edge.kind == EdgeKind.CODE_OF:
            commit = view.nodes[cause]
            sha = str(commit.attrs.get("sha") or commit.label)
            url = commit.url or f"urn:git:{sha}"
            location = {"type": "git", "url": url, "version": sha}
            return {"sourceCodeLocation": {"_producer": PRODUCER, "_schemaURL": CODE_FACET, **location}}
    return {}
