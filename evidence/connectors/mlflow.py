"""MLflow Tracking and Model Registry, 2.x and 3.x, over REST."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import ClassVar

import httpx
from django.utils.translation import gettext_noop as _

from core.http import Client, Fault, HttpError, Limits
from evidence.connectors._mlflow.api import Api
from evidence.connectors._mlflow.faults import EndlessPagesError, connector_error
from evidence.connectors._mlflow.pull import Pull
from evidence.connectors._mlflow.registry_reading import RegistryReading
from evidence.connectors._mlflow.server import Server
from evidence.connectors._mlflow.tracking_reading import TrackingReading, has_logged_models
from evidence.connectors.base import Capability, Check, Connector, ConnectorError, Context, Setting
from evidence.records import Json, NodeKind, Page

FATAL = frozenset(Fault) - {Fault.NOT_FOUND, Fault.FORBIDDEN, Fault.SERVER}
"""A fault of the first call after which no other call needs a try."""

PAGES = Limits()
FILES = Limits(tries=1, read_seconds=20.0, max_bytes=2 * 1024 * 1024)

BLINDS = {
    "experiments": ("experiments", "runs", "logged models"),
    "runs": ("runs", "commits, data and parameters of models"),
    "logged models": ("the step from a run to a model version (MLflow 3)",),
    "model registry": ("models, versions, aliases", "declared deployments", "signatures"),
}


class MlflowConnector(Connector):
    """Reads everything with few big pages: each signed-in call costs the server a password hash."""

    slug = "mlflow"
    label = "MLflow"
    description = _(
        "Experiments, runs with their parameters, metrics and data, registered models and their versions."
    )
    settings = (
        Setting(
            "url", _("Address"), _("The MLflow server, such as https://mlflow.example.org"), required=True
        ),
        Setting("web_url", _("Address for people"), _("Where links lead, if people open MLflow elsewhere.")),
        Setting("auth", _("Sign-in"), default="none", choices=("none", "basic", "bearer")),
        Setting("username", _("User name"), _("For basic; a user who may only read is enough.")),
        Setting("password", _("Password"), secret=True),
        Setting("token", _("Token"), _("For bearer."), secret=True),
        Setting(
            "workspace", _("Workspace"), _("Only for servers with workspaces; empty means the default one.")
        ),
        Setting(
            "experiments",
            _("Experiments"),
            _("Shell patterns of names, separated by commas; empty means all."),
        ),
    )
    produces: ClassVar[tuple[str, ...]] = (
        NodeKind.EXPERIMENT, NodeKind.RUN, NodeKind.LOGGED_MODEL, NodeKind.MODEL, NodeKind.MODEL_VERSION,
        NodeKind.DATASET, NodeKind.DATASET_VERSION, NodeKind.DEPLOYMENT, NodeKind.ENDPOINT,
    )  # fmt: skip
    transport: httpx.BaseTransport | None = None

    def check(self, context: Context) -> Check:
        """Try each listing for one page."""
        with self._client(context) as client, self._client(context, limits=FILES) as files:
            api = Api(client, files, rows_a_page=10, run_rows=1)
            version = self._probed(api)
            ids: list[str] = []

            def experiments() -> object:
                ids.extend(
                    str(row.get("experiment_id")) for page in islice(api.experiments(), 1) for row in page
                )
                return ids

            found = [
                _tried("experiments", experiments),
                _tried("runs", lambda: list(islice(api.runs(ids), 1))),
                _tried("logged models", lambda: list(islice(api.logged_models(ids), 1)))
                if has_logged_models(version)
                else Capability("logged models", True, f"MLflow {version} has none; versions name their run"),
                _tried("model registry", lambda: list(islice(api.registered_models(), 1))),
            ]
        if not any(each.works for each in found if each.name in {"experiments", "model registry"}):
            raise ConnectorError(
                "This MLflow server could not be read.",
                why=found[0].detail,
                remedy="Check the address and the sign-in of this source.",
                permanent=True,
            )
        return Check(f"MLflow {version or 'of an unknown version'}", tuple(found))

    def pull(self, cursor: Mapping[str, Json], context: Context) -> Iterator[Page]:
        with self._client(context) as client, self._client(context, limits=FILES) as files:
            api, server = Api(client, files), Server(self.values["url"], self.values["web_url"])
            version = self._probed(api)
            yield Page(progress=f"MLflow {version}" if version else "MLflow of an unknown version")
            patterns = [text for part in self.values["experiments"].split(",") if (text := part.strip())]
            tracking = TrackingReading(api, server, context, cursor, patterns, version)
            registry = RegistryReading(api, server, context, cursor, tracking.artifact_uris)
            pull = Pull(tracking, registry, context, cursor)
            yield from pull.pages()
            self.cursor = pull.next_cursor()

    def _probed(self, api: Api) -> str:
        """The version, and early certainty whether anything is there at all."""
        try:
            return api.version()
        except HttpError as error:
            if error.fault in FATAL or "Invalid Host header" in str(error):
                raise connector_error(error, what="This MLflow server could not be read.") from None
            return ""

    def _client(self, context: Context, *, limits: Limits = PAGES) -> Client:
        try:
            return Client(
                self.values["url"],
                headers=self._headers(),
                auth=self._basic(),
                policy=context.policy,
                limits=limits,
                transport=self.transport,
            )
        except HttpError as error:
            raise connector_error(error, what="This source has no usable address.") from None

    def _headers(self) -> dict[str, str]:
        headers = {"X-MLFLOW-WORKSPACE": self.values["workspace"]} if self.values["workspace"] else {}
        if self.values["auth"] == "bearer":
            headers["Authorization"] = f"Bearer {self._needed('token')}"
        return headers

    def _basic(self) -> tuple[str, str] | None:
        if self.values["auth"] != "basic":
            return None
        return self._needed("username"), self._needed("password")

    def _needed(self, name: str) -> str:
        value = self.values[name]
        if not value:
            raise ConnectorError(
                "The sign-in of this MLflow source is not complete.",
                why=f"The sign-in {self.values['auth']} needs a {name}, and none is set.",
                remedy=f"Set the {name} of this source, or choose another sign-in.",
                permanent=True,
            )
        return value


def _tried(name: str, call: Callable[[], object]) -> Capability:
    try:
        call()
    except (HttpError, EndlessPagesError) as error:
        return Capability(name, False, str(error), BLINDS[name])
    return Capability(name, True, "can be read")
