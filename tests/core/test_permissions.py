"""Roles, tokens and what they may."""

import pytest
from django.contrib.auth.models import AnonymousUser

from core.models import System, Team, TokenScope, User
from core.permissions import Permission, Principal, TokenPrincipal, has_permission, teams_allowing
from core.tokens import create_token
from tests.conftest import World
from tests.factories import UserFactory


def people(world: World) -> dict[str, Principal]:
    read, _ = create_token(team=world.team, name="r", by=world.alice)
    write, _ = create_token(team=world.team, name="w", scope=TokenScope.WRITE, by=world.alice)
    return {
        "owner": world.alice,
        "team mate": world.bob,
        "outsider": world.charlie,
        "anonymous": AnonymousUser(),
        "administrator": UserFactory.create(is_superuser=True),
        "inactive": UserFactory.create(is_superuser=True, is_active=False),
        "reading token": TokenPrincipal(read),
        "writing token": TokenPrincipal(write),
    }


ALL = {"owner", "team mate", "administrator", "reading token", "writing token"}


@pytest.mark.parametrize(
    ("permission", "who"),
    [
        (Permission.TEAM_VIEW, ALL),
        (Permission.DEPLOYMENT_REPORT, {"owner", "administrator", "writing token"}),
        (Permission.SOURCE_MANAGE, {"owner", "administrator"}),
    ],
)
def test_has_permission(world: World, permission: Permission, who: set[str]) -> None:
    may = {name for name, one in people(world).items() if has_permission(one, permission, team=world.team)}
    assert may == who


def test_visible_systems(world: World) -> None:
    sees = {name for name, one in people(world).items() if world.system in System.objects.visible_to(one)}
    assert sees == ALL


def test_teams_allowing_agrees_with_has_permission(world: World) -> None:
    for name, one in people(world).items():
        for permission in Permission:
            listed = world.team in Team.objects.filter(pk__in=teams_allowing(one, permission).values("pk"))
            assert listed == has_permission(one, permission, team=world.team), (name, permission)


def test_without_a_team_only_an_administrator_may(world: World) -> None:
    may = {n for n, one in people(world).items() if has_permission(one, Permission.SOURCE_MANAGE, team=None)}
    assert may == {"administrator"}


def test_role_of_another_team_counts_for_nothing(world: World) -> None:
    user: User = world.charlie
    assert not has_permission(user, Permission.TEAM_VIEW, team=world.team)
