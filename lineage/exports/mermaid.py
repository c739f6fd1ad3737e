"""A view as a Mermaid flowchart, for Markdown pages."""

from lineage.subgraph import GraphEdge, GraphNode, Subgraph

ENTITIES = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;"}
"""Mermaid writes characters that mean something to it as #name; or #code;."""


def write(view: Subgraph) -> str:
    """From left to right; a side edge is dotted."""
    lines = ["flowchart LR"]
    lines += [f'  n{node.id}["{_text(node)}"]' for node in view.nodes.values()]
    lines += [f"  {_arrow(edge)}" for edge in view.edges]
    return "\n".join([*lines, f"  style n{view.focus} stroke-width:3px", ""])


def _text(node: GraphNode) -> str:
    words = " ".join(f"{node.kind.replace('_', ' ')}: {node.label}".split())
    return "".join(ENTITIES.get(letter, letter) for letter in words)


def _arrow(edge: GraphEdge) -> str:
    cause, effect = edge.ends
    line = "-.->" if edge.is_side else "-->"
    return f"n{cause} {line}|{edge.kind.replace('_', ' ')}| n{effect}"
