"""Kubeflow Pipelines: pipelines, their compiled versions, runs with their tasks, and schedules.

Read over the v2beta1 API of KFP 2, with no client library and no access to the cluster.
"""

from collections.abc import Iterator, Mapping

import httpx
from django.utils.translation import gettext_noop as _

from core.http import Client, HttpError
from evidence.connectors._kfp import faults
from evidence.connectors._kfp.api import PREFIX as API_PATH
from evidence.connectors._kfp.api import Api
from evidence.connectors._kfp.pull import FAILURES, LISTINGS, Pull
from evidence.connectors._kfp.server import Server
from evidence.connectors.base import Capability, Check, Connector, ConnectorError, Context, Setting
from evidence.records import BlindReason, Json, NodeKind, Page

MAX_PAGE = 200
BLINDS = {
    "experiments": "which experiment a run belongs to",
    "pipelines": "pipelines, their versions and how they are built",
    "schedules": "whether training is scheduled",
    "runs": "what was run, when, and how it ended",
}


class KfpConnector(Connector):
    """A KFP 2 server, alone or behind Kubeflow's gateway."""

    slug = "kfp"
    label = "Kubeflow Pipelines"
    description = _("Pipelines, compiled versions, runs with their tasks, recurring runs.")
    settings = (
        Setting(
            "url",
            _("Address"),
            _("Of the KFP API or its gateway, for example https://kubeflow.example.org/pipeline."),
            required=True,
        ),
        Setting(
            "web_url",
            _("Address of the pages"),
            _("Where people open KFP, if it differs from the address above."),
        ),
        Setting(
            "namespace", _("Namespace"), _("The profile to read; required where KFP runs in multi-user mode.")
        ),
        Setting("auth", _("Sign-in"), default="none", choices=("none", "bearer", "cookie")),
        Setting(
            "token", _("Token"), _("The bearer token, or the session cookie as name=value."), secret=True
        ),
        Setting(
            "page_size",
            _("Page size"),
            _("Things a page, 1 to 200; smaller where answers time out."),
            default="200",
        ),
    )
    produces = (
        NodeKind.EXPERIMENT,
        NodeKind.PIPELINE,
        NodeKind.PIPELINE_VERSION,
        NodeKind.PIPELINE_RUN,
        NodeKind.SCHEDULE,
    )
    transport: httpx.BaseTransport | None = None

    def check(self, context: Context) -> Check:
        with self._client(context) as client:
            api = self._api(client)
            try:
                health = api.one("healthz")
            except FAILURES as error:
                raise faults.connector_error(error, what="The KFP server did not answer.") from error
            multi_user = health.get("multi_user") is True
            tried = [_tried(api, name) for name in LISTINGS]
        if not any(each.works for each in tried):
            details = " ".join(each.detail for each in tried)
            raise ConnectorError(
                "Nothing could be read from this KFP server.",
                why=details,
                remedy="Check the address, the sign-in and the namespace.",
                reason=BlindReason.PERMISSION_DENIED,
                permanent=True,
            )
        mode = (
            f"multi-user, namespace {self.values['namespace'] or 'not set'}" if multi_user else "single user"
        )
        works = sum(each.works for each in tried)
        return Check(
            f"A KFP 2 server ({mode}); {works} of {len(tried)} listings can be read.",
            (*tried, _artifacts()),
        )

    def pull(self, cursor: Mapping[str, Json], context: Context) -> Iterator[Page]:
        with self._client(context) as client:
            pull = Pull(self._api(client), server=self._server(), cursor=cursor, context=context)
            yield from pull.pages()
        self.cursor = pull.next_cursor

    def _server(self) -> Server:
        return Server(_base(self.values["url"]), web=_base(self.values["web_url"]))

    def _client(self, context: Context) -> Client:
        try:
            return Client(
                _base(self.values["url"]),
                headers=self._sign_in(),
                policy=context.policy,
                transport=self.transport,
            )
        except HttpError as error:
            raise faults.connector_error(error, what="The address of this source cannot be used.") from error

    def _sign_in(self) -> dict[str, str]:
        token, auth = self.values["token"].strip(), self.values["auth"]
        if auth == "none":
            return {}
        if (
            not token
            or not token.isascii()
            or not token.isprintable()
            or (auth == "cookie" and "=" not in token)
        ):
            raise ConnectorError(
                "The sign-in of this source is not complete.",
                why=f"It says {auth}, but the token is empty or has not the form of one.",
                remedy="Enter the token; for a cookie as name=value.",
                permanent=True,
            )
        return {"Cookie": token} if auth == "cookie" else {"Authorization": f"Bearer {token}"}

    def _api(self, client: Client) -> Api:
        text = self.values["page_size"]
        if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE:
            raise ConnectorError(
                "The page size of this source cannot be used.",
                why=f"It is {text!r}; KFP answers 1 to {MAX_PAGE} things a page.",
                remedy=f"Enter a number from 1 to {MAX_PAGE}, or leave it empty.",
                permanent=True,
            )
        return Api(client, namespace=self.values["namespace"], page_size=int(text))


def _base(url: str) -> str:
    """The address before the API's own path and the hash of its pages, as people paste either."""
    return url.strip().split("#")[0].rstrip("/").removesuffix(API_PATH).rstrip("/")


def _tried(api: Api, name: str) -> Capability:
    path, key = LISTINGS[name]
    try:
        found = next(api.pages(path, key=key, page_size=1))
    except FAILURES as error:
        return Capability(name, False, str(error), blinds=(BLINDS[name],))
    return Capability(name, True, "Readable." if found else "Readable; there is none yet.")


def _artifacts() -> Capability:
    missing = faults.no_artifacts()
    return Capability("artifacts", False, f"{missing.why} {missing.remedy}", blinds=(missing.what,))
