"""The pages in Japanese: nothing of a rubric is left in English."""

import html

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import travel

from maturity.rubric import Rubric, shipped
from maturity.services import assess_system
from tests.conftest import World
from tests.maturity.made import NOW
from tests.maturity.stored import fill


@pytest.fixture
def client(world: World) -> Client:
    fill(world.system)
    assess_system(world.system, now=NOW)
    return world.client(world.bob)


def shown(client: Client, name: str, of: str, *, under: str) -> str:
    with travel(NOW, tick=False):
        response = client.get(
            reverse(f"maturity:{name}", args=[of]), {"rubric": under}, headers={"Accept-Language": "ja"}
        )
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("under", shipped(), ids=lambda each: each.id)
def test_pages_leave_no_text_of_the_rubric_in_english(world: World, client: Client, under: Rubric) -> None:
    asked = under.criteria[0]
    english = {text for each in under.criteria for text in (each.question, each.why, each.how, each.remedy)}
    english |= {each.name for each in under.capabilities}
    for name, of in (
        ("scorecard", world.system.slug),
        ("plan", world.system.slug),
        ("history", world.system.slug),
        ("rubric", under.id),
        ("criterion", asked.id),
    ):
        page = shown(client, name, of, under=under.id)
        assert '<html lang="ja"' in page
        assert [text for text in english if f">{text}<" in page or (len(text) > 20 and text in page)] == []
