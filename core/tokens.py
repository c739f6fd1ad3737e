"""API tokens: made, shown once, kept as a digest only."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import ApiToken, Team, TokenScope, User
from core.permissions import Principal

PREFIX = "rsb_"
USE_RESOLUTION = timedelta(minutes=10)
"""`last_used_at` is written at most this often, so that reading stays free of writes."""


def digest_of(text: str) -> str:
    """SHA-256 is enough for a random token of 256 bits: there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def create_token(
    *, team: Team, name: str, scope: str = TokenScope.READ, by: User, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its clear text, which is never to be had again."""
    clear = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        team=team,
        name=name,
        scope=scope,
        digest=digest_of(clear),
        hint=clear[: len(PREFIX) + 4],
        created_by=by,
        expires_at=expires_at,
    )
    audit.record(by, "token.created", token.hint, team=team, detail={"name": name, "scope": scope})
    return token, clear


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Principal) -> None:
    """End a token; ending it twice changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(by, "token.revoked", token.hint, team=token.team, detail={"name": token.name})


def token_for(clear: str) -> ApiToken | None:
    """The usable token with this clear text, or None."""
    if not clear.startswith(PREFIX):
        return None
    now = timezone.now()
    token = ApiToken.objects.usable(now).select_related("team").filter(digest=digest_of(clear)).first()
    if token and (token.last_used_at is None or now - token.last_used_at > USE_RESOLUTION):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
