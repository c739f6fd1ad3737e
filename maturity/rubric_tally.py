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


def tally(under: Rubric, *, capability: str = "") -> Tally:
    """Count the whole rubric, or one capability of it (then without what is omitted)."""
    criteria = under.of(capability) if capability else under.criteria
    counts = {measure: sum(c.measure is measure for c in criteria) for measure in Measure}
    return Tally(
        automatic=counts[Measure.AUTOMATIC],
        attested=counts[Measure.ATTESTED],
        waiting=counts[Measure.WAITING],
        omitted=0 if capability else len(under.omitted),
        optional=sum(not c.gating for c in criteria),
    )


def waits_for(criterion: Criterion) -> tuple[str, ...]:
    """The criteria whose evidence this version cannot read, of one that waits; itself or its parts."""
    if criterion.measure is not Measure.WAITING:
        return ()
    return tuple(p.id for p in criterion.parts if p.measure is Measure.WAITING) or (criterion.id,)
