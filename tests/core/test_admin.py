"""The administration: who may come in, what may be changed there, and what is never shown."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit
from core.models import ApiToken, AuditEvent, Membership, User
from core.permissions import Role
from core.tokens import create_token
from tests.conftest import World
from tests.factories import NodeFactory, SourceFactory, SyncFactory, SystemFactory

INLINE = "memberships"
READ_ONLY = ("core_apitoken", "core_auditevent", "evidence_source", "evidence_sync", "evidence_node")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser(username="root", email="root@example.invalid", password=None)


@pytest.fixture
def client(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def test_a_team_is_made_with_its_first_manager(client: Client, root: User) -> None:
    form = {
        "name": "Search",
        "slug": "search",
        f"{INLINE}-TOTAL_FORMS": 1,
        f"{INLINE}-INITIAL_FORMS": 0,
        f"{INLINE}-0-user": root.pk,
        f"{INLINE}-0-role": Role.MANAGER.value,
    }
    assert client.post(reverse("admin:core_team_add"), form).status_code == 302
    made = Membership.objects.get()
    assert (made.user, made.team.slug, made.role) == (root, "search", Role.MANAGER)


def test_without_a_team_an_administrator_is_told_to_make_one(client: Client) -> None:
    page = client.get(reverse("evidence:connect"))
    assert page.status_code == 200
    assert reverse("admin:core_team_add") in page.content.decode()
    assert reverse("evidence:connect") in client.get(reverse("evidence:sources")).content.decode()


def test_connecting_stays_refused_to_a_person_without_a_team(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user(username="dora"))
    assert client.get(reverse("evidence:connect")).status_code == 403


def test_a_manager_of_a_team_is_not_let_in(world: World) -> None:
    answer = world.client(world.alice).get(reverse("admin:core_team_changelist"))
    assert answer.status_code == 302
    assert reverse("admin:login") in answer["Location"]


@pytest.mark.parametrize("table", READ_ONLY)
def test_facts_cannot_be_written(client: Client, table: str) -> None:
    assert client.get(reverse(f"admin:{table}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{table}_add")).status_code == 403


def test_an_audit_event_is_shown_and_stays(client: Client, world: World) -> None:
    event = audit.record(world.alice, "system.changed", world.system, team=world.team)
    address = reverse("admin:core_auditevent_change", args=[event.pk])
    assert "system.changed" in client.get(address).content.decode()
    assert client.post(address, {"actor": "nobody"}).status_code == 403
    assert client.post(reverse("admin:core_auditevent_delete", args=[event.pk])).status_code == 403
    assert AuditEvent.objects.get(pk=event.pk).actor == "alice"


def test_neither_a_token_nor_its_digest_is_shown(client: Client, world: World) -> None:
    token, clear = create_token(team=world.team, name="deploy", by=world.alice)
    for address in (
        reverse("admin:core_apitoken_changelist"),
        reverse("admin:core_apitoken_change", args=[token.pk]),
    ):
        page = client.get(address).content.decode()
        assert token.hint in page
        assert clear not in page
        assert token.digest not in page
    assert ApiToken.objects.filter(pk=token.pk, revoked_at=None).exists()


def test_a_source_is_shown_without_its_secrets(client: Client) -> None:
    source = SourceFactory.create(sealed_secrets=b"sealed-bytes")
    page = client.get(reverse("admin:evidence_source_change", args=[source.pk])).content.decode()
    assert source.url in page
    assert "sealed" not in page


def test_a_system_is_changed_but_never_deleted(client: Client, world: World) -> None:
    assert client.get(reverse("admin:core_system_change", args=[world.system.pk])).status_code == 200
    assert client.post(reverse("admin:core_system_delete", args=[world.system.pk])).status_code == 403


@pytest.mark.parametrize("table", ["core_system", "core_apitoken", *READ_ONLY[2:]])
def test_a_list_costs_the_same_for_many_rows(client: Client, world: World, table: str) -> None:
    address = reverse(f"admin:{table}_changelist")

    def cost() -> int:
        one_of_each(world)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    client.get(address)
    assert cost() == cost()


def one_of_each(world: World) -> None:
    """A row more in every list, each with relations of its own."""
    source, system = SourceFactory.create(), SystemFactory.create()
    SyncFactory.create(source=source)
    NodeFactory.create(source=source, system=system)
    create_token(team=system.team, name="deploy", by=world.alice)


def test_a_thing_is_found_by_its_label_and_its_name(client: Client) -> None:
    node = NodeFactory.create(label="brave-fox-12")
    NodeFactory.create(label="calm-owl-3")
    for words in ("brave", node.uid):
        page = client.get(reverse("admin:evidence_node_changelist"), {"q": words}).content.decode()
        assert "brave-fox-12" in page
        assert "calm-owl-3" not in page
