"""What people say and do: waivers, attestations, mappings and drills, all in force."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from maturity.facts.sources import Ref


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver in force: approved, not revoked, not past its end."""

    criterion: str
    until: datetime
    reason: str
    link: str
    requested_by: str
    approved_by: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class Attested:
    """A person's word in force."""

    criterion: str
    by: str
    at: datetime
    until: datetime
    statement: str
    link: str


@dataclass(frozen=True, slots=True)
class Means:
    """An approved mapping: what is called `name` (a shell pattern) does what `probe` looks for.

    `kind` is task, check, job or environment.
    """

    probe: str
    kind: str
    name: str

    def covers(self, name: str) -> bool:
        """True if the thing of this name is meant."""
        return fnmatchcase(name, self.name)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A finished drill: `kind` is replay, rollback or drift.

    `proofs` are the things that show it, verified in the store; without any the drill rests on the
    word of the person who recorded it.
    """

    kind: str
    passed: bool
    started_at: datetime
    finished_at: datetime
    by: str
    link: str = ""
    proofs: tuple[Ref, ...] = ()
