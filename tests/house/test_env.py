"""Values of the environment."""

import pytest

from config.env import cache_database


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
