"""API tokens: shown once, kept as a digest, bound to a team and a scope."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.models import ApiToken, AuditEvent, TokenScope
from core.tokens import create_token, revoke_token, token_for
from tests.conftest import World
from tests.factories import SystemFactory


def bearer(clear: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {clear}"}


def test_create_keeps_no_clear_text(world: World) -> None:
    token, clear = create_token(team=world.team, name="ci", by=world.alice)
    stored = ApiToken.objects.filter(pk=token.pk).values().get()
    assert clear not in str(stored)
    assert token_for(clear) == token
    assert AuditEvent.objects.get(action="token.created").actor == "alice"
    assert clear not in str(AuditEvent.objects.values())


def test_token_for_refuses_revoked_expired_and_unknown(world: World) -> None:
    _, expired = create_token(
        team=world.team, name="old", by=world.alice, expires_at=timezone.now() - timedelta(1)
    )
    token, revoked = create_token(team=world.team, name="ci", by=world.alice)
    revoke_token(token, by=world.alice)
    revoke_token(token, by=world.alice)
    assert [token_for(text) for text in (expired, revoked, "rsb_unknown", "nonsense")] == [None] * 4
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_api_with_a_token_sees_its_team_only(world: World) -> None:
    foreign = SystemFactory.create()
    _, clear = create_token(team=world.team, name="ci", by=world.alice)
    answer = Client().get("/api/v1/systems/", headers=bearer(clear))
    slugs = [system["slug"] for system in answer.json()["results"]]
    assert slugs == [world.system.slug]
    assert Client().get(f"/api/v1/systems/{foreign.slug}/", headers=bearer(clear)).status_code == 404


@pytest.mark.parametrize(("scope", "status"), [(TokenScope.READ, 403), (TokenScope.WRITE, 201)])
def test_scope_decides_about_writing(world: World, scope: str, status: int) -> None:
    _, clear = create_token(team=world.team, name="ci", scope=scope, by=world.alice)
    body = {
        "system": world.system.slug,
        "environment": "production",
        "target": "api",
        "model": {"name": "m", "version": "1"},
    }
    answer = Client().post(
        "/api/v1/deployments/", body, content_type="application/json", headers=bearer(clear)
    )
    assert answer.status_code == status, answer.content


def test_bad_token_is_a_problem_in_json(db: None) -> None:
    answer = Client().get("/api/v1/systems/", headers=bearer("rsb_wrong"))
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "tokens page" in answer.json()["detail"]
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_no_credentials_is_401(db: None) -> None:
    assert Client().get("/api/v1/systems/").status_code == 401
