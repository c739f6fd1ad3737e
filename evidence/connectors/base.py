"""The contract of a connector."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from core.http import AddressPolicy
from evidence.records import BlindReason, Json, Page


class ConnectorError(Exception):
    """A source could not be read. The three sentences go to the source's page and the API.

    `permanent` means that trying again will not help until somebody changes something.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str,
        remedy: str,
        reason: BlindReason = BlindReason.COLLECTOR_FAILED,
        permanent: bool = False,
    ) -> None:
        super().__init__(f"{what} {why} {remedy}")
        self.what, self.why, self.remedy = what, why, remedy
        self.reason, self.permanent = reason, permanent


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a connector: makes the form field, the API schema and the documentation."""

    name: str
    label: str
    help: str = ""
    required: bool = False
    secret: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capability:
    """Something the connection test tried: whether it works, and what is blind without it."""

    name: str
    works: bool
    detail: str
    blinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of a connection test."""

    summary: str
    capabilities: tuple[Capability, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a pull may know beside its settings.

    `wanted_commits`: full SHAs that evidence of other sources refers to; `production_commits`: those
    among them that models in production were built from. `production_aliases`: which environment a
    registry alias claims. `policy`: which addresses may be called. `local_paths_allowed`: an
    administrator (or the person at the shell) allowed this local path; `local_folders` are all that are
    allowed, which a refusal names only where it is `told_to_administrator`. `full`: read everything again, to
    find what was deleted or edited late.

    `known`: what the store holds of this source and has not marked as gone, so that a connector can
    tell what moved or vanished. A key that is missing means "not told", never "nothing":
    - "model_aliases": {model name: {alias: version}}, from the attrs of the model nodes
    - "model_versions": {model name: {version: attrs of the model version node}}
    - "runs": [run id, …] of the runs that are no stubs, only when `full`; "pipeline_runs" likewise
    """

    now: datetime
    cache_dir: str
    wanted_commits: frozenset[str] = frozenset()
    production_commits: frozenset[str] = frozenset()
    production_aliases: Mapping[str, str] = field(
        default_factory=lambda: {"champion": "production", "production": "production", "prod": "production"}
    )
    known: Mapping[str, Json] = field(default_factory=dict)
    local_paths_allowed: bool = False
    local_folders: tuple[str, ...] = ()
    told_to_administrator: bool = False
    full: bool = False
    policy: AddressPolicy = field(default_factory=AddressPolicy)


class Connector(ABC):
    """Reads one kind of source. Subclass in `evidence/connectors/<slug>.py`."""

    slug: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    produces: ClassVar[tuple[str, ...]]
    do_not_call_in_templates: ClassVar[bool] = True  # pages name the class; they never make one

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values` are the settings by name, secrets in clear text; unknown or missing ones raise."""
        names = {setting.name for setting in self.settings}
        unknown = sorted(set(values) - names)
        missing = [s.name for s in self.settings if s.required and not values.get(s.name)]
        if unknown or missing:
            raise ConnectorError(
                f"The settings of this {self.label} source are not complete.",
                why="; ".join(
                    [f"unknown: {', '.join(unknown)}"] * bool(unknown)
                    + [f"missing: {', '.join(missing)}"] * bool(missing)
                )
                + ".",
                remedy=f"Known settings: {', '.join(sorted(names))}.",
                permanent=True,
            )
        self.values = {s.name: values.get(s.name) or s.default for s in self.settings}
        self.cursor: dict[str, Json] = {}

    @abstractmethod
    def check(self, context: Context) -> Check:
        """Try the connection; raise ConnectorError when nothing works at all."""

    @abstractmethod
    def pull(self, cursor: Mapping[str, Json], context: Context) -> Iterator[Page]:
        """Yield pages since `cursor` (empty: from the beginning).

        Before it ends, the connector sets `self.cursor` to where the next pull starts: the start of
        this pull, so that nothing that happened meanwhile is lost. A pull that raises moves no cursor.
        """

    def dry_run(self, context: Context, *, options: Mapping[str, str]) -> Iterator[Page]:
        """What `manage.py pull` prints; `options` are settings meant for the command line only."""
        return self.pull({}, context)

    dry_run_options: ClassVar[tuple[Setting, ...]] = ()
