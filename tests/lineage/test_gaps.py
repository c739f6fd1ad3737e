"""Missing hops: found where they are missing, and only there."""

from lineage.gaps import GapKind, find_gaps, questions
from lineage.subgraph import Direction, GraphEdge, GraphNode, Subgraph


def a_node(key: int, kind: str, **fields: object) -> GraphNode:
    return GraphNode(id=key, uid=f"urn:{key}", kind=kind, label=f"{kind} {key}", **fields)  # type: ignore[arg-type]


def a_view(*nodes: GraphNode, edges: tuple[GraphEdge, ...] = ()) -> Subgraph:
    return Subgraph(
        focus=nodes[0].id,
        nodes={node.id: node for node in nodes},
        edges=edges,
        known_inputs=frozenset((edge.dst, edge.kind) for edge in edges),
        known_outputs=frozenset((edge.src, edge.kind) for edge in edges),
    )


def kinds(view: Subgraph) -> dict[GapKind, tuple[int, ...]]:
    return {gap.need.gap: gap.nodes for gap in find_gaps(view)}


def test_run_without_anything_misses_code_and_data() -> None:
    assert kinds(a_view(a_node(1, "run"))) == {GapKind.RUN_CODE: (1,), GapKind.RUN_DATA: (1,)}


def test_run_with_code_and_data_misses_nothing() -> None:
    edges = (GraphEdge(2, "code_of", 1), GraphEdge(3, "read_by", 1))
    view = a_view(a_node(1, "run"), a_node(2, "commit"), a_node(3, "dataset_version"), edges=edges)
    assert find_gaps(view) == ()


def test_an_edge_that_is_not_drawn_is_no_gap() -> None:
    known = frozenset({(1, "code_of"), (1, "read_by")})
    assert find_gaps(Subgraph(focus=1, nodes={1: a_node(1, "run")}, known_inputs=known)) == ()


def test_code_of_the_pipeline_counts_for_the_run_inside() -> None:
    nodes = (a_node(1, "run"), a_node(2, "pipeline_run"), a_node(3, "pipeline_version"), a_node(4, "commit"))
    edges = (GraphEdge(1, "child_of", 2), GraphEdge(3, "compiled_to", 2), GraphEdge(4, "code_of", 3))
    assert kinds(a_view(*nodes, edges=edges)) == {GapKind.RUN_DATA: (1,)}


def test_runs_with_the_same_gap_share_it() -> None:
    nodes = (a_node(9, "commit"), a_node(1, "run"), a_node(2, "run"))
    edges = (GraphEdge(9, "code_of", 1), GraphEdge(9, "code_of", 2))
    assert kinds(a_view(*nodes, edges=edges)) == {GapKind.RUN_DATA: (1, 2)}


def test_version_without_run_and_deployment_without_version() -> None:
    assert GapKind.VERSION_RUN in kinds(a_view(a_node(1, "model_version")))
    assert kinds(a_view(a_node(1, "deployment"))) == {GapKind.DEPLOYMENT_VERSION: (1,)}


def test_only_the_focus_or_a_claimed_version_is_expected_to_serve() -> None:
    run, version = a_node(1, "run"), a_node(2, "model_version")
    claimed = a_node(3, "model_version", attrs={"production": True})
    edges = (GraphEdge(1, "wrote", 2), GraphEdge(1, "wrote", 3))
    assert kinds(a_view(run, version, claimed, edges=edges))[GapKind.VERSION_DEPLOYMENT] == (3,)
    assert kinds(a_view(version, run, edges=edges[:1]))[GapKind.VERSION_DEPLOYMENT] == (2,)


def test_inline_pipeline_run_needs_no_version() -> None:
    assert kinds(a_view(a_node(1, "pipeline_run"))) == {GapKind.PIPELINE_RUN_VERSION: (1,)}
    assert find_gaps(a_view(a_node(1, "pipeline_run", attrs={"inline_spec": True}))) == ()


def test_gone_nodes_and_bystanders_have_no_gaps() -> None:
    assert find_gaps(a_view(a_node(1, "run", is_gone=True))) == ()
    bystander = a_view(a_node(1, "dataset"), a_node(2, "run"), edges=(GraphEdge(1, "evaluated_by", 2),))
    assert find_gaps(bystander) == ()


def test_questions_ask_only_what_the_rules_need() -> None:
    asked = questions({1: "run", 2: "dataset", 3: "model_version"})
    assert (1, "code_of") in asked[Direction.UP]
    assert (3, "deployed_as") in asked[Direction.DOWN]
    assert not any(node == 2 for pairs in asked.values() for node, _kind in pairs)
