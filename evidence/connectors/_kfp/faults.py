"""What went wrong with a KFP server, in three sentences: what, why, what to do."""

from core.http import Fault, HttpError
from evidence.connectors.base import ConnectorError
from evidence.records import Blindness, BlindReason

REASONS = {
    Fault.UNAUTHENTICATED: BlindReason.PERMISSION_DENIED,
    Fault.FORBIDDEN: BlindReason.PERMISSION_DENIED,
    Fault.NOT_FOUND: BlindReason.NOT_SUPPORTED,
}

REMEDIES = {
    Fault.UNAUTHENTICATED: "Set how to sign in (auth and token) for this source; the token may have expired.",
    Fault.FORBIDDEN: "Give the account of this source read access to the namespace, and name the namespace.",
    Fault.NOT_FOUND: "Enter the address before /apis/v2beta1; servers older than KFP 2.0 are not read.",
    Fault.UNREACHABLE: "Start the server or mend the address; the next sync tries again.",
    Fault.TIMEOUT: "Set a smaller page size, or look whether the server is overloaded; it is tried again.",
    Fault.RATE_LIMITED: "Nothing to do if it is rare; else sync less often, or let the limit be raised.",
    Fault.SERVER: "Look into the log of ml-pipeline, the KFP API server; the next sync tries again.",
    Fault.BLOCKED: "Let an administrator add the host to ALLOWED_PRIVATE_HOSTS, or mend the address.",
    Fault.CERTIFICATE: "Let an administrator name the certificate authority with SSL_CERT_FILE, or mend it.",
    Fault.NOT_JSON: "A sign-in page often answers so: set auth and token, and the address of KFP itself.",
    Fault.REDIRECTED: "Enter the address it redirects to; if that is a sign-in page, set auth and token.",
    Fault.TOO_LARGE: "Set a smaller page size for this source.",
    Fault.REFUSED: "In multi-user mode KFP asks for a namespace: set it. Its own words are above.",
}

PASSING = frozenset({Fault.UNREACHABLE, Fault.TIMEOUT, Fault.SERVER, Fault.RATE_LIMITED})
"""Faults that may be over at the next try without anybody doing anything."""

HOPELESS = frozenset({Fault.UNREACHABLE, Fault.TIMEOUT, Fault.UNAUTHENTICATED, Fault.BLOCKED})
"""Faults that every other request to the server would meet as well."""


class EndlessPagesError(Exception):
    """A listing that never ends or repeats itself; the message is a sentence."""


class ShapeError(Exception):
    """An answer that is JSON, but not of the KFP API; the message is a sentence."""


Failure = HttpError | EndlessPagesError | ShapeError


def is_hopeless(error: Failure) -> bool:
    """True when the rest of the pull need not be tried."""
    return isinstance(error, HttpError) and error.fault in HOPELESS


def blindness(error: Failure, *, what: str, scope: str) -> Blindness:
    """A part that could not be read while the rest of the pull goes on."""
    why, remedy, reason = _explained(error)
    return Blindness(what=what, reason=reason, why=why, remedy=remedy, scope=scope)


def connector_error(error: Failure, *, what: str) -> ConnectorError:
    """Nothing could be read at all."""
    why, remedy, reason = _explained(error)
    passing = isinstance(error, HttpError) and error.fault in PASSING
    return ConnectorError(what, why=why, remedy=remedy, reason=reason, permanent=not passing)


def no_artifacts() -> Blindness:
    """Said at every pull: the API of KFP 2 tells tasks, but not the artifacts they read and wrote."""
    return Blindness(
        what="The artifacts that pipeline tasks read and wrote were not read.",
        reason=BlindReason.NOT_SUPPORTED,
        why="The v2beta1 API of KFP 2 does not answer them (it leaves artifact_ids empty).",
        remedy="Let components log their inputs and models to MLflow with the tag kfp.pipeline_run_id.",
        scope="artifacts",
    )


def _explained(error: Failure) -> tuple[str, str, BlindReason]:
    if isinstance(error, EndlessPagesError):
        remedy = "Look whether a proxy or a cache stands before the server and repeats an answer."
        return str(error), remedy, BlindReason.COLLECTOR_FAILED
    if isinstance(error, ShapeError):
        remedy = "Enter the address of the KFP API server (ml-pipeline) or of its gateway."
        return str(error), remedy, BlindReason.COLLECTOR_FAILED
    reason = REASONS.get(error.fault, BlindReason.COLLECTOR_FAILED)
    return str(error), REMEDIES[error.fault], reason
