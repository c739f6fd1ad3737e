"""Roll-ups: what is named to whom, who agreed to be compared, and the same numbers everywhere."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from core.models import AuditEvent, System
from maturity.models import Comparison
from maturity.services import assess_system
from tests.conftest import World
from tests.factories import SystemFactory, TeamFactory
from tests.maturity.made import NOW
from tests.maturity.stored import fill

ORGANISATION, TEAM = "/reports/levels/", "/reports/levels/{slug}/"


@pytest.fixture(autouse=True)
def _clock() -> object:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def organised(world: World) -> World:
    """Three teams with a system each; Charlie's is called Secret."""
    fill(world.system)
    assess_system(world.system, now=NOW)
    SystemFactory.create(name="Secret", team=world.charlie.memberships.get().team)
    SystemFactory.create(name="Elsewhere", team=TeamFactory.create(name="Third"))
    return world


def text(world: World, path: str, user: str = "alice") -> str:
    response = world.client(getattr(world, user)).get(path.format(slug=world.team.slug))
    assert response.status_code == 200, path
    return response.content.decode()


def agree(world: World, user: str = "alice", *, agreed: str = "yes") -> int:
    url = reverse("maturity:team_compare", args=[world.team.slug])
    return world.client(getattr(world, user)).post(url, {"agreed": agreed}).status_code


def test_organisation_counts_all_and_names_only_what_is_visible(organised: World) -> None:
    html = text(organised, ORGANISATION)
    assert "of 3 production systems" in html
    assert "Secret" not in html
    assert "Elsewhere" not in html
    document = organised.client(organised.alice).get("/reports/levels.json").json()
    assert [each["name"] for each in document["systems"]] == [organised.system.name]
    assert document["tiers"][0]["systems"] == 3
    assert "secret" not in str(document).lower()


def test_organisation_of_two_teams_is_not_shown(organised: World) -> None:
    System.objects.filter(name="Elsewhere").delete()
    assert "once three teams have systems" in text(organised, ORGANISATION)
    assert organised.client(organised.alice).get("/reports/levels.json").status_code == 404
    assert organised.client(organised.alice).get("/api/v1/organisation/").status_code == 404


def test_team_page_names_its_systems_with_floor_and_next_step(organised: World) -> None:
    html = text(organised, TEAM, "bob")
    assert organised.system.name in html
    assert "Distance to the targets" in html
    assert reverse("maturity:plan", args=[organised.system.slug]) in html


@pytest.mark.parametrize("path", [TEAM, "/reports/levels/{slug}.json", "/reports/levels/{slug}.csv"])
def test_team_for_owner_mate_outsider_and_anonymous(organised: World, path: str) -> None:
    url = path.format(slug=organised.team.slug)
    people = (organised.alice, organised.bob, organised.charlie)
    assert [organised.client(user).get(url).status_code for user in people] == [200, 200, 404]
    assert organised.client(None).get(url).status_code == 302
    api = f"/api/v1/rollups/{organised.team.slug}/"
    assert [organised.client(user).get(api).status_code for user in people] == [200, 200, 404]
    assert organised.client(None).get(api).status_code in (401, 403)


@pytest.mark.parametrize("path", ["/api/v1/organisation/", "/api/v1/team-comparison/", ORGANISATION])
def test_organisation_is_for_people_who_signed_in(organised: World, path: str) -> None:
    assert organised.client(organised.charlie).get(path).status_code == 200
    assert organised.client(None).get(path).status_code in (302, 401, 403)


def test_only_a_manager_agrees_and_it_is_written_down(organised: World) -> None:
    assert [agree(organised, user) for user in ("bob", "charlie", "alice", "alice")] == [403, 404, 302, 302]
    assert Comparison.objects.get().team == organised.team
    assert AuditEvent.objects.filter(action="comparison.agreed").count() == 1
    assert agree(organised, agreed="no") == 302
    assert not Comparison.objects.exists()
    assert AuditEvent.objects.filter(action="comparison.withdrawn").count() == 1


def test_who_compares_is_compared(organised: World) -> None:
    agree(organised)
    heading = '<th scope="row">' + organised.team.name
    assert heading in text(organised, ORGANISATION)
    assert heading not in text(organised, ORGANISATION, "charlie")
    other = organised.charlie.memberships.get().team
    Comparison.objects.create(team=other)
    assert heading in text(organised, ORGANISATION, "charlie")
    names = [
        each["team"] for each in organised.client(organised.charlie).get("/api/v1/team-comparison/").json()
    ]
    assert sorted(names) == sorted([organised.team.slug, other.slug])
    assert "Third" not in text(organised, ORGANISATION)


def test_page_export_and_api_agree(organised: World) -> None:
    client, slug = organised.client(organised.bob), organised.team.slug
    document = client.get(f"/reports/levels/{slug}.json").json()
    assert client.get(f"/api/v1/rollups/{slug}/").json() == document
    assert client.get("/api/v1/organisation/").json() == client.get("/reports/levels.json").json()
    rows = csv.DictReader(io.StringIO(text(organised, "/reports/levels/{slug}.csv")))
    counted = [int(row["systems"]) for row in rows if row["tier"] == "production"]
    assert counted == document["tiers"][0]["counts"]


def test_reports_page_lists_what_can_be_printed(organised: World) -> None:
    html = text(organised, reverse("core:reports"))
    assert reverse("maturity:organisation") in html
    assert reverse("maturity:team", args=[organised.team.slug]) in html
    assert "Secret" not in html


@pytest.mark.parametrize("path", [ORGANISATION, TEAM, "/api/v1/organisation/"])
def test_rollup_takes_a_constant_number_of_queries(organised: World, path: str) -> None:
    client, counts = organised.client(organised.alice), []
    url = path.format(slug=organised.team.slug)
    client.get(url)
    for more in (1, 5):
        for _ in range(more):
            assess_system(SystemFactory.create(team=organised.team), now=NOW)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_bottleneck_is_kept_with_the_assessment_and_said_everywhere(organised: World) -> None:
    client, slug = organised.client(organised.bob), organised.system.slug
    assert "Too little evidence" in text(organised, f"/systems/{slug}/")
    document = client.get(f"/systems/{slug}/bottleneck.json").json()
    assert client.get(f"/api/v1/bottlenecks/{slug}/").json() == document
    assert client.get("/api/v1/bottlenecks/").json()["results"] == [document]
    assert (document["side"], document["system"]) == ("too_little_evidence", slug)
    rows = list(csv.DictReader(io.StringIO(client.get(f"/systems/{slug}/bottleneck.csv").content.decode())))
    assert [row["measure"] for row in rows] == [each["id"] for each in document["measures"]]
    for path in (f"/systems/{slug}/bottleneck.json", f"/api/v1/bottlenecks/{slug}/"):
        assert organised.client(organised.charlie).get(path).status_code == 404
        assert organised.client(None).get(path).status_code in (302, 401, 403)
