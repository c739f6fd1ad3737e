"""The base world: Alice manages a team, Bob is her team mate, Charlie is an outsider."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import settings as hypothesis

from core.models import System, Team, User
from core.permissions import Role
from tests.factories import MembershipFactory, SystemFactory, TeamFactory, UserFactory

hypothesis.register_profile("untimed", deadline=None)  # a busy machine is no error; speed is for benchmarks/
hypothesis.load_profile("untimed")


@dataclass(frozen=True)
class World:
    """One team with one system, and the three people every permission test names."""

    team: Team
    system: System
    alice: User
    bob: User
    charlie: User

    def client(self, user: User | None) -> Client:
        client = Client()
        if user:
            client.force_login(user)
        return client


@pytest.fixture
def world(db: None) -> World:
    team, other = TeamFactory.create(), TeamFactory.create()
    alice, bob, charlie = (
        UserFactory.create(username="alice"),
        UserFactory.create(username="bob"),
        UserFactory.create(username="charlie"),
    )
    MembershipFactory.create(user=alice, team=team, role=Role.MANAGER)
    MembershipFactory.create(user=bob, team=team, role=Role.VIEWER)
    MembershipFactory.create(user=charlie, team=other, role=Role.MANAGER)
    return World(team=team, system=SystemFactory.create(team=team), alice=alice, bob=bob, charlie=charlie)


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    yield
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        cache.clear()
