"""Signing in to real MLflow servers: basic auth, and a bearer token before a proxy."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.http import AddressPolicy
from evidence.connectors import ConnectorError, Context
from evidence.connectors.mlflow import MlflowConnector
from evidence.records import BlindReason, NodeRecord, Page
from tests.fixtures.bearer_proxy import BearerProxy, bearer_proxy
from tests.fixtures.mlflow_auth_server import ADMIN, READER, AuthServer
from tests.fixtures.mlflow_server import MlflowServer

TOKEN = "t0ken-of-the-proxy"


def context(**changes: Any) -> Context:
    policy = AddressPolicy(frozenset({"127.0.0.1"}))
    return Context(now=datetime.now(UTC), cache_dir="", policy=policy, **changes)


def connector(url: str, user: tuple[str, str] | None = None, **values: str) -> MlflowConnector:
    if user:
        values |= {"auth": "basic", "username": user[0], "password": user[1]}
    return MlflowConnector({"url": url, **values})


def nodes(pages: list[Page], kind: str) -> list[NodeRecord]:
    return [r for page in pages for r in page.records if isinstance(r, NodeRecord) and r.kind == kind]


auth = pytest.mark.xdist_group("mlflow-auth")


@auth
def test_basic_with_the_right_password_reads(mlflow_auth_server: AuthServer) -> None:
    made = connector(mlflow_auth_server.url, ADMIN)
    pages = list(made.pull({}, context()))
    assert [run.attrs["run_id"] for run in nodes(pages, "run")] == [mlflow_auth_server.run]
    assert [model.label for model in nodes(pages, "model")] == ["churn"]
    assert all(capability.works for capability in made.check(context()).capabilities)


@auth
@pytest.mark.parametrize("user", [(ADMIN[0], "wrong-password"), None])
def test_basic_with_a_wrong_password_or_none_says_so(
    mlflow_auth_server: AuthServer, user: tuple[str, str] | None
) -> None:
    with pytest.raises(ConnectorError) as caught:
        list(connector(mlflow_auth_server.url, user).pull({}, context()))
    assert "asks for a sign-in (401)" in caught.value.why
    assert caught.value.reason is BlindReason.PERMISSION_DENIED
    assert caught.value.permanent
    assert "wrong-password" not in str(caught.value)


@auth
def test_a_bearer_token_is_not_taken_for_a_password(mlflow_auth_server: AuthServer) -> None:
    with pytest.raises(ConnectorError, match="401"):
        list(connector(mlflow_auth_server.url, auth="bearer", token="x").pull({}, context()))


@auth
def test_a_user_who_may_read_nothing_is_blind(mlflow_auth_server: AuthServer) -> None:
    """MLflow hides what a user may not read, and answers an empty list: no absence is concluded."""
    known = {"runs": [mlflow_auth_server.run]}
    pages = list(connector(mlflow_auth_server.url, READER).pull({}, context(full=True, known=known)))
    blind = [each for page in pages for each in page.blind]
    assert {"experiments", "gone_runs"} <= {each.scope for each in blind}
    assert {each.reason for each in blind} == {BlindReason.PERMISSION_DENIED}
    assert not [node for node in nodes(pages, "run") if node.gone]
    assert not [r for page in pages for r in page.records if getattr(r, "kind", "") == "run_deleted"]


@pytest.fixture
def proxy(mlflow_server: MlflowServer) -> Iterator[BearerProxy]:
    with mlflow_server.alone(), bearer_proxy(mlflow_server.url, token=TOKEN) as running:
        yield running


live = pytest.mark.xdist_group("mlflow")


@live
@pytest.mark.mlflow
def test_bearer_and_workspace_pass_through_a_proxy(proxy: BearerProxy) -> None:
    made = connector(proxy.url, auth="bearer", token=TOKEN, workspace="default", experiments="churn")
    assert nodes(list(made.pull({}, context())), "run")
    assert set(proxy.seen) == {"default"}


@live
@pytest.mark.mlflow
@pytest.mark.parametrize("values", [{"auth": "bearer", "token": "wrong"}, {}])
def test_bearer_with_a_wrong_token_or_none_says_so(proxy: BearerProxy, values: dict[str, str]) -> None:
    with pytest.raises(ConnectorError, match=r"asks for a sign-in \(401\)"):
        list(connector(proxy.url, None, **values).pull({}, context()))
    assert proxy.seen == []
