"""The KFP connector on recorded answers, and on servers that misbehave."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.http import Fault, HttpError
from evidence.connectors._kfp import faults, runs
from evidence.connectors._kfp.server import Server
from evidence.connectors._kfp.versions import commit_of, version_records
from evidence.connectors.base import ConnectorError, Context
from evidence.connectors.kfp import KfpConnector
from evidence.identity import kfp_run_alias, mlflow_run_alias
from evidence.records import Blindness, BlindReason, Confidence, EdgeRecord, NodeRecord, Page, Scope

DATA = Path(__file__).parents[1] / "data/kfp"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SERVER = Server("https://kfp.example.org/pipeline")
SHA = "0123456789abcdef0123456789abcdef01234567"
Answer = Callable[[httpx.Request], httpx.Response]
KINDS = ("experiments", "pipelines", "versions", "recurringruns", "runs")


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return found


def listing(request: httpx.Request) -> str:
    """Which listing a request asks for."""
    last = request.url.path.rsplit("/", 1)[-1]
    return last if last in KINDS else request.url.path.removeprefix("/pipeline/apis/v2beta1/")


def healthy(request: httpx.Request) -> httpx.Response:
    """A server with the recorded things and one run."""
    match listing(request):
        case "experiments" | "pipelines" | "recurringruns" as name:
            return httpx.Response(200, json=recorded(name))
        case "runs":
            return httpx.Response(200, json={"runs": [recorded("run")]})
        case "versions":
            return httpx.Response(200, json={})
    return httpx.Response(404, json={"code": 5, "message": "not found"})


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.http.time.sleep", lambda seconds: None)


def connector(answer: Answer, **settings: str) -> KfpConnector:
    made = KfpConnector({"url": "https://kfp.example.org/pipeline/", **settings})
    made.transport = httpx.MockTransport(answer)
    return made


def context(**changes: Any) -> Context:
    return Context(now=NOW, cache_dir="", **changes)


def pulled(source: KfpConnector, cursor: dict[str, Any] | None = None, **changes: Any) -> list[Page]:
    return list(source.pull(cursor or {}, context(**changes)))


def nodes(pages: list[Page], kind: str) -> list[NodeRecord]:
    found = [record for page in pages for record in page.records if isinstance(record, NodeRecord)]
    return [node for node in found if node.kind == kind and not node.stub]


def edges(records: Iterator[object] | tuple[object, ...], kind: str) -> list[EdgeRecord]:
    return [each for each in records if isinstance(each, EdgeRecord) and each.kind == kind]


def blind(pages: list[Page]) -> dict[str, Blindness]:
    return {each.scope: each for page in pages for each in page.blind}


def run_records(**changes: Any) -> tuple[object, ...]:
    payload = {**recorded("run"), **changes}
    return runs.run_records(payload, server=SERVER, pipelines={}, experiments={})


def test_pull_recorded_server() -> None:
    pages = pulled(connector(healthy))
    [run] = nodes(pages, "pipeline_run")
    assert run.state == "SUCCEEDED"
    assert run.url == f"https://kfp.example.org/pipeline/#/runs/details/{run.attrs['run_id']}"
    assert run.aliases == (kfp_run_alias(str(run.attrs["run_id"])),)
    assert run.scopes == (Scope("pipeline", "churn"), Scope("experiment", "churn"))
    assert run.attrs["parameters"] == {"lr": 0.2}
    tasks = run.attrs["tasks"]
    assert isinstance(tasks, list)
    assert tasks[-1] == {
        "name": "validate-data",
        "state": "SUCCEEDED",
        "started_at": "2026-11-22T11:24:57+00:00",
        "ended_at": "2026-11-22T11:24:57+00:00",
    }
    [schedule] = nodes(pages, "schedule")
    assert (schedule.attrs["cron"], schedule.attrs["max_concurrency"]) == ("0 0 3 * * *", 1)
    assert blind(pages)["artifacts"].reason is BlindReason.NOT_SUPPORTED


def test_pull_twice_says_the_same() -> None:
    assert pulled(connector(healthy)) == pulled(connector(healthy))


def test_run_says_its_environment() -> None:
    experiments = {recorded("run")["experiment_id"]: runs.Experiment("churn", "ml-staging")}
    node = runs.run_records(recorded("run"), server=SERVER, pipelines={}, experiments=experiments)[0]
    assert isinstance(node, NodeRecord)
    assert (node.attrs["experiment"], node.attrs["namespace"]) == ("churn", "ml-staging")


def test_run_unfinished_has_no_end() -> None:
    [node, *_] = run_records(state="RUNNING", finished_at="1970-01-01T00:00:00Z")
    assert isinstance(node, NodeRecord)
    assert node.ended_at is None


def test_run_from_schedule_and_version() -> None:
    records = run_records(recurring_run_id="r1")
    [triggered] = edges(records, "triggered")
    [compiled] = edges(records, "compiled_to")
    assert triggered.src == SERVER.schedule("r1")
    assert compiled.src == SERVER.version("da2b68a9-4183-4d7c-b857-0f76d45e40a0")


def test_run_inline_spec_has_no_version() -> None:
    spec = {"pipelineInfo": {"name": "inline-one"}, "root": {"dag": {"tasks": {"a": {}}}}}
    records = run_records(pipeline_version_reference=None, pipeline_spec=spec)
    node = records[0]
    assert isinstance(node, NodeRecord)
    assert node.attrs["inline_spec"] is True
    assert node.attrs["spec_sha256"]
    assert node.scopes == (Scope("pipeline", "inline-one"),)
    assert edges(records, "compiled_to") == []


def test_run_names_its_mlflow_run() -> None:
    mlflow_run = "0123456789abcdef0123456789abcdef"
    output = {"mlflow": {"entries": {"root_run_id": {"value": mlflow_run.upper()}}}}
    edge = edges(run_records(plugins_output=output), "child_of")[-1]
    assert edge.src == mlflow_run_alias(mlflow_run) == f"mlflow_run:{mlflow_run}"
    assert edge.dst == SERVER.run("63675b17-f0d8-41a2-aa89-1714a2b07a30")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"tags": {"git_commit": SHA.upper()}}, (SHA, "tag git_commit of the pipeline version")),
        (
            {"code_source_url": f"https://github.com/a/b/tree/{SHA}"},
            (SHA, "code_source_url of the pipeline version"),
        ),
        (
            {"code_source_url": f"git+https://h/a/b@{SHA}#x"},
            (SHA, "code_source_url of the pipeline version"),
        ),
        ({"tags": {"git_commit": SHA[:12]}}, None),
        ({"code_source_url": "https://github.com/a/b/tree/main"}, None),
        ({}, None),
    ],
)
def test_version_commit(fields: dict[str, Any], found: tuple[str, str] | None) -> None:
    assert commit_of(fields) == found


def test_version_commit_is_declared() -> None:
    payload: dict[str, Any] = {
        "pipeline_id": "p",
        "pipeline_version_id": "v",
        "tags": {"git_commit": SHA},
    }
    [edge] = edges(version_records(payload, pipeline_name="churn", server=SERVER), "code_of")
    assert edge.confidence is Confidence.DECLARED


def test_pull_version_without_readable_spec_is_blind() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if listing(request) != "versions":
            return healthy(request)
        version = {"pipeline_id": "p", "pipeline_version_id": "v", "display_name": "one"}
        return httpx.Response(200, json={"pipeline_versions": [version]})

    pages = pulled(connector(answer))
    assert nodes(pages, "pipeline_version")[0].attrs["ir"] is None
    assert blind(pages)["ir:v"].what == "The compiled pipeline of churn, version one, was not read."


def test_pull_incremental_filters_and_rereads_open_runs() -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if listing(request) == "runs":
            asked.append(dict(request.url.params))
            return httpx.Response(200, json={})
        if listing(request) == "runs/open-1":
            return httpx.Response(200, json={**recorded("run"), "run_id": "open-1", "state": "RUNNING"})
        return healthy(request)

    source = connector(answer, namespace="team-a")
    cursor = {"runs": "2026-11-22T11:00:00+00:00", "versions": "2026-11-22T11:00:00+00:00"}
    pages = pulled(source, {**cursor, "open": ["open-1", "deleted-1"]})
    predicates = [json.loads(each["filter"])["predicates"][0] for each in asked]
    assert [each["key"] for each in predicates] == ["created_at", "finished_at"]
    assert {each["timestamp_value"] for each in predicates} == {"2026-11-22T10:50:00Z"}
    assert asked[0]["namespace"] == "team-a"
    assert [node.attrs["run_id"] for node in nodes(pages, "pipeline_run")] == ["open-1"]
    gone = [r for page in pages for r in page.records if isinstance(r, NodeRecord) and r.gone]
    assert [node.uid for node in gone] == [SERVER.run("deleted-1")]
    assert source.cursor == {"runs": NOW.isoformat(), "versions": NOW.isoformat(), "open": ["open-1"]}


def test_pull_full_marks_runs_that_vanished() -> None:
    known = {"pipeline_runs": ["63675b17-f0d8-41a2-aa89-1714a2b07a30", "vanished"]}
    pages = pulled(connector(healthy), {"runs": NOW.isoformat()}, full=True, known=known)
    gone = [r for page in pages for r in page.records if isinstance(r, NodeRecord) and r.gone]
    assert [node.uid for node in gone] == [SERVER.run("vanished")]


def test_pull_reads_every_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if listing(request) != "runs":
            return healthy(request)
        at = int(request.url.params.get("page_token", "0"))
        page: dict[str, Any] = {"runs": [{**recorded("run"), "run_id": f"run-{at}"}]}
        return httpx.Response(200, json={**page, **({"next_page_token": str(at + 1)} if at < 4 else {})})

    assert len(nodes(pulled(connector(answer)), "pipeline_run")) == 5


@pytest.mark.parametrize(
    ("broken", "reason", "why"),
    [
        (httpx.Response(403, json={"code": 7, "message": "no"}), BlindReason.PERMISSION_DENIED, "403"),
        (httpx.Response(404, text="404 page not found"), BlindReason.NOT_SUPPORTED, "does not exist"),
        (httpx.Response(200, html="<html>Sign in</html>"), BlindReason.COLLECTOR_FAILED, "text/html"),
        (httpx.Response(200, json=[1]), BlindReason.COLLECTOR_FAILED, "a JSON list"),
        (httpx.Response(500), BlindReason.COLLECTOR_FAILED, "status 500"),
        (
            httpx.Response(200, json={"next_page_token": "same"}),
            BlindReason.COLLECTOR_FAILED,
            "a second time",
        ),
    ],
)
def test_pull_one_broken_listing_blinds_only_itself(
    broken: httpx.Response, reason: BlindReason, why: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return broken if listing(request) == "runs" else healthy(request)

    source = connector(answer)
    pages = pulled(source, {"runs": "2026-01-01T00:00:00+00:00"})
    found = blind(pages)["runs"]
    assert found.reason is reason
    assert why in found.why
    assert found.remedy.endswith((".", "again."))
    assert len(nodes(pages, "schedule")) == 1
    assert source.cursor["runs"] == "2026-01-01T00:00:00+00:00"
    assert source.cursor["versions"] == NOW.isoformat()


def test_pull_endless_pages_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.connectors._kfp.api.MAX_PAGES", 5)
    counter = iter(range(1_000))

    def answer(request: httpx.Request) -> httpx.Response:
        if listing(request) != "experiments":
            return healthy(request)
        return httpx.Response(200, json={"next_page_token": str(next(counter))})

    assert "does not end" in blind(pulled(connector(answer)))["experiments"].why
    assert next(counter) == 6


@pytest.mark.parametrize(
    ("answer", "reason", "permanent"),
    [
        (lambda request: httpx.Response(401), BlindReason.PERMISSION_DENIED, True),
        (lambda request: httpx.Response(404), BlindReason.NOT_SUPPORTED, True),
    ],
)
def test_pull_nothing_readable_raises(answer: Answer, reason: BlindReason, permanent: bool) -> None:
    source = connector(answer)
    with pytest.raises(ConnectorError) as caught:
        pulled(source, {"runs": "x"})
    assert (caught.value.reason, caught.value.permanent) == (reason, permanent)
    assert source.cursor == {}


def test_pull_dead_server_raises_and_may_be_tried_again() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ConnectorError) as caught:
        pulled(connector(answer))
    assert not caught.value.permanent
    assert "cannot be reached" in caught.value.why


def test_pull_odd_items_do_not_stop_the_rest() -> None:
    odd: list[Any] = [None, 7, {}, {"run_id": 5}, {"run_id": "r", "run_details": [], "runtime_config": 3}]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"runs": odd}) if listing(request) == "runs" else healthy(request)

    [node] = nodes(pulled(connector(answer)), "pipeline_run")
    assert (node.label, node.started_at, node.attrs["tasks"]) == ("r", None, [])


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({"auth": "bearer", "token": "abc"}, "Authorization", "Bearer abc"),
        ({"auth": "cookie", "token": "authservice_session=abc"}, "Cookie", "authservice_session=abc"),
    ],
)
def test_sign_in_header(settings: dict[str, str], header: str, value: str) -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get(header))
        return healthy(request)

    pulled(connector(answer, **settings))
    assert set(seen) == {value}


@pytest.mark.parametrize(
    "settings",
    [
        {"auth": "bearer"},
        {"auth": "cookie", "token": "novalue"},
        {"auth": "bearer", "token": "a\nb"},
        {"page_size": "0"},
        {"page_size": "many"},
        {"page_size": "201"},
    ],
)
def test_pull_unusable_settings_raise(settings: dict[str, str]) -> None:
    with pytest.raises(ConnectorError) as caught:
        pulled(connector(healthy, **settings))
    assert caught.value.permanent


def test_pull_no_address_raises() -> None:
    with pytest.raises(ConnectorError, match="no http"):
        pulled(KfpConnector({"url": "ftp://kfp.example.org"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://kfp.example.org/pipeline",
        "https://kfp.example.org/pipeline/apis/v2beta1/",
        "https://kfp.example.org/pipeline/#/runs",
    ],
)
def test_address_as_people_paste_it(url: str) -> None:
    source = KfpConnector({"url": url})
    source.transport = httpx.MockTransport(healthy)
    assert nodes(pulled(source), "pipeline_run")[0].uid.startswith(
        "urn:rashinban:pipeline_run:kfp:kfp.example.org/pipeline:"
    )


def test_check_tells_what_is_blind() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if listing(request) == "healthz":
            return httpx.Response(200, json={"multi_user": True})
        return httpx.Response(403) if listing(request) == "recurringruns" else healthy(request)

    check = connector(answer, namespace="team-a").check(context())
    assert check.summary == "A KFP 2 server (multi-user, namespace team-a); 3 of 4 listings can be read."
    blinds = {each.name: each.blinds for each in check.capabilities if not each.works}
    assert blinds["schedules"] == ("whether training is scheduled",)
    assert "artifacts" in blinds


def test_check_nothing_readable_raises() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}) if listing(request) == "healthz" else httpx.Response(403)

    with pytest.raises(ConnectorError, match="Nothing could be read"):
        connector(answer).check(context())


def test_faults_all_have_a_remedy() -> None:
    for fault in Fault:
        found = faults.blindness(HttpError(fault, "Why."), what="What.", scope="x")
        assert found.remedy
