"""A view in the terms of W3C PROV (PROV-DM, written as PROV-JSON).

Runs, pipeline runs and deployments are activities, everything else is an entity.
"""

from collections.abc import Callable

from prov.model import ProvDocument

from evidence.records import EdgeKind, NodeKind
from lineage.subgraph import GraphEdge, GraphNode, Subgraph

ACTIVITIES = frozenset({NodeKind.RUN, NodeKind.PIPELINE_RUN, NodeKind.DEPLOYMENT})
NAMESPACE = "urn:rashinban:"


def write(view: Subgraph) -> str:
    """The view as a PROV-JSON document."""
    document = ProvDocument()
    document.add_namespace("rb", NAMESPACE)
    for node in view.nodes.values():
        _describe(document, node)
    for edge in view.edges:
        _relate(document, edge, view)
    return str(document.serialize(indent=2))


def _describe(document: ProvDocument, node: GraphNode) -> None:
    about = {"prov:type": node.kind, "prov:label": node.label}
    about |= {"prov:location": node.url} if node.url else {}
    if node.kind in ACTIVITIES:
        document.activity(_name(node), node.started_at, node.ended_at, about)
    else:
        document.entity(_name(node), about)


def _name(node: GraphNode) -> str:
    return f"rb:{node.uid.removeprefix(NAMESPACE)}"


def _relate(document: ProvDocument, edge: GraphEdge, view: Subgraph) -> None:
    cause, effect = (view.nodes[end] for end in edge.ends)
    if edge.kind == EdgeKind.VERSION_OF:
        document.specialization(_name(effect), _name(cause))
    elif edge.kind == EdgeKind.CONTAINS:
        document.membership(_name(cause), _name(effect))
    else:
        relate = _RELATIONS[cause.kind in ACTIVITIES, effect.kind in ACTIVITIES]
        relate(document, _name(cause), _name(effect))


_RELATIONS: dict[tuple[bool, bool], Callable[[ProvDocument, str, str], object]] = {
    (False, True): lambda document, cause, effect: document.used(effect, cause),
    (True, False): lambda document, cause, effect: document.wasGeneratedBy(effect, cause),
    (False, False): lambda document, cause, effect: document.wasDerivedFrom(effect, cause),
    (True, True): lambda document, cause, effect: document.wasInformedBy(effect, cause),
}
"""By whether cause and effect are activities."""
