"""The plan page: state in the address, the same numbers everywhere, and who may see it."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from maturity.plan import plan, what_if
from maturity.selectors import scorecard
from maturity.services import assess_system
from tests.conftest import World
from tests.maturity.made import DAY, NOW
from tests.maturity.stored import fill

PAGES = ["plan", "plan_json", "plan_csv"]


@pytest.fixture(autouse=True)
def _clock() -> object:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def assessed(world: World) -> World:
    fill(world.system)
    assess_system(world.system, now=NOW)
    return world


def got(client: Client, name: str, world: World, **query: Any) -> str:
    response = client.get(reverse(f"maturity:{name}", args=[world.system.slug]), query)
    assert response.status_code == 200
    return response.content.decode()


def document(client: Client, world: World, **query: Any) -> dict[str, object]:
    response = client.get(reverse("maturity:plan_json", args=[world.system.slug]), query)
    found: dict[str, object] = response.json()
    return found


def steps(world: World) -> list[str]:
    card = scorecard(world.system, now=NOW, asked="google")
    assert card is not None
    return [step.criterion.id for step in plan(card.results, under=card.summary.rubric).steps]


def test_plan_shows_its_steps_in_order_with_remedy_and_turn(assessed: World) -> None:
    html = got(assessed.client(assessed.bob), "plan", assessed)
    places = [html.index(f'id="step-{name}"') for name in steps(assessed)]
    assert places == sorted(places)
    assert f"Team {assessed.team.name}" in html
    assert "What would be" in html


def test_plan_keeps_what_is_supposed_in_the_address(assessed: World) -> None:
    client, wanted = assessed.client(assessed.bob), steps(assessed)
    card = scorecard(assessed.system, now=NOW, asked="google")
    assert card is not None
    then = what_if(card.results, done=wanted, under=card.summary.rubric)
    html = got(client, "plan", assessed, done=wanted)
    assert html.count(" checked") == len(wanted)
    found = document(client, assessed, done=wanted)["what_if"]
    assert found["after"] == then.confirmed  # type: ignore[index]
    assert found["before"] == card.summary.confirmed  # type: ignore[index]
    assert found["done"] == sorted(wanted)  # type: ignore[index]


def test_plan_leaves_out_what_means_nothing(assessed: World) -> None:
    client = assessed.client(assessed.bob)
    query = {"done": ["no-such"], "goal": "many", "capability": "elsewhere"}
    assert document(client, assessed, **query) == document(client, assessed)
    assert got(client, "plan", assessed, **query)


def test_plan_of_one_capability(assessed: World) -> None:
    found = document(assessed.client(assessed.bob), assessed, capability="repro", goal="2")
    assert {step["capability"] for step in found["steps"]} == {"repro"}  # type: ignore[attr-defined]
    assert (found["goal"], found["after"]) == (2, 2)


def test_plan_table_lists_the_steps(assessed: World) -> None:
    client = assessed.client(assessed.bob)
    rows = list(csv.DictReader(io.StringIO(got(client, "plan_csv", assessed))))
    assert [row["criterion"] for row in rows] == steps(assessed)
    assert [row["position"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]


def test_stale_evidence_asks_who_looks_after_the_source(assessed: World) -> None:
    with travel(NOW + 2 * DAY, tick=False):
        html = got(assessed.client(assessed.bob), "plan", assessed)
    assert "Bring the source in sync again." in html
    assert f"Who looks after kfp of {assessed.system.slug}" in html


def test_page_api_and_export_agree(assessed: World) -> None:
    client, slug = assessed.client(assessed.bob), assessed.system.slug
    for moment in (NOW, NOW + 2 * DAY):
        with travel(moment, tick=False):
            answered = client.get(f"/api/v1/plans/{slug}/?done=repro-image-pinned&goal=2").json()
            assert answered == document(client, assessed, done="repro-image-pinned", goal=2)


@pytest.mark.parametrize("name", PAGES)
def test_page_for_owner_mate_outsider_and_anonymous(assessed: World, name: str) -> None:
    url = reverse(f"maturity:{name}", args=[assessed.system.slug])
    people = (assessed.alice, assessed.bob, assessed.charlie)
    assert [assessed.client(user).get(url).status_code for user in people] == [200, 200, 404]
    assert assessed.client(None).get(url).status_code == 302


def test_api_for_owner_mate_outsider_and_anonymous(assessed: World) -> None:
    url = f"/api/v1/plans/{assessed.system.slug}/"
    people = (assessed.alice, assessed.bob, assessed.charlie)
    assert [assessed.client(user).get(url).status_code for user in people] == [200, 200, 404]
    assert assessed.client(None).get(url).status_code in (401, 403)


@pytest.mark.parametrize("name", PAGES)
def test_plan_before_the_first_assessment_is_404(world: World, name: str) -> None:
    url = reverse(f"maturity:{name}", args=[world.system.slug])
    assert world.client(world.alice).get(url).status_code == 404


def test_plan_takes_as_many_queries_for_many_steps_as_for_few(assessed: World) -> None:
    client, counts = assessed.client(assessed.bob), []
    for query in ({"capability": "repro"}, {"goal": "2"}):
        got(client, "plan", assessed, **query)
        with CaptureQueriesContext(connection) as queries:
            got(client, "plan", assessed, **query)
        counts.append(len(queries))
    assert counts[0] == counts[1]
