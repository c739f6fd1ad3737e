"""The pure parts of the stand-in for the KFP API: listings, uploads, conditions."""

import json
from typing import Any

import pytest

from samples.kfp_standin.conditions import ConditionError, decide
from samples.kfp_standin.errors import ApiError
from samples.kfp_standin.listing import MAX_PAGE, page
from samples.kfp_standin.upload import bare_spec, read_spec, uploaded_spec

RUNS = [
    {"run_id": f"{n:03}", "created_at": f"2026-01-01T00:00:{n // 10:02}Z", "display_name": f"run {n}"}
    for n in range(250)
]


def listed(**query: str) -> dict[str, Any]:
    return dict(page(RUNS, kind="runs", identifier="run_id", query=query))


def filtered(**predicate: Any) -> list[str]:
    answer = listed(filter=json.dumps({"predicates": [predicate]}), page_size="200")
    return [run["run_id"] for run in answer.get("runs", [])]


@pytest.mark.parametrize("order", ["created_at asc", "created_at desc", "display_name"])
def test_page_tokens_lead_over_every_item_once(order: str) -> None:
    answer = listed(sort_by=order)
    seen = [run["run_id"] for run in answer["runs"]]
    while token := answer.get("next_page_token"):
        answer = listed(sort_by=order, page_token=token)
        seen += [run["run_id"] for run in answer["runs"]]
    assert len(seen) == len(set(seen)) == answer["total_size"] == 250


def test_page_size_default_and_most() -> None:
    assert len(listed()["runs"]) == 20
    assert len(listed(page_size="1000")["runs"]) == MAX_PAGE


def test_page_token_is_stable_when_something_new_appears() -> None:
    first = listed(sort_by="created_at asc")
    grown = [{"run_id": "new", "created_at": "2025-01-01T00:00:00Z", "display_name": "x"}, *RUNS]
    query = {"sort_by": "created_at asc", "page_token": first["next_page_token"]}
    second = page(grown, kind="runs", identifier="run_id", query=query)
    assert second["runs"][0]["run_id"] == "020"


def test_filter_operations() -> None:
    assert filtered(operation="EQUALS", key="display_name", string_value="run 7") == ["007"]
    assert filtered(operation=1, key="display_name", stringValue="run 7") == ["007"]
    late = filtered(operation="GREATER_THAN", key="created_at", timestamp_value="2026-01-01T00:00:23Z")
    assert late == [f"{n}" for n in range(240, 250)]
    several = {"string_values": {"values": ["run 1", "run 2"]}}
    assert filtered(operation="IN", key="display_name", **several) == ["001", "002"]


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "no json"},
        {"filter": '{"predicates": 1}'},
        {"filter": '{"predicates": [{"operation": "EQUALS", "key": "password", "string_value": "x"}]}'},
        {"filter": '{"predicates": [{"operation": "LIKE", "key": "state", "string_value": "x"}]}'},
        {"filter": '{"predicates": [{"operation": "EQUALS", "key": "state"}]}'},
        {"sort_by": "password"},
        {"page_size": "-1"},
        {"page_size": "many"},
        {"page_token": "nonsense"},
    ],
)
def test_page_refuses(query: dict[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        listed(**query)
    assert (caught.value.status, caught.value.code) == (400, 3)


VALUES = {"pipelinechannel--a-Output": 0.5, "pipelinechannel--b-name": "it's && more"}
A, B = (f"inputs.parameter_values['{name}']" for name in VALUES)


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        (f"{A} >= 0.0", True),
        (f"{A} < -0.002", False),
        (f"!({A} >= 0.0)", False),
        (f"{A} > 0.1 && {A} < 0.4", False),
        (f"{A} > 0.9 || {A} == 0.5", True),
        (f"int({A}) == 0", True),
        (f"{B} != 'x || y'", True),
        (f"!({A} == 1) && {A} == 0.5", True),
        ("true", True),
    ],
)
def test_decide(condition: str, taken: bool) -> None:
    assert decide(condition, VALUES.__getitem__) is taken


@pytest.mark.parametrize("condition", ["__import__('os')", "a.b", "1 +", "open", "[1][0]", "unknown == 1"])
def test_decide_refuses_what_is_no_condition(condition: str) -> None:
    with pytest.raises(ConditionError):
        decide(condition, VALUES.__getitem__)


def multipart(content: bytes, *, name: str = "uploadfile") -> tuple[bytes, str]:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="p.yaml"\r\n\r\n'.encode()
    return head + content + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"


def test_upload_reads_the_file() -> None:
    body, content_type = multipart(b"pipelineInfo: {name: x}\nroot: {}\n")
    assert uploaded_spec(body, content_type=content_type)["pipelineInfo"] == {"name": "x"}


def test_upload_with_a_platform_spec() -> None:
    spec = read_spec(b"root: {}\n---\nplatforms: {}\n")
    assert spec == {"pipeline_spec": {"root": {}}, "platform_spec": {"platforms": {}}}
    assert bare_spec(spec) == {"root": {}}


@pytest.mark.parametrize("content", [b"", b"a: [", b"a: 1", b"\xff\xfe", b"- 1"])
def test_upload_refuses(content: bytes) -> None:
    body, content_type = multipart(content)
    with pytest.raises(ApiError):
        uploaded_spec(body, content_type=content_type)


def test_upload_without_a_file_is_refused() -> None:
    body, content_type = multipart(b"root: {}", name="other")
    with pytest.raises(ApiError, match="no uploadfile"):
        uploaded_spec(body, content_type=content_type)
