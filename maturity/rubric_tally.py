"""Counting a rubric honestly: how much of it is automatic, attested, waiting, or not observable. Pure."""

from dataclasses import dataclass

from maturity.criterion import Criterion, Measure, Rubric


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of criteria by the way they can be answered.

    `omitted` are questions of the framework that are not asked, because no source can show them.
    """

    automatic: int
    attested: int
    waiting: int
    omitted: int
    optional: int

    @property
    def asked(self) -> int:
        return self.automatic + self.attested + self.waiting

    @property
    def all(self) -> int:
        """Everything that the framework asks."""
        return self.asked + self.omitted


def tally(under: Rubric, *, readable: frozenset[str], capability: str = "") -> Tally:
    """Count the whole rubric, or one capability of it (then without what is omitted).

    `readable` are the kinds of source that this version reads.
    """
    criteria = under.of(capability) if capability else under.criteria
    found = [measure_of(criterion, readable=readable) for criterion in criteria]
    return Tally(
        automatic=found.count(Measure.AUTOMATIC),
        attested=found.count(Measure.ATTESTED),
        waiting=found.count(Measure.WAITING),
        omitted=0 if capability else len(under.omitted),
        optional=sum(not c.gating for c in criteria),
    )


def measure_of(criterion: Criterion, *, readable: frozenset[str]) -> Measure:
    """How it can be answered: a probe whose source nobody can connect yet waits."""
    unread = {need.kind for need in criterion.needs} - readable
    return Measure.WAITING if criterion.measure is Measure.AUTOMATIC and unread else criterion.measure
