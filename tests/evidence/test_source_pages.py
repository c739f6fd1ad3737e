"""Pages of sources: who sees them, what they never show, and what they cost."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from evidence.models import Binding, Source, Sync
from evidence.services import create_source
from tests.conftest import World
from tests.factories import NodeFactory, SourceFactory, SyncFactory

SECRET = "hunter2-hunter2"


@pytest.fixture
def source(world: World) -> Source:
    values = {"url": "http://mlflow.example.invalid", "auth": "bearer", "token": SECRET}
    return create_source(
        slug="tracking", name="Tracking", kind="mlflow", values=values, team=world.team, by=world.alice
    )


def test_secrets_are_sealed_and_never_shown(source: Source, world: World) -> None:
    stored = Source.objects.filter(pk=source.pk).values().get()
    assert SECRET.encode() not in bytes(stored["sealed_secrets"])
    assert SECRET not in str(stored)
    client = world.client(world.alice)
    for address in (
        "/sources/",
        "/sources/tracking/",
        "/sources/tracking/settings/",
        "/api/v1/sources/tracking/",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert SECRET not in answer.content.decode()
    assert SECRET not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("who", "page", "start_sync", "change"),
    [("alice", 200, 302, 200), ("bob", 200, 403, 403), ("charlie", 404, 404, 404), (None, 302, 302, 302)],
)
def test_rights(
    source: Source, world: World, who: str | None, page: int, start_sync: int, change: int
) -> None:
    client = world.client(getattr(world, who) if who else None)
    assert client.get("/sources/tracking/").status_code == page
    assert client.post("/sources/tracking/sync/").status_code == start_sync
    assert client.get("/sources/tracking/settings/").status_code == change
    assert Sync.objects.count() == (1 if who == "alice" else 0)


def test_outsider_sees_no_source_of_another_team_in_lists(source: Source, world: World) -> None:
    client = world.client(world.charlie)
    assert "Tracking" not in client.get("/sources/").content.decode()
    assert client.get("/api/v1/sources/").json()["results"] == []


def test_page_tells_error_and_blindness_in_sentences(source: Source, world: World) -> None:
    error = {
        "what": "MLflow did not answer.",
        "why": "Nobody listens there.",
        "remedy": "Start it.",
        "reason": "collector_failed",
    }
    SyncFactory.create(source=source, status="failed", error=error)
    text = world.client(world.alice).get("/sources/tracking/").content.decode()
    for sentence in error.values():
        if sentence != "collector_failed":
            assert sentence in text
    assert "all of it is unknown until the next reading" in text
    assert "came through everywhere" not in text


def test_bind_and_unbind_start_a_new_reading(source: Source, world: World) -> None:
    client = world.client(world.alice)
    form = {"system": world.system.pk, "kind": "experiment", "pattern": "churn-*"}
    client.post("/sources/tracking/bind/", form)
    binding = Binding.objects.get()
    assert (binding.system, binding.pattern, Sync.objects.count()) == (world.system, "churn-*", 1)
    client.post(reverse("evidence:unbind", args=["tracking", binding.pk]))
    assert not Binding.objects.exists()


def test_connect_makes_a_source_and_starts_it(world: World) -> None:
    form = {
        "do": "connect", "name": "Flow", "slug": "flow", "team": world.team.pk, "interval_minutes": 5,
        "set_url": "http://flow.example.invalid", "set_auth": "none",
    }  # fmt: skip
    client = world.client(world.alice)
    assert client.post("/sources/new/?kind=mlflow", form).status_code == 302
    made = Source.objects.get(slug="flow")
    assert (made.url, made.team, made.interval_minutes) == ("http://flow.example.invalid", world.team, 5)
    again = client.post("/sources/new/?kind=mlflow", form)
    assert "taken" in again.content.decode()


def test_connection_test_says_what_fails_and_saves_nothing(world: World) -> None:
    form = {
        "do": "check", "name": "Flow", "slug": "flow", "team": world.team.pk, "interval_minutes": 5,
        "set_url": "http://127.0.0.1:9", "set_auth": "none",
    }  # fmt: skip
    answer = world.client(world.alice).post("/sources/new/?kind=mlflow", form, headers={"HX-Request": "true"})
    assert "ALLOWED_PRIVATE_HOSTS" in answer.content.decode()
    assert not Source.objects.exists()


def test_viewer_cannot_connect(world: World) -> None:
    assert world.client(world.bob).get("/sources/new/").status_code == 403


def test_a_kind_that_is_gone_is_shown_as_it_is(world: World) -> None:
    SourceFactory.create(slug="old", kind="forgotten", team=world.team)
    client = world.client(world.alice)
    assert client.get("/sources/").status_code == 200
    assert client.get("/sources/old/").status_code == 200


@pytest.mark.parametrize("address", ["/sources/", "/sources/s0/", "/api/v1/sources/", "/api/v1/syncs/"])
def test_queries_do_not_grow(world: World, address: str) -> None:
    def fill(start: int, stop: int) -> None:
        for number in range(start, stop):
            one = SourceFactory.create(slug=f"s{number}", team=world.team)
            SyncFactory.create_batch(3, source=one)
            NodeFactory.create_batch(3, source=one, kind="experiment")
            Binding.objects.create(source=one, system=world.system, kind="model", pattern=f"m{number}")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    client = world.client(world.alice)
    fill(0, 2)
    client.get(address)
    few = cost()
    fill(2, 12)
    assert cost() == few


@pytest.mark.parametrize("kind", ["git", "github", "kfp", "mlflow"])
def test_settings_speak_the_reader_s_language(world: World, kind: str) -> None:
    page = world.client(world.alice).get("/sources/new/", {"kind": kind}, headers={"Accept-Language": "ja"})
    labels = re.findall(r"<label[^>]*>\s*([^<]+?)\s*<", page.content.decode())
    assert len(labels) > 5
    assert [label for label in labels if label.isascii()] == []
