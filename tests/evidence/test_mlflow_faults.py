"""What a server may do to us: each fault ends in sentences, and the rest of the pull goes on."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from core.http import AddressPolicy
from evidence.connectors import ConnectorError, Context
from evidence.connectors._mlflow.api import Api
from evidence.connectors.mlflow import MlflowConnector
from evidence.records import Blindness, BlindReason, Json, NodeRecord, Record

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]
EXPERIMENT = {"experiment_id": "1", "name": "churn", "lifecycle_stage": "active"}
RUN = {"info": {"run_id": "a" * 32, "experiment_id": "1", "start_time": 1000, "status": "FINISHED"}}
VERSION = {"name": "churn", "version": "1", "source": "models:/m-1", "run_id": "a" * 32}
HTML = httpx.Response(200, html="<html>Please sign in</html>")


def always(response: httpx.Response | dict[str, Any]) -> Answer:
    if isinstance(response, dict):
        return lambda _request: httpx.Response(200, json=response)
    return lambda _request: httpx.Response(
        response.status_code,
        content=response.content,
        headers={"content-type": response.headers["content-type"]},
    )


def refused(status: int, text: str = "no") -> Answer:
    return always(httpx.Response(status, text=text))


HEALTHY: Mapping[str, Answer] = {
    "/version": always(httpx.Response(200, text="3.17.2")),
    "/experiments/search": always({"experiments": [EXPERIMENT]}),
    "/runs/search": always({"runs": [RUN]}),
    "/logged-models/search": always({}),
    "/registered-models/search": always({"registered_models": [{"name": "churn"}]}),
    "/model-versions/search": always({"model_versions": [VERSION]}),
    "/model-versions/get-artifact": always(httpx.Response(200, text="flavors: {}")),
}


def connector(changes: Mapping[str, Answer], **values: str) -> MlflowConnector:
    """A connector to a healthy double, with some paths changed; unknown paths are 404."""
    answers = {**HEALTHY, **changes}

    def handle(request: httpx.Request) -> httpx.Response:
        found = next((answers[path] for path in answers if request.url.path.endswith(path)), None)
        return found(request) if found else httpx.Response(404, json={"error_code": "ENDPOINT_NOT_FOUND"})

    made = MlflowConnector({"url": "http://mlflow.example.org:5000", **values})
    made.transport = httpx.MockTransport(handle)
    return made


def context(**changes: Any) -> Context:
    return Context(now=NOW, cache_dir="", policy=AddressPolicy(), **changes)


def pulled(
    made: MlflowConnector, cursor: Mapping[str, Json] | None = None, **changes: Any
) -> tuple[list[Record], list[Blindness]]:
    pages = list(made.pull(cursor or {}, context(**changes)))
    return [r for page in pages for r in page.records], [b for page in pages for b in page.blind]


def uids(records: list[Record]) -> set[str]:
    return {r.uid for r in records if isinstance(r, NodeRecord) and not r.stub}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.http.time.sleep", lambda _seconds: None)


def test_pull_of_a_healthy_server_sees_everything() -> None:
    made = connector({})
    records, blind = pulled(made)
    assert {uid.split(":")[2] for uid in uids(records)} == {"experiment", "run", "model", "model_version"}
    assert blind == []
    assert made.cursor == {scope: NOW.isoformat() for scope in ("runs", "logged_models", "registry")}


@pytest.mark.parametrize(
    ("path", "scope", "kind"),
    [
        ("/runs/search", "runs", "run"),
        ("/logged-models/search", "logged_models", ""),
        ("/registered-models/search", "registry", "model"),
        ("/model-versions/search", "registry", "model"),
    ],
)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(401), BlindReason.PERMISSION_DENIED),
        (refused(403), BlindReason.PERMISSION_DENIED),
        (refused(404), BlindReason.NOT_SUPPORTED),
        (refused(500), BlindReason.COLLECTOR_FAILED),
        (always(HTML), BlindReason.COLLECTOR_FAILED),
        (always(httpx.Response(200, json=[1, 2])), BlindReason.COLLECTOR_FAILED),
    ],
)
def test_pull_with_a_failing_part_reads_the_rest(
    path: str, scope: str, kind: str, answer: Answer, reason: BlindReason
) -> None:
    made = connector({path: answer})
    records, blind = pulled(made, {"runs": "2026-11-21T12:00:00+00:00"})
    assert (scope, reason) in {(each.scope, each.reason) for each in blind}
    assert all(each.what and each.why and each.remedy for each in blind)
    assert not [uid for uid in uids(records) if uid.split(":")[2] == kind]
    assert "urn:rashinban:experiment:mlflow:mlflow.example.org%3A5000:1" in uids(records)
    assert made.cursor.get(scope) == ("2026-11-21T12:00:00+00:00" if scope == "runs" else None)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, BlindReason.PERMISSION_DENIED),
        (404, BlindReason.NOT_SUPPORTED),
        (503, BlindReason.COLLECTOR_FAILED),
    ],
)
def test_pull_of_a_server_where_nothing_works_raises(status: int, reason: BlindReason) -> None:
    made = connector(dict.fromkeys(HEALTHY, refused(status)))
    with pytest.raises(ConnectorError) as caught:
        pulled(made)
    assert caught.value.reason is reason
    assert caught.value.permanent is (status != 503)
    assert made.cursor == {}


def test_pull_of_a_server_that_is_down_raises_at_once() -> None:
    calls = []

    def down(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        raise httpx.ConnectError("Connection refused")

    with pytest.raises(ConnectorError) as caught:
        pulled(connector(dict.fromkeys(HEALTHY, down)))
    assert "cannot be reached" in caught.value.why
    assert not caught.value.permanent
    assert set(calls) == {"/version"}


def test_pull_past_the_host_guard_says_its_cause() -> None:
    guard = refused(403, "Invalid Host header - possible DNS rebinding attack detected")
    with pytest.raises(ConnectorError) as caught:
        pulled(connector(dict.fromkeys(HEALTHY, guard)))
    assert "DNS rebinding" in caught.value.why
    assert "--allowed-hosts" in caught.value.remedy


def test_pull_of_a_sign_in_page_raises() -> None:
    with pytest.raises(ConnectorError) as caught:
        pulled(connector(dict.fromkeys(HEALTHY, always(HTML))))
    assert "text/html" in caught.value.why


def test_pull_stops_reading_an_answer_without_end() -> None:
    sent = []

    def endless() -> Iterator[bytes]:
        for _ in range(2048):
            sent.append(1)
            yield b" " * 1024 * 1024

    huge = connector({"/runs/search": lambda _request: httpx.Response(200, content=endless())})
    _, blind = pulled(huge)
    assert [each.scope for each in blind] == ["runs"]
    assert "larger than 64 MiB" in blind[0].why
    assert len(sent) < 70


def test_pull_of_the_same_page_without_end_is_noticed() -> None:
    tokens = itertools.count()

    def repeating(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"runs": [RUN], "next_page_token": str(next(tokens))})

    records, blind = pulled(connector({"/runs/search": repeating}))
    assert [each.scope for each in blind] == ["runs"]
    assert "without end" in blind[0].why
    assert next(tokens) < 10
    assert any("run:mlflow" in uid for uid in uids(records))


@pytest.mark.parametrize(
    "path", ["/experiments/search", "/registered-models/search", "/logged-models/search"]
)
def test_pull_of_a_listing_that_repeats_its_token_is_noticed(path: str) -> None:
    listed: Mapping[str, dict[str, Any]] = {
        "/experiments/search": {"experiments": [EXPERIMENT]},
        "/registered-models/search": {"registered_models": [{"name": "churn"}]},
        "/logged-models/search": {"models": [{"info": {"model_id": "m-1"}}]},
    }
    _, blind = pulled(connector({path: always({**listed[path], "next_page_token": "again"})}))
    assert "without end" in blind[0].why


def test_listing_of_ever_new_runs_ends_at_the_cap() -> None:
    numbers = itertools.count(1)

    def growing(_request: httpx.Request) -> httpx.Response:
        number = next(numbers)
        run = {"info": {"run_id": f"{number:032x}", "experiment_id": "1", "start_time": number}}
        return httpx.Response(200, json={"runs": [run], "next_page_token": "x"})

    made = connector({"/runs/search": growing})
    with made._client(context()) as client:
        read = Api(client, client, max_pages=7).runs(["1"])
        with pytest.raises(Exception, match="stopped after 7 pages"):
            list(read)
    assert next(numbers) == 8


def test_runs_of_one_moment_fill_many_pages_and_none_is_lost() -> None:
    """MLflow pages by offset; many runs may share the key that is paged by."""
    everything = [
        {"info": {"run_id": f"{n:032x}", "experiment_id": "1", "start_time": 5 if n < 17 else 6}}
        for n in range(20)
    ]

    def server(request: httpx.Request) -> httpx.Response:
        body = httpx.Response(200, content=request.content).json()
        since = int(body.get("filter", "x >= 0").rsplit(" ", 1)[-1])
        found = [run for run in everything if int(run["info"]["start_time"]) >= since]
        start, size = int(body.get("page_token", 0)), body["max_results"]
        answer: dict[str, Any] = {"runs": found[start : start + size]}
        if start + size < len(found):
            answer["next_page_token"] = str(start + size)
        return httpx.Response(200, json=answer)

    with connector({"/runs/search": server})._client(context()) as client:
        pages = list(Api(client, client, run_rows=5).runs(["1"]))
    read = [run["info"]["run_id"] for page in pages for run in page]
    assert sorted(read) == sorted(run["info"]["run_id"] for run in everything)


def test_signature_unreadable_is_told_and_the_version_stays() -> None:
    records, blind = pulled(connector({"/model-versions/get-artifact": refused(403)}))
    (version,) = (r for r in records if isinstance(r, NodeRecord) and r.kind == "model_version")
    assert version.attrs["signature_state"] == "unreadable"
    assert [(b.scope, b.reason) for b in blind] == [("signature:churn/1", BlindReason.PERMISSION_DENIED)]


def test_signature_comes_by_the_next_route() -> None:
    by_proxy = {
        "/model-versions/get-artifact": always(HTML),
        "/model-versions/get-download-uri": always(
            {"artifact_uri": "mlflow-artifacts:/1/models/m-1/artifacts"}
        ),
        "/artifacts/1/models/m-1/artifacts/MLmodel": always(httpx.Response(200, text="flavors: {}")),
    }
    records, blind = pulled(connector(by_proxy))
    (version,) = (r for r in records if isinstance(r, NodeRecord) and r.kind == "model_version")
    assert (version.attrs["signature_state"], blind) == ("absent", [])


def test_signature_read_before_is_not_asked_for_again() -> None:
    known = {
        "model_versions": {
            "churn": {"1": {"version": "1", "signature_state": "read", "signature": {"inputs": "[]"}}}
        }
    }
    records, blind = pulled(connector({"/model-versions/get-artifact": refused(500)}), known=known)
    (version,) = (r for r in records if isinstance(r, NodeRecord) and r.kind == "model_version")
    assert (version.attrs["signature"], blind) == ({"inputs": "[]"}, [])


def test_signatures_of_a_server_without_artifacts_are_given_up() -> None:
    versions = [{**VERSION, "version": str(n)} for n in range(1, 31)]
    calls = itertools.count()

    def none(_request: httpx.Request) -> httpx.Response:
        next(calls)
        return httpx.Response(404)

    changes = {
        "/model-versions/search": always({"model_versions": versions}),
        "/model-versions/get-artifact": none,
    }
    _, blind = pulled(connector(changes))
    assert len(blind) == 6
    assert "25 further versions" in blind[-1].what
    assert next(calls) == 5


def test_run_that_vanished_is_looked_up_before_it_is_called_deleted() -> None:
    hidden, deleted = "b" * 32, "c" * 32

    def one(request: httpx.Request) -> httpx.Response:
        gone = request.url.params["run_id"] == deleted
        return httpx.Response(404, json={}) if gone else httpx.Response(200, json={"run": RUN})

    records, _ = pulled(connector({"/runs/get": one}), full=True, known={"runs": ["a" * 32, hidden, deleted]})
    gone = [r.uid for r in records if isinstance(r, NodeRecord) and r.gone]
    assert gone == [f"urn:rashinban:run:mlflow:mlflow.example.org%3A5000:{deleted}"]
    assert [r.kind for r in records if getattr(r, "dedupe", "").startswith("run_deleted")] == ["run_deleted"]


def test_model_version_that_vanished_is_gone() -> None:
    known = {
        "model_aliases": {"churn": {}},
        "model_versions": {"churn": {"1": {"version": "1"}, "9": {"version": "9"}}},
    }
    records, _ = pulled(connector({}), known=known)
    assert [r.label for r in records if isinstance(r, NodeRecord) and r.gone] == ["churn v9"]


def test_experiments_that_no_pattern_matches_are_told() -> None:
    records, blind = pulled(connector({}, experiments="fraud-*, risk"))
    assert [(each.scope, each.reason) for each in blind] == [("experiments", BlindReason.MAPPING_MISSING)]
    assert not [uid for uid in uids(records) if ":run:" in uid]


@pytest.mark.parametrize(
    ("values", "header"),
    [
        ({"auth": "basic", "username": "u", "password": "p"}, ("authorization", "Basic dTpw")),
        ({"auth": "bearer", "token": "t"}, ("authorization", "Bearer t")),
        ({"workspace": "team-a"}, ("x-mlflow-workspace", "team-a")),
    ],
)
def test_sign_in_travels_in_headers(values: dict[str, str], header: tuple[str, str]) -> None:
    seen = []

    def version(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get(header[0]))
        return httpx.Response(200, text="3.17.2")

    pulled(connector({"/version": version}, **values))
    assert seen == [header[1]]


def test_sign_in_that_is_not_complete_is_refused() -> None:
    with pytest.raises(ConnectorError, match="needs a password"):
        pulled(connector({}, auth="basic", username="u"))


def test_check_tells_what_works_and_what_is_blind_without_it() -> None:
    check = connector({"/logged-models/search": refused(404)}).check(context())
    assert check.summary == "MLflow 3.17.2"
    assert {each.name for each in check.capabilities if each.works} == {
        "experiments",
        "runs",
        "model registry",
    }
    (missing,) = (each for each in check.capabilities if not each.works)
    assert missing.blinds


def test_check_of_what_is_no_mlflow_raises() -> None:
    with pytest.raises(ConnectorError, match="could not be read"):
        connector(dict.fromkeys(HEALTHY, refused(404))).check(context())
