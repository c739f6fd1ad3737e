"""Who calls the API, and whether their scope allows the method."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from core.models import ApiToken, TokenScope
from core.permissions import TokenPrincipal
from core.tokens import token_for

if TYPE_CHECKING:  # rest_framework.views imports this module
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer rsb_…`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _space, clear = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token_for(clear.strip())
        if token is None:
            raise AuthenticationFailed(
                _("This token is unknown, expired or revoked. Make a new one on the tokens page.")
            )
        return TokenPrincipal(token), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="rashinban"'


class ScopeAllows(BasePermission):
    """Signed in, and no writing with a token that may only read."""

    message = _("This token may only read. Make one with the scope “read and write”.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        token = request.auth
        if request.method in SAFE_METHODS or not isinstance(token, ApiToken):
            return True
        return token.scope == TokenScope.WRITE


class PrincipalRateThrottle(SimpleRateThrottle):
    """So many requests a minute for each person or token."""

    scope = "principal"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        ident = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
