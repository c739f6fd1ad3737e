"""The first account: made once, its password kept for its owner only and shown until it is changed."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from core.accounts import first_account
from core.models import Membership, Team, User
from core.permissions import Role
from tests.factories import TeamFactory

pytestmark = pytest.mark.django_db


def made(file: Path) -> tuple[str, str]:
    return first_account(file, name="admin", with_team=True)


def test_the_account_is_an_administrator_and_manages_the_first_team(tmp_path: Path) -> None:
    name, password = made(tmp_path / "password")
    user = User.objects.get(username=name)
    assert user.is_superuser
    assert user.check_password(password)
    assert Membership.objects.get().role == Role.MANAGER


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    assert made(tmp_path / "password") == made(tmp_path / "password")
    assert (User.objects.count(), Team.objects.count(), Membership.objects.count()) == (1, 1, 1)


def test_the_password_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "password"
    _, password = made(file)
    assert file.read_text() == password + "\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_changed_password_is_neither_shown_nor_set_back(tmp_path: Path) -> None:
    _, old = made(tmp_path / "password")
    user = User.objects.get()
    user.set_password("a-password-of-my-own")
    user.save()
    name, shown = made(tmp_path / "password")
    assert name == "admin"
    assert shown not in (old, "a-password-of-my-own")
    assert User.objects.get().check_password("a-password-of-my-own")


def test_a_lost_file_does_not_hinder(tmp_path: Path) -> None:
    made(tmp_path / "password")
    (tmp_path / "password").unlink()
    assert made(tmp_path / "password") == ("admin", "you chose")


def test_an_organisation_with_teams_gets_no_other(tmp_path: Path) -> None:
    TeamFactory.create()
    made(tmp_path / "password")
    assert Team.objects.count() == 1
    assert not Membership.objects.exists()


def test_the_command_prints_the_sign_in(tmp_path: Path) -> None:
    out = StringIO()
    with override_settings(DATA_DIR=tmp_path):
        call_command("first_account", stdout=out)
    password = (tmp_path / "password").read_text().strip()
    assert out.getvalue() == f"Sign in as admin with the password {password}\n"
