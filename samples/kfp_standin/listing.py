"""Filter, sort and page a listing as the KFP API does: JSON predicates and opaque keyset tokens. Pure."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from samples.kfp_standin.errors import invalid
from samples.kfp_standin.store import Document

DEFAULT_PAGE, MAX_PAGE = 20, 200
OPERATIONS = (
    "OPERATION_UNSPECIFIED",
    "EQUALS",
    "NOT_EQUALS",
    "GREATER_THAN",
    "GREATER_THAN_EQUALS",
    "LESS_THAN",
    "LESS_THAN_EQUALS",
    "IN",
    "IS_SUBSTRING",
)
"""By their numbers, which a client may send instead of the name."""

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUALS": lambda have, want: have == want,
    "NOT_EQUALS": lambda have, want: have != want,
    "GREATER_THAN": lambda have, want: have > want,
    "GREATER_THAN_EQUALS": lambda have, want: have >= want,
    "LESS_THAN": lambda have, want: have < want,
    "LESS_THAN_EQUALS": lambda have, want: have <= want,
    "IN": lambda have, want: have in want,
    "IS_SUBSTRING": lambda have, want: want in have,
}
COMMON_KEYS = frozenset({"display_name", "name", "created_at", "storage_state", "namespace"})
KEYS: Mapping[str, frozenset[str]] = {
    "experiments": COMMON_KEYS | {"experiment_id", "last_run_created_at"},
    "pipelines": COMMON_KEYS | {"pipeline_id"},
    "pipeline_versions": COMMON_KEYS | {"pipeline_version_id"},
    "runs": COMMON_KEYS
    | {"run_id", "finished_at", "scheduled_at", "state", "experiment_id", "recurring_run_id"},
    "recurringRuns": COMMON_KEYS | {"recurring_run_id", "updated_at", "status", "experiment_id"},
}
"""What each listing can be filtered and sorted by."""


@dataclass(frozen=True, slots=True)
class Order:
    """A sort key and its direction; ties fall to the id."""

    key: str
    descending: bool
    identifier: str

    def of(self, document: Document) -> tuple[str, str]:
        return str(document.get(self.key, "")), str(document[self.identifier])


def page(
    documents: list[Document], *, kind: str, identifier: str, query: Mapping[str, str]
) -> Mapping[str, Any]:
    """One page of `documents` under the key `kind`, with total_size and, if there is more, a token.

    Raises ApiError for a filter, sort key, page size or token that the API would refuse.
    """
    order = _order(query.get("sort_by", ""), kind=kind, identifier=identifier)
    wanted = [each for each in documents if _matches(each, query.get("filter", ""), kind=kind)]
    wanted.sort(key=order.of, reverse=order.descending)
    rest = _after(wanted, query.get("page_token", ""), order=order)
    size = _size(query.get("page_size", ""))
    answer: dict[str, Any] = {kind: rest[:size], "total_size": len(wanted)}
    if len(rest) > size:
        answer["next_page_token"] = _token(order, rest[size - 1])
    return {key: value for key, value in answer.items() if value}


def _order(text: str, *, kind: str, identifier: str) -> Order:
    key, _, direction = (text.strip() or "created_at asc").partition(" ")
    if key not in KEYS[kind] or direction.strip().lower() not in {"", "asc", "desc"}:
        raise invalid(f"{kind} cannot be sorted by {text!r}")
    return Order(key, direction.strip().lower() == "desc", identifier)


def _size(text: str) -> int:
    if text and not text.lstrip("-").isdecimal():
        raise invalid(f"page_size {text!r} is no number")
    size = int(text or 0)
    if size < 0:
        raise invalid(f"page_size {size} is negative")
    return min(size or DEFAULT_PAGE, MAX_PAGE)


def _token(order: Order, last: Document) -> str:
    value, identifier = order.of(last)
    return base64.urlsafe_b64encode(
        json.dumps([order.key, order.descending, value, identifier]).encode()
    ).decode()


def _after(documents: list[Document], token: str, *, order: Order) -> list[Document]:
    if not token:
        return documents
    try:
        key, descending, value, identifier = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise invalid(f"page_token {token!r} is none of ours") from None
    if (key, descending) != (order.key, order.descending):
        raise invalid("page_token belongs to another sort order")
    last = (str(value), str(identifier))
    return [each for each in documents if (order.of(each) < last if descending else order.of(each) > last)]


def _matches(document: Document, text: str, *, kind: str) -> bool:
    return all(_holds(document, predicate, kind=kind) for predicate in _predicates(text))


def _predicates(text: str) -> list[Document]:
    if not text:
        return []
    try:
        found = json.loads(text)["predicates"]
    except (ValueError, KeyError, TypeError):
        raise invalid(f"filter {text!r} is no JSON object with predicates") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise invalid(f"filter {text!r} holds no list of predicates")
    return found


def _holds(document: Document, predicate: Document, *, kind: str) -> bool:
    operation, key = predicate.get("operation"), predicate.get("key")
    if isinstance(operation, int) and 0 <= operation < len(OPERATIONS):
        operation = OPERATIONS[operation]
    if not isinstance(operation, str) or operation not in COMPARE or key not in KEYS[kind]:
        raise invalid(f"{kind} cannot be filtered by {operation} of {key}")
    return COMPARE[operation](str(document.get(key, "")), _value(predicate))


def _value(predicate: Document) -> Any:
    """The value compared with, under its JSON name in either spelling."""
    for name, value in predicate.items():
        plain = name.replace("_", "").lower()
        if plain in {"stringvalue", "timestampvalue", "intvalue", "longvalue"}:
            return str(value)
        if plain in {"stringvalues", "intvalues", "longvalues"}:
            return [str(each) for each in value.get("values", [])]
    raise invalid("a predicate carries no value")
