"""What repositories hold: signals at a commit, and the commits that other things claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evidence.records import Json
from maturity.facts.sources import Ref


@dataclass(frozen=True, slots=True)
class Signal:
    """What a repository shows at one commit: a boolean or a list of names, and the proving paths."""

    value: Json
    paths: tuple[str, ...] = ()

    @property
    def present(self) -> bool:
        return bool(self.value)


Signals = Mapping[str, Signal]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at its head. `signals` is None when its files could not be read."""

    ref: Ref
    signals: Signals | None = None
    newest_commit_at: datetime | None = None


class Rung(StrEnum):
    """Which step of the commit ladder answered, most direct first."""

    RUN_TAG = "mlflow.source.git.commit of the run"
    CUSTOM_TAG = "a commit tag of the run or version"
    PIPELINE_TAG = "the commit tag of the pipeline version"
    CODE_SOURCE_URL = "the code source URL of the pipeline version"
    IMAGE = "the image that serves it"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that something claims to be built from.

    `known` means that a connected repository holds it; else only the claim is there.
    """

    ref: Ref
    sha: str
    rung: Rung
    known: bool = False
    committed_at: datetime | None = None
    on_default_branch: bool | None = None
    signals: Signals | None = None
