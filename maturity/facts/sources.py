"""Where facts come from: the nodes of the store, and the sources with what they could not show."""

from dataclasses import dataclass
from datetime import datetime

from evidence.records import BlindReason
from maturity.finding import Evidence


@dataclass(frozen=True, slots=True)
class Ref:
    """A node of the store, as evidence names it."""

    uid: str
    label: str
    node_id: int | None = None
    url: str = ""
    kind: str = ""

    def evidence(self) -> Evidence:
        return Evidence(label=self.label, node_id=self.node_id, url=self.url, kind=self.kind)

    def part(self, name: str) -> "Ref":
        """A part of the thing, shown where the thing is shown."""
        return Ref(f"{self.uid}#{name}", f"{self.label} {name}", self.node_id, self.url, self.kind)


@dataclass(frozen=True, slots=True)
class Blind:
    """One thing that a source's last sync could not see; `scope` is its stable key."""

    scope: str
    reason: BlindReason
    why: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A connected source: when it was last read with success, and what it could not show.

    `reason` and `why` tell the newest failure, or are empty when the newest sync succeeded.
    """

    kind: str
    name: str
    seen_at: datetime | None
    reason: BlindReason | None = None
    why: str = ""
    blind: tuple[Blind, ...] = ()
