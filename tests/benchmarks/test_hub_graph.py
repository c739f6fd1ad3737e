"""The made graph has the shape the benchmark speaks of."""

from collections import Counter

from benchmarks.hub_graph import HubGraph


def test_hub_graph_has_hubs_and_causes_before_effects() -> None:
    graph = HubGraph(5_000)
    nodes = list(graph.nodes())
    assert [node.id for node in nodes] == list(range(1, 5_001))
    degree = Counter(edge.src for edge in graph.edges)
    runs = len(graph.ids["run"])
    commit, data = graph.hubs
    assert degree[commit] >= 0.1 * runs
    assert degree[data] >= 0.1 * runs
    assert all(edge.src < edge.dst for edge in graph.edges if edge.kind != "version_of")


def test_hub_graph_is_the_same_each_time() -> None:
    assert list(HubGraph(500).nodes()) == list(HubGraph(500).nodes())
