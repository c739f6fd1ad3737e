"""What a rubric consists of: capabilities, criteria, and how they add up. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Optional

from maturity.finding import Strength


class Effort(StrEnum):
    """What closing a gap costs: under a day, days, weeks."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"

    @property
    def rank(self) -> int:
        return list(Effort).index(self)


class Scoring(StrEnum):
    """How verdicts add up: a ladder of levels, or points summed in each section."""

    LEVELS = "levels"
    POINTS = "points"


class Measure(StrEnum):
    """How a criterion can be answered, the worst first."""

    WAITING = "waiting"  # no source that this version reads can show it
    ATTESTED = "attested"  # a person's word, with an end
    AUTOMATIC = "automatic"  # a probe

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Measure).index(self)


@dataclass(frozen=True, slots=True)
class Capability:
    """A row of the scorecard (in a rubric of points: a section)."""

    id: str
    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Need:
    """A kind of source, and the part of it, that a criterion cannot be judged without."""

    kind: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Omitted:
    """What the framework asks and this rubric does not, because no source can show it."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question at one level.

    It is answered by a `probe`, or by `parts`: criteria of the rubric that this one reads, of whose
    verdicts the worst counts; or, when `attested`, by a named person where no probe can see it.
    With none of these it waits for a source that cannot be read yet: it is unknown, never passed.

    `threshold`: least share of passing subjects, in (0, 1]. `min_strength`: evidence weaker than
    this proves nothing. `{system}` and `{team}` in a snippet stand for the slugs.
    """

    id: str
    capability: str
    level: int
    question: str
    why: str
    how: str
    remedy: str
    snippet: str
    effort: Effort
    subject: str
    probe: str
    condition: str
    needs: tuple[Need, ...]
    threshold: float
    window: timedelta
    gating: bool
    min_strength: Strength
    attested: bool = False
    parts: tuple["Criterion", ...] = ()

    @property
    def takes(self) -> tuple[str, ...]:
        """The ids of the criteria whose verdicts make this one's."""
        return tuple(part.id for part in self.parts)

    @property
    def measure(self) -> Measure:
        """How it can be answered; of several parts the worst, as with their verdicts."""
        if self.parts:
            return min((part.measure for part in self.parts), key=lambda m: m.rank)
        if self.attested:
            return Measure.ATTESTED
        return Measure.AUTOMATIC if self.probe else Measure.WAITING

    @property
    def needs_word(self) -> bool:
        """True where nothing but a person's word can satisfy it (no probe upgrades it)."""
        if self.parts:
            return any(part.needs_word for part in self.parts)
        return self.attested and not self.probe


@dataclass(frozen=True, slots=True)
class Rubric:
    """A checked rubric. `digest` is the SHA-256 (hex) of its text, which holds all that it reads.

    `levels` are the names from level 0 up. Under `Scoring.POINTS` a section reaches level k when
    its sum exceeds k of the ascending `bands`; the overall score is the least of the sections'.
    `waiver_cap`: so many gating criteria of a capability may be waived at a time. `base` is the
    rubric whose criteria this one takes.
    """

    id: str
    version: str
    name: str
    digest: str
    levels: tuple[str, ...]
    ttl: Mapping[str, timedelta]
    default_ttl: timedelta
    capabilities: tuple[Capability, ...]
    criteria: tuple[Criterion, ...]
    scoring: Scoring = Scoring.LEVELS
    bands: tuple[float, ...] = ()
    waiver_cap: int = 1
    about: str = ""
    omitted: tuple[Omitted, ...] = ()
    base: Optional["Rubric"] = None

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.levels) - 1

    @property
    def counts_points(self) -> bool:
        return self.scoring is Scoring.POINTS

    def ttl_of(self, kind: str) -> timedelta:
        """How long what a kind of source said may be believed."""
        return self.ttl.get(kind, self.default_ttl)

    def of(self, capability: str) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.capability == capability)

    def capability(self, capability_id: str) -> Capability | None:
        return next((c for c in self.capabilities if c.id == capability_id), None)

    def criterion(self, criterion_id: str) -> Criterion | None:
        return next((c for c in self.criteria if c.id == criterion_id), None)
