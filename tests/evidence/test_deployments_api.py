"""The deployment hook over HTTP."""

from typing import Any

import pytest

from evidence.models import Node
from tests.conftest import World

BODY: dict[str, Any] = {
    "environment": "production",
    "target": "churn-api",
    "model": {"name": "churn", "version": "3"},
    "external_id": "deploy-77",
}


def report(world: World, who: str, **changes: object) -> Any:
    body = {**BODY, "system": world.system.slug, **changes}
    client = world.client(getattr(world, who))
    return client.post("/api/v1/deployments/", body, content_type="application/json")


def test_report_and_repeat(world: World) -> None:
    first, again = report(world, "alice"), report(world, "alice")
    assert (first.status_code, again.status_code) == (201, 200)
    assert Node.objects.filter(kind="deployment").count() == 1


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("charlie", 404)])
def test_rights(world: World, who: str, status: int) -> None:
    assert report(world, who).status_code == status
    assert not Node.objects.exists()


def test_same_key_for_another_report_conflicts(world: World) -> None:
    report(world, "alice")
    answer = report(world, "alice", model={"name": "churn", "version": "4"})
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"traffic_percent": 101}, "traffic_percent"),
        ({"git_commit": "abc123"}, "git_commit"),
        ({"status": "maybe"}, "status"),
        ({"model": {"name": "churn"}}, "model"),
        ({"environment": ""}, "environment"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"started_at": "2026-11-02T00:00:00Z", "finished_at": "2026-11-01T00:00:00Z"}, "finished_at"),
    ],
)
def test_bad_field_is_named(world: World, changes: dict[str, object], field: str) -> None:
    answer = report(world, "alice", **changes)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_body_that_is_no_json(world: World) -> None:
    client = world.client(world.alice)
    answer = client.post("/api/v1/deployments/", "{", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_list_is_filtered_by_system(world: World) -> None:
    report(world, "alice")
    client = world.client(world.alice)
    assert len(client.get(f"/api/v1/deployments/?system__slug={world.system.slug}").json()["results"]) == 1
    assert client.get("/api/v1/deployments/?system__slug=other").json()["results"] == []
