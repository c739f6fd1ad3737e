"""A repository over real HTTPS: partial clone, private access, certificates, redirects."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.http import AddressPolicy, Client, Fault, HttpError
from evidence.connectors import ConnectorError, Context
from evidence.connectors.git import GitConnector
from evidence.git import clone_or_fetch
from evidence.git_access import Access
from evidence.models import SyncStatus
from evidence.records import BlindReason, NodeRecord
from evidence.secrets import seal
from evidence.sync import request_sync, run_sync
from tests.evidence.git_trees import Repo
from tests.factories import SourceFactory
from tests.fixtures.git_https_server import GitServer, git_https_server

TOKEN = "t0ken-that-may-read"
LOCAL = frozenset({"localhost"})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    repo = Repo.create(tmp_path / "churn")
    repo.commit({"Dockerfile": "FROM python:3.13\nCOPY . .\nCMD python serve.py\n", "data.bin": "0" * 9000})
    repo.bare(tmp_path / "served" / "churn.git")
    (tmp_path / "served" / "private").mkdir()
    repo.bare(tmp_path / "served" / "private" / "churn.git")
    with git_https_server(tmp_path / "served", folder=tmp_path, password=TOKEN) as running:
        yield running


@pytest.fixture
def trusted(server: GitServer, monkeypatch: pytest.MonkeyPatch) -> GitServer:
    """The administrator named the certificate authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    return server


def pulled(url: str, tmp_path: Path, **values: str) -> dict[str, Any]:
    """The attributes of the repository's node."""
    cache = str(tmp_path / "cache")
    context = Context(now=datetime.now(UTC), cache_dir=cache, policy=AddressPolicy(LOCAL))
    pages = list(GitConnector({"url": url, **values}).pull({}, context))
    found = [r for page in pages for r in page.records if isinstance(r, NodeRecord)]
    return next(dict(node.attrs) for node in found if node.kind == "repository")


def test_a_public_repository_is_read_over_https(trusted: GitServer, tmp_path: Path) -> None:
    for _ in range(2):  # a clone, then a fetch into the cache
        attrs = pulled(f"{trusted.url}/churn.git", tmp_path)
        assert attrs["signals"]["container_image"]["paths"] == ["Dockerfile"]


def test_the_clone_over_https_is_partial(trusted: GitServer, tmp_path: Path) -> None:
    git = clone_or_fetch(f"{trusted.url}/churn.git", tmp_path / "r.git", access=Access())
    sizes = {file.path: file.size for file in git.files("HEAD", wanted=lambda path: path == "Dockerfile")}
    assert git.is_partial()
    assert sizes["data.bin"] is None
    assert sizes["Dockerfile"]


def test_a_private_repository_is_read_with_its_token(trusted: GitServer, tmp_path: Path) -> None:
    attrs = pulled(f"{trusted.url}/private/churn.git", tmp_path, token=TOKEN)
    assert attrs["commit"]
    assert TOKEN not in "".join(path.read_text() for path in (tmp_path / "cache").rglob("config"))


@pytest.mark.parametrize("values", [{"token": "wr0ng-t0ken"}, {}])
def test_a_wrong_token_or_none_is_refused_in_a_sentence(
    trusted: GitServer, tmp_path: Path, values: dict[str, str]
) -> None:
    with pytest.raises(ConnectorError, match="refused the sign-in") as caught:
        pulled(f"{trusted.url}/private/churn.git", tmp_path, **values)
    assert caught.value.reason is BlindReason.PERMISSION_DENIED
    assert caught.value.permanent
    assert "wr0ng" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(server: GitServer, tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="certificate is not trusted here") as caught:
        pulled(f"{server.url}/churn.git", tmp_path)
    assert "SSL_CERT_FILE" in caught.value.remedy
    assert server.asked == []


def test_a_redirect_to_another_host_is_refused(trusted: GitServer, tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="redirects to another address, which is not followed"):
        pulled(f"{trusted.url}/moved/churn.git", tmp_path)


def test_a_client_refuses_and_then_trusts_the_certificate(
    server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow, KFP and the others are called by the same client, under the same setting."""
    path = "churn.git/HEAD"
    with Client(server.url, policy=AddressPolicy(LOCAL)) as client, pytest.raises(HttpError) as caught:
        client.get(path)
    assert caught.value.fault is Fault.CERTIFICATE
    assert "is not trusted here (self" in str(caught.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    with Client(server.url, policy=AddressPolicy(LOCAL)) as client:
        assert client.get(path).body.startswith(b"ref: ")


@pytest.mark.django_db
def test_a_sync_takes_the_token_from_the_sealed_secrets(trusted: GitServer, settings: Any) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = LOCAL
    url = f"{trusted.url}/private/churn.git"
    source = SourceFactory.create(kind="git", url=url, settings={}, sealed_secrets=seal({"token": TOKEN}))
    sync = run_sync(request_sync(source, by="test").pk)
    assert sync is not None
    assert sync.status == SyncStatus.SUCCEEDED
