"""The pages: who sees them, what they say, and that all of them say the same."""

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from core.models import System, Tier
from evidence.models import Event
from maturity.models import Confirmation
from maturity.rubric import rubric
from maturity.services import assess_system
from tests.conftest import World
from tests.factories import SystemFactory
from tests.maturity.made import DAY, NOW
from tests.maturity.stored import fill

PAGES = ["scorecard", "badge", "export_json", "export_csv"]


@pytest.fixture(autouse=True)
def _clock() -> object:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def assessed(world: World) -> World:
    fill(world.system)
    assess_system(world.system, now=NOW)
    return world


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(f"maturity:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def api(client: Client, path: str) -> object:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def test_overview_before_the_first_system_says_what_to_do(world: World) -> None:
    System.objects.all().delete()
    html = page(world.client(world.alice), "overview")
    assert "No system is scored yet" in html
    assert reverse("evidence:connect") in html


def test_overview_shows_levels_step_and_shared_gap(assessed: World) -> None:
    html = page(assessed.client(assessed.bob), "overview")
    assert assessed.system.name in html
    assert "1 of 1 system stands at level 1 or higher" in html
    assert "Biggest shared gap" in html
    assert "Data and features: level 1 confirmed, level 2 possible" in html


def test_overview_shows_a_system_that_waits(world: World) -> None:
    assert "Waits for its first assessment" in page(world.client(world.alice), "overview")


def test_overview_leaves_out_other_teams_and_retired_systems(assessed: World) -> None:
    System.objects.filter(pk=SystemFactory.create(name="Archive", team=assessed.team).pk).update(
        tier=Tier.RETIRED
    )
    assert assessed.system.name not in page(assessed.client(assessed.charlie), "overview")
    assert "Archive" not in page(assessed.client(assessed.alice), "overview")


def test_overview_keeps_to_the_chosen_team(assessed: World) -> None:
    client = assessed.client(assessed.alice)
    other = SystemFactory.create(name="Elsewhere")
    assessed.alice.memberships.create(team=other.team, role="viewer")
    session = client.session
    session["team"] = other.team.slug
    session.save()
    html = page(client, "overview")
    assert "Elsewhere" in html
    assert f">{assessed.system.name}<" not in html


def test_scorecard_shows_verdict_reason_evidence_and_remedy(assessed: World) -> None:
    html = page(assessed.client(assessed.bob), "scorecard", assessed.system.slug)
    assert "Level 1 confirmed" in html
    assert "of 60 criteria could be seen" in html
    assert "can be moved to another content" in html
    assert f"docker buildx imagetools inspect registry.example/{assessed.system.slug}-train" in html
    assert "/lineage/" in html
    assert f"http://mlflow.example.invalid/#/models/{assessed.system.slug}/versions/3" in html
    assert html.count('class="criterion"') == len(rubric().criteria)


def test_scorecard_before_the_first_assessment_says_what_to_do(world: World) -> None:
    assert "Not assessed yet" in page(world.client(world.alice), "scorecard", world.system.slug)


def test_scorecard_says_that_evidence_is_too_old(assessed: World) -> None:
    with travel(NOW + 2 * DAY, tick=False):
        html = page(assessed.client(assessed.bob), "scorecard", assessed.system.slug)
    assert "too old to be believed" in html
    assert "Level 0 not confirmed" in html


def test_scorecard_draws_history(assessed: World) -> None:
    Event.objects.filter(kind="approved").delete()
    assess_system(assessed.system, now=NOW + DAY / 2)
    with travel(NOW + DAY / 2, tick=False):
        html = page(assessed.client(assessed.bob), "scorecard", assessed.system.slug)
    assert "it moved 1 time" in html
    assert "nothing approved it before it was deployed" in html


def test_criterion_shows_every_system(assessed: World) -> None:
    html = page(assessed.client(assessed.bob), "criterion", "repro-commit-bound")
    assert assessed.system.name in html
    assert "by mlflow.source.git.commit of the run" in html


@pytest.mark.parametrize("criterion", [c.id for c in rubric().criteria])
def test_criterion_page_of_every_criterion(world: World, criterion: str) -> None:
    assert "How it is measured" in page(world.client(world.alice), "criterion", criterion)


def test_criterion_that_does_not_exist_is_404(world: World) -> None:
    assert world.client(world.alice).get("/criteria/nothing/").status_code == 404


def test_page_api_badge_and_exports_agree(assessed: World) -> None:
    client, slug = assessed.client(assessed.bob), assessed.system.slug
    for moment in (NOW, NOW + 2 * DAY):
        with travel(moment, tick=False):
            exported = client.get(reverse("maturity:export_json", args=[slug])).json()
            table = list(csv.DictReader(io.StringIO(page(client, "export_csv", slug))))
            maturity = api(client, f"systems/{slug}/")["maturity"]  # type: ignore[index]
            rows = api(client, f"criteria-results/?system={slug}&current=true&page_size=100")["results"]  # type: ignore[index]
            badge, html = page(client, "badge", slug), page(client, "scorecard", slug)
        assert {name: exported[name] for name in maturity} == maturity
        verdicts = {row["criterion"]: (row["verdict"], row["sentence"]) for row in exported["results"]}
        assert {row["criterion"]: (row["verdict"], row["sentence"]) for row in table} == verdicts
        assert {row["criterion"]: (row["verdict"], row["sentence"]) for row in rows} == verdicts
        headline = "Level 1 confirmed" if exported["confirmed"] == 1 else "Level 0 not confirmed"
        assert headline in badge
        assert headline in html
        assert f"{exported['seen']} of {exported['applicable']} criteria" in badge


def test_csv_defuses_formulas(assessed: World) -> None:
    System.objects.filter(pk=assessed.system.pk).update(slug="-danger")
    text = page(assessed.client(assessed.bob), "export_csv", "-danger")
    assert text.splitlines()[1].startswith("'-danger,")


@pytest.mark.parametrize("name", PAGES)
def test_page_for_owner_mate_outsider_and_anonymous(assessed: World, name: str) -> None:
    url = reverse(f"maturity:{name}", args=[assessed.system.slug])
    seen = [
        assessed.client(user).get(url).status_code
        for user in (assessed.alice, assessed.bob, assessed.charlie)
    ]
    assert seen == [200, 200, 404]
    assert assessed.client(None).get(url).status_code == 302


@pytest.mark.parametrize("name", ["overview", "systems"])
def test_list_page_redirects_the_anonymous(world: World, name: str) -> None:
    assert world.client(None).get(reverse(f"maturity:{name}")).status_code == 302


def test_assess_now_is_for_editors(
    assessed: World, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    url = reverse("maturity:assess", args=[assessed.system.slug])
    with django_capture_on_commit_callbacks() as queued:  # type: ignore[attr-defined]
        seen = [
            assessed.client(u).post(url).status_code for u in (assessed.alice, assessed.bob, assessed.charlie)
        ]
    assert (seen, len(queued)) == ([302, 403, 404], 1)
    assert assessed.client(assessed.alice).get(url).status_code == 405


def test_api_for_owner_mate_outsider_and_anonymous(assessed: World) -> None:
    for path in ("systems/", "assessments/", "criteria-results/"):
        counts = [len(api(assessed.client(u), path)["results"]) for u in (assessed.alice, assessed.bob)]  # type: ignore[index]
        assert all(counts), path
    assert api(assessed.client(assessed.charlie), "assessments/")["results"] == []  # type: ignore[index]
    assert (
        assessed.client(assessed.charlie).get(f"/api/v1/systems/{assessed.system.slug}/").status_code == 404
    )
    assert assessed.client(None).get("/api/v1/systems/").status_code in (401, 403)


def test_api_filters(assessed: World) -> None:
    client = assessed.client(assessed.alice)
    assert len(api(client, f"systems/?team={assessed.team.slug}&tier=production")["results"]) == 1  # type: ignore[index]
    assert api(client, "systems/?tier=pilot")["results"] == []  # type: ignore[index]
    met = api(client, "criteria-results/?verdict=met&capability=repro&current=true")["results"]  # type: ignore[index]
    assert {row["capability"] for row in met} == {"repro"}
    assert api(client, "criteria-results/?current=false")["results"] == []  # type: ignore[index]
    assert len(api(client, f"assessments/?system={assessed.system.slug}&moved=true")["results"]) == 1  # type: ignore[index]


def _many(world: World, count: int) -> None:
    for _ in range(count):
        system = SystemFactory.create(team=world.team)
        assess_system(system, now=NOW)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/systems/",
        "/criteria/gov-owner/",
        "/api/v1/systems/?page_size=500",
        "/api/v1/assessments/?page_size=500",
        "/api/v1/criteria-results/?page_size=500&criterion=gov-owner",
    ],
)
@pytest.mark.parametrize("age", [0, 2])
def test_lists_take_a_constant_number_of_queries(assessed: World, path: str, age: int) -> None:
    client, counts = assessed.client(assessed.alice), []
    with travel(NOW + age * DAY, tick=False):
        client.get(path)
        for more in (2, 8):
            _many(assessed, more)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_api_pages_200_systems_in_as_many_queries_as_20(assessed: World) -> None:
    client = assessed.client(assessed.alice)
    held = Confirmation.objects.get(rubric="google")
    SystemFactory.create_batch(200, team=assessed.team)
    counts = []
    for size in (20, 200):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/api/v1/systems/?page_size={size}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert held.system_id == assessed.system.pk
