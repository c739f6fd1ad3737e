"""Secrets of sources, encrypted at rest with keys from the environment (Fernet: AES-128-CBC + HMAC)."""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretsUnreadableError(Exception):
    """The key that sealed these secrets is not among EVIDENCE_KEY any more."""


def _fernet() -> MultiFernet:
    keys = [hashlib.sha256(key.encode()).digest() for key in settings.EVIDENCE_KEYS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def seal(values: Mapping[str, str]) -> bytes:
    """Encrypt secret settings by name; nothing stays nothing."""
    return _fernet().encrypt(json.dumps(dict(values)).encode()) if values else b""


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """The secret settings by name."""
    if not sealed:
        return {}
    try:
        values: dict[str, str] = json.loads(_fernet().decrypt(bytes(sealed)))
    except InvalidToken:
        raise SecretsUnreadableError(
            "The secrets of this source cannot be read: they were sealed with another EVIDENCE_KEY."
            " Put the old key behind the new one, or enter the secrets again."
        ) from None
    return values
