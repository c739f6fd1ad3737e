"""A view as GraphML, for Gephi, yEd and other graph programs."""

import re

import networkx as nx

from lineage.subgraph import Subgraph

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def write(view: Subgraph) -> str:
    """Nodes by id with kind, label, uid, state and address; edges from cause to effect."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in view.nodes.values():
        values = {
            "kind": node.kind,
            "label": node.label,
            "uid": node.uid,
            "state": node.state,
            "url": node.url,
        }
        graph.add_node(
            str(node.id), **{key: NO_XML.sub("", str(value)) for key, value in values.items()}, hop=node.hop
        )
    for edge in view.edges:
        cause, effect = edge.ends
        method = NO_XML.sub("", edge.method)
        graph.add_edge(
            str(cause), str(effect), kind=str(edge.kind), method=method, confidence=str(edge.confidence)
        )
    return "\n".join(nx.generate_graphml(graph)) + "\n"
