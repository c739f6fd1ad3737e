"""GitHub and GitHub Enterprise: merged changes, their reviews and checks, CI's runs, branch protection."""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

import httpx
from django.utils.translation import gettext_noop as _

from core.http import Client, HttpError
from evidence.connectors._github import faults
from evidence.connectors._github.api import HEADERS, Api, Params
from evidence.connectors._github.place import Place, place_of
from evidence.connectors._github.pull import Pull
from evidence.connectors._reading import text_at
from evidence.connectors.base import Capability, Check, Connector, ConnectorError, Context, Setting
from evidence.records import Json, NodeKind, Page

MOST_DAYS = 730
UNREADABLE = "This repository could not be read at its code host."
BLINDS = {
    "merged changes": (
        "whether changes are tested before they are merged (ci-pr-checks)",
        "whether component code is under test and built (ci-pipeline-tests, ci-component-build)",
        "whether changes are reviewed (gov-review)",
    ),
    "checks": (
        "whether changes are tested before they are merged (ci-pr-checks)",
        "whether component code is under test (ci-pipeline-tests)",
    ),
    "commit statuses": ("checks of CI systems other than GitHub Actions (ci-pr-checks)",),
    "CI runs": (
        "whether CI builds components (ci-component-build)",
        "whether CI made the pipelines (exec-managed-runners, cd-dag-from-ci)",
    ),
    "branch protection": (
        "what the default branch asks for; merged changes are judged instead (gov-review)",
    ),
}
"""What a missing permission hides, by the capability that needs it."""


class GitHubConnector(Connector):
    """Reads one repository. People appear by their login, and only as authors and approvers of changes."""

    slug = "github"
    label = "GitHub"
    description = _("Merged changes with their reviews and checks, CI's runs and images, branch protection.")
    settings = (
        Setting(
            "url", _("Repository"), _("Its address, such as https://github.com/acme/churn."), required=True
        ),
        Setting(
            "token",
            _("Token"),
            _("Fine-grained, read only: Pull requests, Checks, Commit statuses, Actions, Contents."),
            secret=True,
        ),
        Setting("api_url", _("Address of the API"), _("Only where it is not where GitHub puts it.")),
        Setting("root", _("Folder"), _("The folder of the system, where the repository holds several.")),
        Setting("days", _("History"), _("Days that the first sync reads back."), default="120"),
        Setting(
            "images",
            _("Container images"),
            _("Packages of its owner, separated by commas; needs read:packages."),
        ),
    )
    produces = (NodeKind.BRANCH, NodeKind.PULL_REQUEST, NodeKind.WORKFLOW_RUN, NodeKind.IMAGE)
    transport: httpx.BaseTransport | None = None

    def check(self, context: Context) -> Check:
        """Try each part for one row, and say what is blind without it."""
        place = self._place()
        with self._client(place, context) as client:
            api = Api(client)
            try:
                branch = quote(text_at(api.one(place.path), "default_branch") or "main", safe="")
            except HttpError as error:
                raise faults.connector_error(error, what=UNREADABLE) from None
            tried = tuple(
                _tried(name, call) for name, call in self._parts(api, place.path, branch=branch).items()
            )
        works = sum(each.works for each in tried)
        return Check(
            f"{place.owner}/{place.name}, branch {branch}: {works} of {len(tried)} parts can be read.", tried
        )

    def pull(self, cursor: Mapping[str, Json], context: Context) -> Iterator[Page]:
        place, days = self._place(), self._days()
        with self._client(place, context) as client:
            pull = Pull(Api(client), place, cursor, context, days=days, packages=self._packages())
            try:
                yield from pull.pages()
            except HttpError as error:
                raise faults.connector_error(error, what=UNREADABLE) from None
        self.cursor = pull.next_cursor

    def _parts(self, api: Api, path: str, *, branch: str) -> dict[str, Callable[[], object]]:
        """What the connection test tries, by capability."""
        one: Params = {"per_page": 1}
        commit = f"{path}/commits/{branch}"
        return {
            "merged changes": lambda: api.rows(f"{path}/pulls", most=1, params={**one, "state": "closed"}),
            "checks": lambda: api.rows(f"{commit}/check-runs", most=1, key="check_runs", params=one),
            "commit statuses": lambda: api.rows(f"{commit}/status", most=1, key="statuses", params=one),
            "CI runs": lambda: api.rows(f"{path}/actions/runs", most=1, key="workflow_runs", params=one),
            "branch protection": lambda: api.one(f"{path}/branches/{branch}/protection"),
        }

    def _place(self) -> Place:
        return place_of(self.values["url"], api=self.values["api_url"], root=self.values["root"])

    def _packages(self) -> tuple[str, ...]:
        return tuple(name for part in self.values["images"].split(",") if (name := part.strip()))

    def _days(self) -> int:
        text = self.values["days"]
        if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
            raise ConnectorError(
                "The history of this source cannot be used.",
                why=f"{text!r} is no whole number of days from 1 to {MOST_DAYS}.",
                remedy="Enter such a number, or leave it empty.",
                permanent=True,
            )
        return int(text)

    def _client(self, place: Place, context: Context) -> Client:
        try:
            return Client(place.api, headers=self._headers(), policy=context.policy, transport=self.transport)
        except HttpError as error:
            raise faults.connector_error(error, what="This source has no usable address.") from None

    def _headers(self) -> dict[str, str]:
        token = self.values["token"].strip()
        if not token.isascii() or not token.isprintable():
            raise ConnectorError(
                "The sign-in of this source is not complete.",
                why="The token holds characters that no token has.",
                remedy="Copy the token again.",
                permanent=True,
            )
        return {**HEADERS, "Authorization": f"Bearer {token}"} if token else dict(HEADERS)


def _tried(name: str, call: Callable[[], object]) -> Capability:
    try:
        call()
    except HttpError as error:
        return Capability(name, False, str(error), blinds=BLINDS[name])
    return Capability(name, True, "can be read")
