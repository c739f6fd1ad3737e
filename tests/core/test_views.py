"""Pages of core: tokens, reports, the team switch."""

import pytest
from django.urls import reverse

from core.models import ApiToken
from core.tokens import create_token, token_for
from tests.conftest import World
from tests.factories import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db
TOKENS = "/account/tokens/"


def test_tokens_are_shown_once(world: World) -> None:
    client = world.client(world.alice)
    form = {"name": "deploy", "team": world.team.pk, "scope": "write", "lifetime": "30"}
    answer = client.post(TOKENS, form)
    clear = answer.context["clear"]
    assert clear in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    found = token_for(clear)
    assert found is not None
    assert found.expires_at is not None
    assert clear not in client.get(TOKENS).content.decode()


def test_tokens_viewer_makes_none(world: World) -> None:
    form = {"name": "deploy", "team": world.team.pk, "scope": "read", "lifetime": "0"}
    answer = world.client(world.bob).post(TOKENS, form)
    assert answer.context["form"].errors["team"]
    assert not ApiToken.objects.exists()


def test_tokens_outsider_sees_none(world: World) -> None:
    create_token(team=world.team, name="secret-deploy", by=world.alice)
    assert "secret-deploy" not in world.client(world.charlie).get(TOKENS).content.decode()


def test_revoke_takes_the_name(world: World) -> None:
    token, clear = create_token(team=world.team, name="deploy", by=world.alice)
    client, address = world.client(world.alice), reverse("core:revoke-token", args=[token.pk])
    assert client.post(address, {"name": "other"}).context["form"].errors
    assert token_for(clear)
    assert client.post(address, {"name": "deploy"}).status_code == 302
    assert token_for(clear) is None


@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_revoke_is_not_found_for_others(world: World, person: str) -> None:
    token, _clear = create_token(team=world.team, name="deploy", by=world.alice)
    address = reverse("core:revoke-token", args=[token.pk])
    assert world.client(getattr(world, person)).post(address, {"name": "deploy"}).status_code == 404


def test_reports_show_changes_of_visible_teams_only(world: World) -> None:
    create_token(team=world.team, name="deploy", by=world.alice)
    assert "token.created" in world.client(world.bob).get("/reports/").content.decode()
    assert "token.created" not in world.client(world.charlie).get("/reports/").content.decode()


def test_switch_team_is_remembered(world: World) -> None:
    second = TeamFactory.create()
    MembershipFactory.create(user=world.alice, team=second)
    client = world.client(world.alice)
    client.post("/teams/switch/", {"team": second.slug, "next": "/reports/"})
    assert client.get("/reports/").context["team"] == second


def test_switch_team_refuses_others_teams_and_addresses(world: World) -> None:
    client = world.client(world.charlie)
    answer = client.post("/teams/switch/", {"team": world.team.slug, "next": "https://evil.invalid/"})
    assert answer["Location"] == "/"
    assert not client.get("/reports/").context["team"]


def test_pages_ask_for_sign_in(world: World) -> None:
    for address in (TOKENS, "/reports/"):
        assert world.client(None).get(address).status_code == 302


def test_token_page_costs_the_same_for_many(world: World, django_assert_max_num_queries: object) -> None:
    client = world.client(world.alice)
    for number in range(12):
        create_token(team=world.team, name=f"token {number}", by=world.alice)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        client.get(TOKENS)
