"""The v2beta1 API of a KFP server, read page by page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from core.http import Client
from evidence.connectors._kfp.faults import EndlessPagesError, ShapeError
from evidence.connectors._reading import mappings_at, text_at
from evidence.records import Json

PREFIX = "/apis/v2beta1"
MAX_PAGES = 10_000
Item = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Api:
    """Read access; `namespace` goes with every listing where it is set (multi-user mode asks for it)."""

    client: Client
    namespace: str = ""
    page_size: int = 200

    def one(self, path: str) -> Item:
        """A single answer. Raises HttpError, or ShapeError when it is no JSON object."""
        return self._object(f"{PREFIX}/{path}")

    def pages(
        self, path: str, *, key: str, where: str = "", page_size: int | None = None
    ) -> Iterator[list[Item]]:
        """The items under `key`, page by page, oldest first; `where` is a filter as `since` makes it.

        Raises HttpError, ShapeError, or EndlessPagesError when page tokens repeat or never end.
        """
        params: dict[str, str | int] = {"page_size": page_size or self.page_size, "sort_by": "created_at asc"}
        params |= {"namespace": self.namespace} if self.namespace else {}
        params |= {"filter": where} if where else {}
        seen: set[str] = set()
        while True:
            answer = self._object(f"{PREFIX}/{path}", params=params)
            yield list(mappings_at(answer, key))
            token = text_at(answer, "next_page_token")
            if not token:
                return
            if token in seen or len(seen) >= MAX_PAGES:
                raise EndlessPagesError(
                    f"The listing of {path} does not end: page {len(seen) + 2:,} was announced"
                    f" {'a second time' if token in seen else 'after all that were read'}."
                )
            seen.add(token)
            params["page_token"] = token

    def _object(self, path: str, *, params: Mapping[str, str | int] | None = None) -> Item:
        found = self.client.get(path, params=params).json()
        if not isinstance(found, dict):
            raise ShapeError(f"{path} answered a JSON {type(found).__name__} where an object was expected.")
        return found


def since(key: str, moment: datetime) -> str:
    """A filter: `key` at `moment` or later."""
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    predicate = {"operation": "GREATER_THAN_EQUALS", "key": key, "timestamp_value": stamp}
    return json.dumps({"predicates": [predicate]})


def segment(identifier: str) -> str:
    """An id as one segment of a path."""
    return quote(identifier, safe="")
