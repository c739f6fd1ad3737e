"""What went wrong with a code host, in three sentences: what, why, what to do."""

from core.http import Fault, HttpError
from evidence.connectors.base import ConnectorError
from evidence.records import Blindness, BlindReason

DENIED = frozenset({Fault.UNAUTHENTICATED, Fault.FORBIDDEN, Fault.NOT_FOUND})
"""GitHub hides what a token may not see behind 404 as well."""

REMEDIES = {
    Fault.UNAUTHENTICATED: "Enter a token that is valid; it may have expired.",
    Fault.FORBIDDEN: "Give the token the permission, and access to this repository.",
    Fault.NOT_FOUND: "Check the address; the token must have access to this repository, and the permission.",
    Fault.UNREACHABLE: "Check the address and the network; the next sync tries again.",
    Fault.TIMEOUT: "Nothing to do if it is rare; the next sync goes on where this one stopped.",
    Fault.RATE_LIMITED: "Nothing to do: a sync after that moment goes on where this one stopped.",
    Fault.SERVER: "Look at the host's status page; the next sync goes on where this one stopped.",
    Fault.BLOCKED: "Let an administrator add the host to ALLOWED_PRIVATE_HOSTS, or mend the address.",
    Fault.CERTIFICATE: "Let an administrator name the certificate authority with SSL_CERT_FILE, or mend it.",
    Fault.NOT_JSON: "Enter the address of the repository itself; a proxy or a sign-in page answered.",
    Fault.REDIRECTED: "Enter the address that the host redirects to.",
    Fault.TOO_LARGE: "Look whether this is the address of a code host.",
    Fault.REFUSED: "The host's own words are above.",
}

PASSING = frozenset({Fault.UNREACHABLE, Fault.TIMEOUT, Fault.SERVER, Fault.RATE_LIMITED})
"""Faults that end a pull, and may be over at the next."""


def reason_of(error: HttpError) -> BlindReason:
    return BlindReason.PERMISSION_DENIED if error.fault in DENIED else BlindReason.COLLECTOR_FAILED


def blindness(error: HttpError, *, what: str, scope: str, permission: str = "") -> Blindness:
    """A part that could not be read; `permission` is what the token needs for it."""
    needed = f"The token needs the permission “{permission}” for this repository."
    remedy = needed if permission and error.fault in DENIED else REMEDIES[error.fault]
    return Blindness(what=what, reason=reason_of(error), why=str(error), remedy=remedy, scope=scope)


def connector_error(error: HttpError, *, what: str) -> ConnectorError:
    """Nothing could be read at all."""
    return ConnectorError(
        what,
        why=str(error),
        remedy=REMEDIES[error.fault],
        reason=reason_of(error),
        permanent=error.fault not in PASSING,
    )
