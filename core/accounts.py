"""The first account of an installation."""

import os
import secrets
from pathlib import Path

from django.db import transaction

from core.models import Membership, Team, User
from core.permissions import Role


@transaction.atomic
def first_account(file: Path, *, name: str, with_team: bool) -> tuple[str, str]:
    """An administrator's name and password, made once; the password is kept in `file` (mode 0600).

    `with_team`: a first team to connect the first source to.

    Whoever changes the password on the page need not fear that it is set back.
    """
    if User.objects.filter(username=name).exists():
        kept = file.read_text().strip() if file.exists() else ""
        user = User.objects.get(username=name)
        return name, kept if kept and user.check_password(kept) else "you chose"
    password = secrets.token_urlsafe(9)
    user = User.objects.create_superuser(username=name, email=f"{name}@localhost.invalid", password=password)
    if with_team and not Team.objects.exists():
        team = Team.objects.create(slug="first-team", name="First team")
        Membership.objects.create(user=user, team=team, role=Role.MANAGER)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(password + "\n")
    return name, password
