"""Values of the environment."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import cache_database, existing_file


@pytest.mark.parametrize(
    ("url", "cache"),
    [
        ("unix:///var/valkey.sock", "unix:///var/valkey.sock?db=1"),
        ("redis://:secret@redis:6379/0", "redis://:secret@redis:6379/1"),
        ("redis://redis:6379", "redis://redis:6379/1"),
        ("rediss://redis:6379/0?ssl_cert_reqs=none", "rediss://redis:6379/1?ssl_cert_reqs=none"),
    ],
)
def test_cache_lies_in_another_database_than_the_queues(url: str, cache: str) -> None:
    assert cache_database(url) == cache


def test_existing_file_drops_an_empty_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")
    assert existing_file("SSL_CERT_FILE") == ""
    assert "SSL_CERT_FILE" not in os.environ


def test_existing_file_refuses_a_name_of_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    with pytest.raises(ImproperlyConfigured, match="no such file"):
        existing_file("SSL_CERT_FILE")
