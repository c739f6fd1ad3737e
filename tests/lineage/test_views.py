"""The pages: what they show, to whom, and at what cost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evidence.models import Node
from lineage import views
from lineage.graph import GraphTooSlowError
from tests.conftest import World
from tests.factories import NOON, EventFactory
from tests.lineage.made import SHA, a_chain, a_node, link

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(world: World) -> dict[str, Node]:
    return a_chain(world.system)


@pytest.fixture
def alice(world: World) -> Client:
    return world.client(world.alice)


def page(client: Client, node: Node, **query: str | int) -> str:
    response = client.get(reverse("lineage:node", args=[node.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_node_shows_the_whole_chain(alice: Client, chain: dict[str, Node]) -> None:
    html = page(alice, chain["deployment"])
    for node in chain.values():
        assert f'data-key="{node.pk}"' in html
    assert "Made by commit 9f3ab21 from churn_gold a8f3c1." in html
    assert html.count("<h1>") == 1


def test_node_of_another_team_does_not_exist(world: World, chain: dict[str, Node]) -> None:
    address = reverse("lineage:node", args=[chain["run"].pk])
    assert world.client(world.bob).get(address).status_code == 200
    assert world.client(world.charlie).get(address).status_code == 404
    assert world.client(None).get(address).status_code == 302


def test_node_that_is_unknown_is_404(alice: Client) -> None:
    assert alice.get(reverse("lineage:node", args=[4711])).status_code == 404


def test_node_escapes_what_sources_say(alice: Client, world: World, chain: dict[str, Node]) -> None:
    evil = a_node(
        "dataset_version", world.system, label="<script>alert(1)</script>", url="javascript:alert(1)"
    )
    link(evil, "read_by", chain["run"], method="<img src=x>")
    html = page(alice, chain["run"], select=evil.pk)
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert "javascript:" not in html


def test_node_panel_answers_alone_to_htmx(alice: Client, chain: dict[str, Node]) -> None:
    address = reverse("lineage:node", args=[chain["deployment"].pk])
    response = alice.get(
        address,
        {"select": str(chain["run"].pk), "tab": "why"},
        headers={"HX-Request": "true", "HX-Target": "panel"},
    )
    html = response.content.decode()
    assert html.lstrip().startswith("<aside")
    assert "churn-run-7" in html
    assert "tag mlflow.source.git.commit" in html
    assert "HX-Request" in response.headers["Vary"]


def test_node_panel_tells_why_an_edge_is_there(alice: Client, chain: dict[str, Node]) -> None:
    selected = f"{chain['run'].pk}-wrote-{chain['model_version'].pk}"
    html = page(alice, chain["deployment"], select=selected)
    assert "churn-run-7 → churn v3" in html
    assert "run output" in html


def test_node_panel_lists_a_group_page_by_page(alice: Client, world: World, chain: dict[str, Node]) -> None:
    runs = [a_node("run", world.system, label=f"more-{n}") for n in range(40)]
    for run in runs:
        link(chain["commit"], "code_of", run)
    group = f"{chain['commit'].pk}-down-code_of"
    first = page(alice, chain["commit"], select=group)
    assert "36 more" in first
    assert "more-39" in first
    assert "more-5<" not in first
    older = page(alice, chain["commit"], select=group, before=runs[15].pk)
    assert "more-14<" in older


def test_node_panel_says_what_to_do_about_a_gap(alice: Client, world: World) -> None:
    html = page(alice, a_node("run", world.system), select="run_data")
    assert "mlflow.log_input" in html


def test_node_shows_open_alerts(alice: Client, chain: dict[str, Node]) -> None:
    EventFactory.create(kind="alert_opened", node=chain["deployment"], attrs={"alert": "7"})
    assert "1 alert" in page(alice, chain["commit"])
    EventFactory.create(
        kind="alert_resolved", node=chain["deployment"], attrs={"alert": "7"}, at=NOON.replace(hour=13)
    )
    assert "1 alert" not in page(alice, chain["commit"])


def test_node_takes_nonsense_in_its_address(alice: Client, chain: dict[str, Node]) -> None:
    assert "churn-api" in page(
        alice, chain["run"], up="many", down="99", fan="-3", select="x" * 500, before="²"
    )


def test_node_that_takes_too_long_offers_less(
    alice: Client, chain: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_args: Any, **_named: Any) -> None:
        raise GraphTooSlowError

    monkeypatch.setattr(views, "neighbourhood", slow)
    response = alice.get(reverse("lineage:node", args=[chain["run"].pk]))
    assert response.status_code == 503
    assert "up=2" in response.content.decode()


def test_node_costs_the_same_for_small_and_large_views(
    alice: Client, world: World, chain: dict[str, Node]
) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            run = a_node("run", world.system)
            link(chain["commit"], "code_of", run)
            link(chain["dataset_version"], "read_by", run)
            link(run, "wrote", a_node("model_version", world.system))

    grow(6)
    small = queries(lambda: page(alice, chain["commit"], fan=25))
    grow(15)
    assert queries(lambda: page(alice, chain["commit"], fan=25)) == small


def test_home_starts_from_what_lives(world: World, alice: Client, chain: dict[str, Node]) -> None:
    html = alice.get(reverse("lineage:home")).content.decode()
    assert "churn-api" in html
    assert "churn v3" in html
    assert "churn-api" not in world.client(world.charlie).get(reverse("lineage:home")).content.decode()


@pytest.mark.parametrize(
    ("environment", "version", "claimed"),
    [("production", "3", False), ("staging", "3", True), ("production", "2", True)],
)
def test_home_leaves_out_a_claim_that_is_reported_too(
    world: World, alice: Client, environment: str, version: str, claimed: bool
) -> None:
    attrs = {"how": "declared", "environment": "production", "model": {"name": "churn", "version": "3"}}
    reported = {"how": "reported", "environment": environment, "model": {"name": "churn", "version": version}}
    a_node("deployment", world.system, label="churn v3 in production", state="live", attrs=attrs)
    a_node("deployment", world.system, label="churn-api", state="live", attrs=reported)
    html = alice.get(reverse("lineage:home")).content.decode()
    assert "churn-api" in html
    assert ("churn v3 in production" in html) is claimed


def test_home_costs_the_same_for_more_rows(world: World, alice: Client, chain: dict[str, Node]) -> None:
    few = queries(lambda: alice.get(reverse("lineage:home")))
    for number in range(9):
        a_chain(world.system, name=f"more{number}")
    assert queries(lambda: alice.get(reverse("lineage:home"))) == few


def test_empty_home_says_what_to_do(alice: Client) -> None:
    assert "/api/v1/deployments/" in alice.get(reverse("lineage:home")).content.decode()


def test_search_page_groups_by_kind_and_finds_systems(
    alice: Client, world: World, chain: dict[str, Node]
) -> None:
    html = alice.get(reverse("lineage:search_all"), {"q": world.system.name}).content.decode()
    assert reverse("maturity:scorecard", args=[world.system.slug]) in html
    html = alice.get(reverse("lineage:search_all"), {"q": SHA[:9]}).content.decode()
    assert reverse("lineage:node", args=[chain["commit"].pk]) in html


def test_search_page_without_hits_says_how_it_matches(alice: Client) -> None:
    assert (
        "Nothing begins like that" in alice.get(reverse("lineage:search_all"), {"q": "zzz"}).content.decode()
    )


def test_node_panel_tells_in_tabs(alice: Client, chain: dict[str, Node]) -> None:
    Node.objects.filter(pk=chain["run"].pk).update(attrs={"params": {"depth": "3"}, "metrics": {"auc": 0.9}})
    run = chain["run"].pk
    assert "Parameters &amp; metrics" in page(alice, chain["run"], select=run)
    numbers = page(alice, chain["run"], select=run, tab="numbers")
    assert "<dt>depth</dt>" in numbers
    assert "run input" in page(alice, chain["run"], select=run, tab="why")
    assert "Parameters &amp; metrics" not in page(
        alice, chain["run"], select=chain["commit"].pk, tab="numbers"
    )


def test_node_expands_a_group_in_place(alice: Client, world: World, chain: dict[str, Node]) -> None:
    runs = [a_node("run", world.system) for _ in range(8)]
    for run in runs:
        link(chain["commit"], "code_of", run)
    group = f"{chain['commit'].pk}-down-code_of"
    usual = page(alice, chain["commit"])
    assert f'data-key="{runs[0].pk}"' not in usual
    assert f"?expand={group}" in usual
    expanded = page(alice, chain["commit"], expand=group)
    assert all(f'data-key="{run.pk}"' in expanded for run in runs)
    assert f'data-expand-href="/lineage/{chain["commit"].pk}/"' in expanded
    assert page(alice, chain["commit"], expand="<b>,1-up-x;,9999-down-wrote").count("<h1>") == 1
