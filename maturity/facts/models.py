"""Registered models: their versions, and where they serve."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evidence.records import BlindReason, Json
from maturity.facts.code import Commit
from maturity.facts.sources import Ref
from maturity.facts.training import Run


@dataclass(frozen=True, slots=True)
class Deployment:
    """One revision of an endpoint. `observed` tells a report from a mere claim by an alias."""

    ref: Ref
    environment: str
    target: str
    state: str
    observed: bool
    traffic_percent: float | None = None
    at: datetime | None = None
    ended_at: datetime | None = None
    version_uid: str = ""
    image: str = ""

    @property
    def is_live_production(self) -> bool:
        return self.state == "live" and self.environment == "production"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered version, joined to what made it.

    `run` is None when no run could be found; `run_blind` then says whether that is blindness.
    `signature` is "read", "absent" or "unreadable". `claims` name who calls it production.
    """

    ref: Ref
    model: str
    version: str
    state: str
    created_at: datetime | None = None
    tags: Mapping[str, Json] = field(default_factory=dict)
    model_tags: Mapping[str, Json] = field(default_factory=dict)
    signature: str = "absent"
    inputs: tuple[tuple[str, str, bool], ...] = ()
    outputs: tuple[tuple[str, str, bool], ...] = ()
    requirements: tuple[str, ...] | None = None
    claims: tuple[str, ...] = ()
    run: Run | None = None
    run_blind: BlindReason | None = None
    commit: Commit | None = None
    evaluations: tuple[Run, ...] = ()
