"""The REST API of GitHub, version 2022-11-28, read page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.http import Client, Fault, HttpError
from evidence.records import Json

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
ROWS = 100
"""Rows a page; more is not answered."""
Item = dict[str, Json]
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Api:
    """Read access to a code host. Every method raises HttpError."""

    client: Client

    def one(self, path: str) -> Item:
        found = self.client.get(path).json()
        if not isinstance(found, dict):
            raise _strange(path, found)
        return found

    def pages(
        self, path: str, *, most: int, key: str = "", params: Params | None = None
    ) -> Iterator[list[Item]]:
        """At most `most` pages of rows: the answer itself, or the list under `key` of it."""
        for page in range(1, most + 1):
            answer = self.client.get(path, params={"per_page": ROWS, **(params or {}), "page": page})
            found = answer.json()
            rows = found.get(key) if key and isinstance(found, dict) else found
            if not isinstance(rows, list):
                raise _strange(path, found)
            yield [row for row in rows if isinstance(row, dict)]
            if 'rel="next"' not in answer.headers.get("link", ""):
                return

    def rows(self, path: str, *, most: int, key: str = "", params: Params | None = None) -> list[Item]:
        """The rows of at most `most` pages."""
        return [row for page in self.pages(path, most=most, key=key, params=params) for row in page]


def _strange(path: str, found: object) -> HttpError:
    return HttpError(Fault.NOT_JSON, f"{path} answered a JSON {type(found).__name__} of another API.")
