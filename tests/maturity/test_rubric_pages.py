"""Rubric pages: what is asked, what stands for a team, a team's own file."""

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from maturity.models import RubricChoice, RubricText
from maturity.rubric import rubric, shipped
from maturity.services import assess_system
from tests.conftest import World
from tests.maturity.made import NOW
from tests.maturity.test_rubric import READING

JSON = "application/json"


def shown(client: Client, name: str, *args: str, query: str = "", status: int = 200) -> str:
    response = client.get(reverse(f"maturity:{name}", args=args) + query)
    assert response.status_code == status
    return response.content.decode()


def test_rubrics_lists_all_and_what_teams_chose(world: World) -> None:
    html = shown(world.client(world.bob), "rubrics")
    assert all(each.name in html for each in shipped())
    assert world.team.name in html


@pytest.mark.parametrize("name", ["google", "microsoft", "ml_test_score"])
def test_rubric_shows_every_criterion(world: World, name: str) -> None:
    assess_system(world.system, now=NOW)
    html = shown(world.client(world.bob), "rubric", name)
    assert html.count("<tr>") == len(rubric(name).criteria) + len(rubric(name).capabilities)
    assert all(omitted.why.split(",")[0] in html for omitted in rubric(name).omitted)


def test_unknown_rubric_does_not_exist(world: World) -> None:
    assess_system(world.system, now=NOW)
    client = world.client(world.bob)
    shown(client, "rubric", "nobody", status=404)
    shown(client, "overview", query="?rubric=nobody", status=404)
    shown(client, "scorecard", world.system.slug, query="?rubric=nobody", status=404)


@pytest.mark.parametrize("name", ["microsoft", "ml_test_score"])
def test_pages_show_the_asked_rubric(world: World, name: str) -> None:
    assess_system(world.system, now=NOW)
    client, slug = world.client(world.bob), world.system.slug
    assert rubric(name).capabilities[0].name in shown(client, "overview", query=f"?rubric={name}")
    assert rubric(name).criteria[0].id in shown(client, "scorecard", slug, query=f"?rubric={name}")
    assert f'"rubric": "{name}"' in shown(client, "export_json", slug, query=f"?rubric={name}")
    assert "<svg" in shown(client, "badge", slug, query=f"?rubric={name}")
    shown(client, "systems", query=f"?rubric={name}")
    shown(client, "criterion", rubric(name).criteria[0].id, query=f"?rubric={name}")


def test_manager_chooses_and_viewer_may_not(world: World) -> None:
    address = reverse("maturity:team_rubric", args=[world.team.slug])
    assert world.client(world.bob).post(address, {"headline": "microsoft"}).status_code == 403
    assert world.client(world.charlie).get(address).status_code == 404
    assert world.client(world.alice).post(address, {"headline": "nobody"}).status_code == 200
    assert world.client(world.alice).post(address, {"headline": "microsoft"}).status_code == 302
    assert RubricChoice.objects.get(team=world.team).rubric == "microsoft"
    assert "Choose what stands" not in shown(world.client(world.bob), "team_rubric", world.team.slug)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: [", "is no valid YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 200_001, "longer than 200000 bytes"),
    ],
)
def test_broken_file_is_refused_with_words(world: World, text: bytes, words: str) -> None:
    address = reverse("maturity:add_rubric", args=[world.team.slug])
    response = world.client(world.alice).post(address, {"file": SimpleUploadedFile("mine.yaml", text)})
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not RubricText.objects.exists()


def test_own_file_is_added(world: World) -> None:
    address = reverse("maturity:add_rubric", args=[world.team.slug])
    text = yaml.safe_dump({**READING, "id": "own"}).encode()
    given = {"file": SimpleUploadedFile("own.yaml", text)}
    assert world.client(world.bob).post(address, given).status_code == 403
    given = {"file": SimpleUploadedFile("own.yaml", text)}
    assert world.client(world.alice).post(address, given).status_code == 302
    assert RubricText.objects.get().team == world.team
    assert "own 1" in shown(world.client(world.bob), "team_rubric", world.team.slug)


def test_api_lists_and_details_rubrics(world: World) -> None:
    client = world.client(world.bob)
    listed = client.get("/api/v1/rubrics/").json()
    assert [each["id"] for each in listed] == [each.id for each in shipped()]
    detail = client.get("/api/v1/rubrics/ml_test_score/").json()
    assert (detail["scoring"], len(detail["criteria"])) == ("points", 28)
    assert client.get("/api/v1/rubrics/nobody/").status_code == 404


def test_api_adds_and_chooses_for_managers_only(world: World) -> None:
    body = {"team": world.team.slug, "text": yaml.safe_dump({**READING, "id": "own"})}
    posted = {
        user: world.client(user).post("/api/v1/rubrics/", body, JSON) for user in (world.bob, world.charlie)
    }
    assert [response.status_code for response in posted.values()] == [403, 404]
    alice = world.client(world.alice)
    assert alice.post("/api/v1/rubrics/", body, JSON).status_code == 201
    assert alice.post("/api/v1/rubrics/", {**body, "text": "a: ["}, JSON).status_code == 400
    chosen = alice.post("/api/v1/rubrics/choice/", {"team": world.team.slug, "rubric": "own"}, JSON)
    assert (chosen.status_code, chosen.json()["id"]) == (200, "own")
    assert (
        alice.post("/api/v1/rubrics/choice/", {"team": world.team.slug, "rubric": "no"}, JSON).status_code
        == 400
    )
