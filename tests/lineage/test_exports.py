"""A view as a file, in every format."""

import csv
import io
import json
from typing import Any

import networkx as nx
import pytest
from prov.model import ProvDocument

from evidence.records import EdgeKind, NodeKind
from lineage.exports import FORMATS
from lineage.subgraph import GraphEdge, GraphNode, Subgraph
from tests.conftest import World
from tests.factories import NOON
from tests.lineage.made import a_chain

RUN_ID = "0123456789abcdef0123456789abcdef"
TRICKY = 'a "b" <c> & =d\x01\n`e`'


def node(key: int, kind: str, label: str = "", **fields: Any) -> GraphNode:
    return GraphNode(
        key, fields.pop("uid", f"urn:rashinban:{kind}:{key}"), kind, label or f"{kind} {key}", **fields
    )


@pytest.fixture
def view() -> Subgraph:
    nodes = (
        node(1, NodeKind.COMMIT, attrs={"sha": "c" * 40}, url="https://git.example/c"),
        node(2, NodeKind.DATASET_VERSION, TRICKY, attrs={"source": "s3://lake/gold/day", "digest": "d1"}),
        node(3, NodeKind.RUN, uid=f"urn:rashinban:run:mlflow:h:{RUN_ID}", state="FINISHED", ended_at=NOON),
        node(4, NodeKind.MODEL_VERSION),
        node(5, NodeKind.DEPLOYMENT),
        node(6, NodeKind.PIPELINE_RUN),
    )
    edges = (
        GraphEdge(1, EdgeKind.CODE_OF, 3, "run tag", "observed"),
        GraphEdge(2, EdgeKind.READ_BY, 3),
        GraphEdge(3, EdgeKind.WROTE, 4),
        GraphEdge(4, EdgeKind.DEPLOYED_AS, 5),
        GraphEdge(3, EdgeKind.CHILD_OF, 6),
    )
    return Subgraph(focus=4, nodes={each.id: each for each in nodes}, edges=edges)


def test_csv_has_a_line_an_edge_and_no_formula(view: Subgraph) -> None:
    lines = list(csv.DictReader(io.StringIO(FORMATS["csv"].write(view))))
    assert [(line["cause_kind"], line["edge"], line["effect_kind"]) for line in lines][:2] == [
        ("commit", "code_of", "run"),
        ("dataset_version", "read_by", "run"),
    ]
    assert lines[1]["cause"] == TRICKY
    evil = Subgraph(1, {1: node(1, "run", "=1+1"), 2: node(2, "run")}, (GraphEdge(1, "wrote", 2),))
    assert "'=1+1" in FORMATS["csv"].write(evil)


def test_graphml_is_read_again_by_networkx(view: Subgraph) -> None:
    graph = nx.parse_graphml(FORMATS["graphml"].write(view), force_multigraph=True)
    assert set(graph) == {"1", "2", "3", "4", "5", "6"}
    assert graph.has_edge("6", "3")  # the whole before its part, as it is drawn
    assert graph.nodes["2"]["label"].startswith('a "b" <c> & =d')


def test_mermaid_holds_no_sign_that_means_something_to_it(view: Subgraph) -> None:
    lines = FORMATS["mermaid"].write(view).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  n2["dataset version: a #quot;b#quot; #lt;c#gt; & =d\x01 #96;e#96;"]' in lines
    assert "  n6 -.->|child of| n3" in lines


def test_prov_is_read_again_by_the_library(view: Subgraph) -> None:
    document = ProvDocument.deserialize(content=FORMATS["prov-json"].write(view))
    kinds = [record.get_type().localpart for record in document.get_records()]
    assert sorted(set(kinds)) == ["Activity", "Communication", "Entity", "Generation", "Usage"]
    assert kinds.count("Usage") == 3


def test_openlineage_has_an_event_for_each_run_with_a_time(view: Subgraph) -> None:
    (event,) = [json.loads(line) for line in FORMATS["openlineage"].write(view).splitlines()]
    assert event["eventType"] == "COMPLETE"
    assert event["run"]["runId"].replace("-", "") == RUN_ID
    (read,) = event["inputs"]
    assert (read["namespace"], read["name"]) == ("s3://lake", "gold/day")
    assert [each["name"] for each in event["outputs"]] == ["model_version 4"]
    assert event["job"]["facets"]["sourceCodeLocation"]["version"] == "c" * 40


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_is_served_by_page_and_api_alike(world: World, name: str) -> None:
    chain = a_chain(world.system)
    client, key = world.client(world.alice), chain["model_version"].pk
    page = client.get(f"/lineage/{key}/export/{name}/")
    answer = client.get("/api/v1/lineage/export/", {"node": str(key), "as": name})
    assert page.status_code == answer.status_code == 200
    assert page.content == answer.content
    assert "attachment" in page.headers["Content-Disposition"]
    assert world.client(world.charlie).get(f"/lineage/{key}/export/{name}/").status_code == 404


@pytest.mark.django_db
def test_an_unknown_format_does_not_exist(world: World) -> None:
    chain = a_chain(world.system)
    client, key = world.client(world.alice), chain["model_version"].pk
    assert client.get(f"/lineage/{key}/export/exe/").status_code == 404
    assert client.get("/api/v1/lineage/export/", {"node": str(key), "as": "exe"}).status_code == 400
