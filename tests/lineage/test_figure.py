"""The Plotly figure of a view."""

import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from django.test import Client
from django.urls import reverse

from evidence.models import Node
from lineage.figure import CONFIG, PAPER, TOKENS, lineage_figure
from tests.conftest import World
from tests.lineage.made import a_chain, a_node, link
from tests.lineage.views_made import a_view, gaps_of

TOKENS_CSS = Path(__file__).parent.parent.parent / "static" / "css" / "tokens.css"


def test_figure_is_what_plotly_takes() -> None:
    view = a_view(with_gap=True)
    found = lineage_figure(view, gaps=gaps_of(view))
    drawn = go.Figure(data=found["data"], layout=found["layout"])
    edges, dashed, nodes = drawn.data
    assert set(nodes.customdata) == {"1", "2", "3", "4", "5", "1-down-code_of", "run_data"}
    assert len(edges.x) == 3 * 4
    assert len(dashed.x) == 3 * 2
    assert all(start < end for start, end in zip(edges.x[::3], edges.x[1::3], strict=True))
    assert "template" not in json.dumps(found["layout"])


def test_figure_escapes_what_sources_say() -> None:
    view = a_view()
    object.__setattr__(view.nodes[2], "label", "<img src=x>")
    assert "<img" not in json.dumps(lineage_figure(view, gaps=())["data"][2]["hovertext"])  # type: ignore[index,call-overload]


def test_figure_offers_nothing_to_a_cloud() -> None:
    assert CONFIG == {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}


def test_paper_has_the_colours_of_the_light_theme() -> None:
    light = dict(re.findall(r"--([\w-]+): light-dark\((#\w+),", TOKENS_CSS.read_text()))
    assert PAPER.keys() == TOKENS.keys()
    assert {name: light[name] for name in PAPER} == PAPER


@pytest.mark.django_db
def test_figure_page_and_api_show_the_same_nodes(world: World) -> None:
    chain = a_chain(world.system)
    alice, deployment = world.client(world.alice), chain["deployment"].pk
    html = alice.get(reverse("lineage:figure", args=[deployment])).content.decode()
    assert "plotly.min.js" in html
    assert "https://" not in re.sub(r"<script[^>]*application/json.*?</script>", "", html, flags=re.DOTALL)
    found = alice.get("/api/v1/lineage/figure/", {"node": deployment}).json()
    assert set(found["data"][2]["customdata"]) == {str(node.pk) for node in chain.values()}
    assert found["config"] == CONFIG


@pytest.mark.django_db
def test_figure_of_another_team_does_not_exist(world: World) -> None:
    chain = a_chain(world.system)
    address = reverse("lineage:figure", args=[chain["run"].pk])
    assert world.client(world.charlie).get(address).status_code == 404


@pytest.mark.django_db
def test_graph_shows_more_of_a_group_that_is_expanded(world: World) -> None:
    chain: dict[str, Node] = a_chain(world.system)
    for _ in range(9):
        link(chain["commit"], "code_of", a_node("run", world.system))
    client: Client = world.client(world.alice)
    asked: dict[str, str | int] = {"node": chain["commit"].pk, "expand": f"{chain['commit'].pk}-down-code_of"}
    graph = client.get("/api/v1/lineage/graph/", asked).json()
    assert graph["groups"] == []
    assert sum(node["kind"] == "run" for node in graph["nodes"]) == 10
