"""What went wrong, in three sentences: what, why, what to do."""

from core.http import Fault, HttpError
from evidence.connectors.base import ConnectorError
from evidence.records import Blindness, BlindReason

REASONS = {
    Fault.UNAUTHENTICATED: BlindReason.PERMISSION_DENIED,
    Fault.FORBIDDEN: BlindReason.PERMISSION_DENIED,
    Fault.NOT_FOUND: BlindReason.NOT_SUPPORTED,
}

REMEDIES = {
    Fault.UNAUTHENTICATED: "Set how to sign in (auth, username and password, or token) for this source.",
    Fault.FORBIDDEN: "Give the user of this source READ permission on MLflow's experiments and models.",
    Fault.NOT_FOUND: "Nothing to do where the server is older than this feature; else check the address.",
    Fault.UNREACHABLE: "Start the server or mend the address; the next sync tries again.",
    Fault.TIMEOUT: "Look whether the server is overloaded; the next sync tries again.",
    Fault.RATE_LIMITED: "Nothing to do if it is rare; else sync less often, or let the limit be raised.",
    Fault.SERVER: "Look into the MLflow server's log; the next sync tries again.",
    Fault.BLOCKED: "Let an administrator add the host to ALLOWED_PRIVATE_HOSTS, or mend the address.",
    Fault.CERTIFICATE: "Let an administrator name the certificate authority with SSL_CERT_FILE, or mend it.",
    Fault.NOT_JSON: "Enter the address of the MLflow server itself, and its sign-in where it needs one.",
    Fault.REDIRECTED: "Enter the address that the server redirects to.",
    Fault.TOO_LARGE: "Look whether this is the MLflow server, and what it answers there.",
    Fault.REFUSED: "Look whether a proxy changes requests; the server's own words are above.",
}

PASSING = frozenset({Fault.UNREACHABLE, Fault.TIMEOUT, Fault.SERVER, Fault.RATE_LIMITED})
"""Faults that may be over at the next try without anybody doing anything."""

HOST_GUARD = "Invalid Host header"


class EndlessPagesError(Exception):
    """A listing that never ends or repeats itself; the message is a sentence."""


Failure = HttpError | EndlessPagesError


def blindness(error: Failure, *, what: str, scope: str) -> Blindness:
    """A part that could not be read while the rest of the pull goes on."""
    why, remedy, reason = _explained(error)
    return Blindness(what=what, reason=reason, why=why, remedy=remedy, scope=scope)


def connector_error(error: Failure, *, what: str) -> ConnectorError:
    """Nothing could be read at all."""
    why, remedy, reason = _explained(error)
    passing = isinstance(error, HttpError) and error.fault in PASSING
    return ConnectorError(what, why=why, remedy=remedy, reason=reason, permanent=not passing)


def _explained(error: Failure) -> tuple[str, str, BlindReason]:
    if isinstance(error, EndlessPagesError):
        remedy = "Look whether a proxy or a cache stands before the server and repeats an answer."
        return str(error), remedy, BlindReason.COLLECTOR_FAILED
    if HOST_GUARD in str(error):
        return _host_guard(error)
    reason = REASONS.get(error.fault, BlindReason.COLLECTOR_FAILED)
    return str(error), REMEDIES[error.fault], reason


def _host_guard(error: HttpError) -> tuple[str, str, BlindReason]:
    why = (
        "MLflow 3 refuses requests that call it by a host name it was not told about"
        f" (its guard against DNS rebinding): {error}"
    )
    remedy = "Start MLflow with --allowed-hosts and the host name of this source's address (with its port)."
    return why, remedy, BlindReason.PERMISSION_DENIED
