"""The API of lineage."""

from typing import Any

import pytest
from django.test import Client

from evidence.models import Node
from tests.conftest import World
from tests.factories import EventFactory, SystemFactory
from tests.lineage.made import a_chain, a_node, link

pytestmark = pytest.mark.django_db
GRAPH = "/api/v1/lineage/graph/"


@pytest.fixture
def chain(world: World) -> dict[str, Node]:
    return a_chain(world.system)


@pytest.fixture
def alice(world: World) -> Client:
    return world.client(world.alice)


def get(client: Client, address: str, **query: str | int) -> Any:
    response = client.get(address, query)
    assert response.status_code == 200, response.content
    return response.json()


def test_graph_answers_nodes_edges_groups_and_gaps(
    alice: Client, world: World, chain: dict[str, Node]
) -> None:
    for _ in range(8):
        link(chain["commit"], "code_of", a_node("run", world.system))
    graph = get(alice, GRAPH, node=chain["commit"].pk)
    assert graph["focus"] == chain["commit"].pk
    assert graph["truncated"] is False
    assert {"id", "uid", "kind", "label", "sub", "state", "url", "chips", "col", "x", "y"} <= set(
        graph["nodes"][0]
    )
    assert graph["edges"][0]["k"] == "code_of"
    assert [(group["dir"], group["more"], group["more_is_min"]) for group in graph["groups"]] == [
        ("down", 4, False)
    ]
    assert [gap["id"] for gap in graph["gaps"]] == ["run_data"]


def test_graph_keeps_to_its_bounds(alice: Client, chain: dict[str, Node]) -> None:
    graph = get(alice, GRAPH, node=chain["deployment"].pk, up=1, limit=2)
    assert {node["kind"] for node in graph["nodes"]} == {"deployment"}
    assert graph["truncated"] is True


@pytest.mark.parametrize("query", [{}, {"node": "x"}, {"up": 11}, {"fan": 0}, {"limit": 201}])
def test_graph_refuses_what_is_out_of_range(
    alice: Client, chain: dict[str, Node], query: dict[str, str | int]
) -> None:
    response = alice.get(GRAPH, {"node": chain["run"].pk, **query} if query else {})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["errors"]


def test_graph_of_another_team_does_not_exist(world: World, chain: dict[str, Node]) -> None:
    query = {"node": chain["run"].pk}
    assert world.client(world.bob).get(GRAPH, query).status_code == 200
    assert world.client(world.charlie).get(GRAPH, query).status_code == 404
    assert world.client(None).get(GRAPH, query).status_code in {401, 403}


def test_nodes_are_filtered(alice: Client, world: World, chain: dict[str, Node]) -> None:
    kinds = {node["kind"] for node in get(alice, "/api/v1/nodes/", q="CHURN")["results"]}
    assert kinds == {"dataset_version", "run", "model_version", "deployment"}
    (run,) = get(alice, "/api/v1/nodes/", kind="run", system=world.system.slug)["results"]
    assert (run["label"], run["system"], run["source"]) == ("churn-run-7", world.system.slug, None)
    assert get(alice, "/api/v1/nodes/", gone="true")["results"] == []


def test_node_tells_its_attributes_and_visible_edges(alice: Client, chain: dict[str, Node]) -> None:
    foreign = a_node("dataset_version", SystemFactory.create())
    link(foreign, "read_by", chain["run"])
    detail = get(alice, f"/api/v1/nodes/{chain['run'].pk}/")
    assert {edge["kind"] for edge in detail["edges"]} == {"code_of", "read_by", "wrote"}
    assert foreign.pk not in {edge["src"] for edge in detail["edges"]}
    assert detail["attrs"] == {}


def test_events_are_those_of_visible_nodes(world: World, alice: Client, chain: dict[str, Node]) -> None:
    EventFactory.create(kind="deployed", node=chain["deployment"], actor="ci")
    (event,) = get(alice, "/api/v1/events/", kind="deployed", node=chain["deployment"].pk)["results"]
    assert event["actor"] == "ci"
    assert get(world.client(world.charlie), "/api/v1/events/")["results"] == []


def test_search_answers_a_list(alice: Client, chain: dict[str, Node]) -> None:
    assert [node["label"] for node in get(alice, "/api/v1/lineage/search/", q="churn v")] == ["churn v3"]
    assert alice.get("/api/v1/lineage/search/").status_code == 400


@pytest.mark.parametrize("address", ["/api/v1/nodes/", "/api/v1/lineage/search/?q=churn"])
def test_lists_cost_the_same_for_more_rows(
    alice: Client, world: World, chain: dict[str, Node], address: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(9):
        a_node("run", world.system, label=f"churn-{number}")
    with django_assert_max_num_queries(6):
        alice.get(address)
