"""What people say that stands beside verdicts: of any number of systems in at most six statements."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from evidence.records import Json
from maturity.criterion import Criterion
from maturity.finding import Verdict
from maturity.models import Attestation, Confirmation, CriterionResult, Dispute, Waiver
from maturity.models import Mapping as Mapped
from maturity.models.inputs import DisputeState
from maturity.result import Result


class Saying(StrEnum):
    """What kind of word a mark is."""

    WAIVER_ASKED = "waiver_asked"
    WAIVED = "waived"
    ATTESTED = "attested"
    DISPUTED = "disputed"  # open: nobody has answered yet
    DISPUTE_ACCEPTED = "dispute_accepted"  # the team agrees, the evidence has not changed yet
    MAPPED = "mapped"


@dataclass(frozen=True, slots=True)
class Mark:
    """One word: of what (a criterion's id, a probe's name), by whom, since when, and until when."""

    saying: Saying
    of: str
    by: str
    at: datetime
    text: str
    until: datetime | None = None
    link: str = ""


Marks = Mapping[str, tuple[Mark, ...]]
"""Marks by what they are of."""

AS_VERDICT = {Saying.WAIVED: Verdict.WAIVED, Saying.ATTESTED: Verdict.ATTESTED}


def marks(systems: Collection[int], *, now: datetime) -> dict[int, Marks]:
    """The marks of each of these systems (ids) at `now`."""
    found: dict[int, dict[str, list[Mark]]] = {system: {} for system in systems}
    for system, mark in (
        *_waivers(systems, now=now),
        *_attestations(systems, now=now),
        *_disputes(systems),
        *_mappings(systems, now=now),
    ):
        found[system].setdefault(mark.of, []).append(mark)
    return {system: {of: tuple(said) for of, said in own.items()} for system, own in found.items()}


def marks_on(result: Result, criterion: Criterion | None, among: Marks) -> tuple[Mark, ...]:
    """Those of the marks that bear on a verdict; of a criterion that reads others, theirs as well."""
    parts = criterion.parts if criterion else ()
    names = [result.criterion, result.probe, *(n for part in parts for n in (part.id, part.probe))]
    said = [mark for name in dict.fromkeys(names) for mark in among.get(name, ())]
    return tuple(mark for mark in said if AS_VERDICT.get(mark.saying, result.verdict) is result.verdict)


def mark_document(mark: Mark) -> dict[str, Json]:
    """A mark as exports and the API show it."""
    return {
        "saying": mark.saying.value,
        "of": mark.of,
        "by": mark.by,
        "at": mark.at.isoformat(),
        "until": mark.until.isoformat() if mark.until else None,
        "text": mark.text,
        "link": mark.link,
    }


def mark_line(mark: Mark) -> str:
    """A mark in one line of a table."""
    until = f" until {mark.until:%Y-%m-%d}" if mark.until else f" since {mark.at:%Y-%m-%d}"
    return f"{mark.saying.value.replace('_', ' ')} by {mark.by}{until}: {' '.join(mark.text.split())}"


def _waivers(systems: Collection[int], *, now: datetime) -> Iterable[tuple[int, Mark]]:
    found = Waiver.objects.filter(
        Q(revoked_at=None), system__in=systems, declined_at=None, expires_at__gt=now
    ).select_related("requested_by", "approved_by")
    for each in found.order_by("requested_at", "pk"):
        saying = Saying.WAIVED if each.approved_at else Saying.WAIVER_ASKED
        by, at = each.approved_by or each.requested_by, each.approved_at or each.requested_at
        yield (
            each.system_id,
            Mark(saying, each.criterion, str(by), at, each.reason, until=each.expires_at, link=each.link),
        )


def _attestations(systems: Collection[int], *, now: datetime) -> Iterable[tuple[int, Mark]]:
    found = Attestation.objects.filter(system__in=systems, revoked_at=None, expires_at__gt=now)
    for each in found.select_related("attested_by").order_by("attested_at", "pk"):
        by, at, until = str(each.attested_by), each.attested_at, each.expires_at
        yield (
            each.system_id,
            Mark(Saying.ATTESTED, each.criterion, by, at, each.statement, until=until, link=each.link),
        )


def _disputes(systems: Collection[int]) -> Iterable[tuple[int, Mark]]:
    """Open disputes, and accepted ones as long as the same is found again."""
    held = (DisputeState.OPEN, DisputeState.ACCEPTED)
    found = list(
        Dispute.objects.filter(system__in=systems, state__in=held)
        .select_related("raised_by", "answered_by", "assessment")
        .order_by("raised_at", "pk")
    )
    settled = _settled([each for each in found if each.state == DisputeState.ACCEPTED])
    for each in found:
        if each.pk not in settled:
            accepted = each.state == DisputeState.ACCEPTED
            saying = Saying.DISPUTE_ACCEPTED if accepted else Saying.DISPUTED
            yield each.system_id, Mark(saying, each.criterion, str(each.raised_by), each.raised_at, each.text)


def _settled(disputes: Collection[Dispute]) -> set[int]:
    """The disputes (ids) whose criterion is found otherwise now than when they were raised."""
    if not disputes:
        return set()
    current = {
        (system, rubric): assessment
        for system, rubric, assessment in Confirmation.objects.filter(
            system__in={each.system_id for each in disputes}
        ).values_list("system_id", "rubric", "assessment_id")
    }
    now_at = {each.pk: current.get((each.system_id, each.assessment.rubric)) for each in disputes}
    moved = [each for each in disputes if now_at[each.pk] not in (None, each.assessment_id)]
    rows = CriterionResult.objects.filter(
        assessment__in={a for each in moved for a in (each.assessment_id, now_at[each.pk])},
        criterion__in={each.criterion for each in moved},
    )
    found = {(row.assessment_id, row.criterion): _found(row) for row in rows}
    return {
        each.pk
        for each in moved
        if found.get((each.assessment_id, each.criterion))
        != found.get((now_at[each.pk] or 0, each.criterion))
    }


def _found(row: CriterionResult) -> tuple[object, ...]:
    """What was found, whatever people say of it."""
    findings = sorted((str(f["subject"]), str(f["outcome"]), str(f["message"])) for f in row.findings)
    return row.otherwise or row.verdict, row.n, row.p, row.u, findings


def _mappings(systems: Collection[int], *, now: datetime) -> Iterable[tuple[int, Mark]]:
    found = Mapped.objects.filter(system__in=systems, revoked_at=None, approved_at__lte=now)
    for each in found.select_related("approved_by").order_by("approved_at", "pk"):
        assert each.approved_at is not None, "only approved ones are read"
        text = f"{each.get_kind_display()} {each.name}: {each.reason}"
        yield each.system_id, Mark(Saying.MAPPED, each.probe, str(each.approved_by), each.approved_at, text)
