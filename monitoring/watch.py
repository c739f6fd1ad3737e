"""What a monitor watches: the model version that answers now, and the deployment it answers in."""

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.identity import normalise_uri, uid
from evidence.models import Node
from evidence.records import NodeKind
from monitoring.models import Monitor
from monitoring.schema import Schema, SignatureError, schema_of_signature


class WatchError(Exception):
    """There is nothing to watch yet; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The watched version. `deployment` is None where no live one is known."""

    version: Node
    deployment: Node | None

    @property
    def place(self) -> Node:
        """Where alerts are told: the deployment, else the version."""
        return self.deployment or self.version


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the version's signature expects; `schema` is None where `why` tells why it is not known."""

    schema: Schema | None
    why: str = ""


def find_watched(monitor: Monitor) -> Watched:
    """The named version, else that of the live deployment; raise WatchError where there is none."""
    deployment = _live_deployment(monitor)
    if deployment is not None:
        model = deployment.attrs.get("model") or {}
        name, number = str(model.get("name", "")), str(model.get("version", ""))
    else:
        name, number = monitor.model_name, monitor.model_version
    if not number:
        wanted = monitor.model_name or "the system"
        raise WatchError(
            f"No live deployment of {wanted} is known. Report one, set a registry alias such as "
            "champion, or name a version in the monitor."
        )
    version = _version(monitor, name=name, number=number)
    if version is None:
        raise WatchError(
            f"{name} v{number} is not among the model versions of {monitor.system.name}. "
            "Sync the registry that holds it, and bind its model to the system."
        )
    return Watched(version, deployment)


def expectation_of(version: Node) -> Expectation:
    """The inputs that a model version expects, by its MLflow signature."""
    signature = version.attrs.get("signature")
    inputs = signature.get("inputs") if isinstance(signature, Mapping) else None
    if not inputs:
        unreadable = version.attrs.get("signature_state") == "unreadable"
        why = "Its signature could not be read; see its source." if unreadable else "It has no signature."
        return Expectation(None, f"{why} Log the model with `infer_signature` to have its contract watched.")
    try:
        return Expectation(schema_of_signature(str(inputs)))
    except SignatureError as error:
        return Expectation(None, str(error))


def dataset_node(version: Node, location: str) -> Node | None:
    """The data set version that lies at `location`, where a source showed it; the newest of several."""
    prefix = uid("dataset_version", normalise_uri(location)) + ":"
    found = Node.objects.filter(kind=NodeKind.DATASET_VERSION, uid__startswith=prefix)
    read_by_its_run = found.filter(out_edges__dst__out_edges__dst=version)
    return (read_by_its_run or found).order_by("-last_seen", "-pk").first()


def _live_deployment(monitor: Monitor) -> Node | None:
    """The live deployment of the watched model: production first, a report before a mere claim."""
    live = Node.objects.filter(kind=NodeKind.DEPLOYMENT, system=monitor.system_id, state="live", gone_at=None)
    if monitor.model_name:
        live = live.filter(attrs__model__name=monitor.model_name)
    if monitor.model_version:
        live = live.filter(attrs__model__version=monitor.model_version)
    return min(live.order_by("-last_seen", "-pk")[:100], key=_rank, default=None)


def _rank(deployment: Node) -> tuple[bool, bool]:
    attrs = deployment.attrs
    return (attrs.get("environment") != "production", attrs.get("how") != "reported")


def _version(monitor: Monitor, *, name: str, number: str) -> Node | None:
    versions = Node.objects.filter(
        kind=NodeKind.MODEL_VERSION, system=monitor.system_id, attrs__version=number, gone_at=None
    )
    return versions.filter(attrs__name=name).order_by("-last_seen", "-pk").first() if name else None
