"""What people of the sample workspace say, said through the API: a waiver, a word, a drill.

Two people are needed: nobody approves their own request. Each signs in with a session of their own,
because no token may approve or attest.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import get_random_string

from core.http import Client
from core.models import Membership, Team, User
from core.permissions import Role
from samples import servers
from samples.connections import PERSON
from samples.workspace import Workspace

REVIEWER = "sample-reviewer"
SYSTEM = "churn"
TEAM = "growth"
WAIVER = {
    "system": SYSTEM,
    "criterion": "cd-preprod-first",
    "reason": "Churn has one namespace until the platform team has set up a second one.",
    "link": "https://tickets.example.invalid/growth/41",
}
WORD = {
    "system": SYSTEM,
    "criterion": "att-debuggable",
    "statement": "Each step calls plain functions; tests/test_features.py runs them one by one.",
    "link": "https://git.example.invalid/growth/churn/tests/test_features.py",
}


def say(workspace: Workspace) -> str:
    """One person asks for a waiver, another approves it and gives a word; what was said is not said again."""
    reviewer()
    if not _said(workspace, "waivers"):
        end = (workspace.began + timedelta(days=90)).isoformat()
        _send(workspace, "waivers", {**WAIVER, "expires_at": end}, by=PERSON)
    for waiver in _said(workspace, "waivers"):
        if waiver["approved_at"] is None:
            _send(workspace, f"waivers/{waiver['id']}/approve", {}, by=REVIEWER)
    if not _said(workspace, "attestations"):
        _send(workspace, "attestations", WORD, by=REVIEWER)
    return "1 waiver, 1 attestation"


def start_drill(workspace: Workspace, *, system: str, kind: str, notes: str) -> None:
    """Begin a drill unless one of this kind was run before."""
    known = _said(workspace, "drills", system=system)
    if not any(drill["kind"] == kind for drill in known):
        _send(workspace, "drills", {"system": system, "kind": kind, "notes": notes}, by=PERSON)


def reviewer() -> None:
    """The second person, a manager of the team."""
    user, created = User.objects.get_or_create(username=REVIEWER)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    team = Team.objects.get(slug=TEAM)
    Membership.objects.get_or_create(user=user, team=team, defaults={"role": Role.MANAGER})


@contextmanager
def signed_in(workspace: Workspace, name: str) -> Iterator[Client]:
    """A client of our own server in which this person is signed in; signed out afterwards."""
    user = User.objects.get(username=name)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    secret = get_random_string(32)
    cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={secret}"
    try:
        with servers.client(workspace.web, headers={"Cookie": cookies, "X-CSRFToken": secret}) as client:
            yield client
    finally:
        session.delete()


def _said(workspace: Workspace, what: str, *, system: str = SYSTEM) -> list[Mapping[str, Any]]:
    with signed_in(workspace, PERSON) as client:
        answer = client.get(f"api/v1/{what}/", params={"system__slug": system}).json()
    found: list[Mapping[str, Any]] = answer["results"]
    return found


def _send(workspace: Workspace, what: str, body: Mapping[str, object], *, by: str) -> None:
    with signed_in(workspace, by) as client:
        client.post(f"api/v1/{what}/", body=body)
