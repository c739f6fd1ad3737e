"""Views made by hand, for the pure parts."""

from lineage.gaps import Gap, find_gaps
from lineage.subgraph import Direction, GraphEdge, GraphNode, Group, Subgraph


def a_node(key: int, kind: str, label: str = "", **fields: object) -> GraphNode:
    return GraphNode(id=key, uid=f"urn:x:{key}", kind=kind, label=label or f"{kind} {key}", **fields)  # type: ignore[arg-type]


def a_view(*, with_gap: bool = False) -> Subgraph:
    """commit 1 → run 2 ← dataset version 3, run 2 → model version 4 (focus) → deployment 5, 12 more runs."""
    nodes = (
        a_node(
            1, "commit", "9f3ab21", hop=-2, attrs={"sha": "9f3ab21" + 33 * "0", "subject": "Add features"}
        ),
        a_node(2, "run", "kite", hop=-1, state="FINISHED"),
        a_node(3, "dataset_version", "gold a8f3c1", hop=-2, attrs={"name": "gold", "digest": "a8f3c1"}),
        a_node(
            4, "model_version", "churn v3", attrs={"name": "churn", "version": "3", "aliases": ["champion"]}
        ),
        a_node(
            5, "deployment", "churn-api", hop=1, state="live", alerts=2, attrs={"environment": "production"}
        ),
    )
    edges = [
        GraphEdge(1, "code_of", 2, "run tag", "verified"),
        GraphEdge(3, "read_by", 2, "run input", "observed"),
        GraphEdge(2, "wrote", 4, "run output", "observed"),
        GraphEdge(4, "deployed_as", 5, "reported", "declared"),
    ]
    known = [edge for edge in edges if not (with_gap and edge.kind == "read_by")]
    return Subgraph(
        focus=4,
        nodes={node.id: node for node in nodes},
        edges=tuple(edges),
        groups=(Group(1, Direction.DOWN, "code_of", "run", shown=5, more=12, more_is_min=False),),
        known_inputs=frozenset((edge.dst, edge.kind) for edge in known),
        known_outputs=frozenset((edge.src, edge.kind) for edge in known),
    )


def gaps_of(view: Subgraph) -> tuple[Gap, ...]:
    return find_gaps(view)
