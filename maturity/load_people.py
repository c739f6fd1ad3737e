"""Reads what people said and did about one system: five statements, however much it is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from core.models import System
from evidence.models import Node
from maturity.facts import Attested, Exercise, Means, Ref, SystemFacts, Waived
from maturity.models import Attestation, Drill, Mapping, Waiver
from maturity.models.inputs import DrillOutcome

DRILLS_PAST = timedelta(days=370)


def with_people(facts: SystemFacts, system: System) -> SystemFacts:
    """The facts with the words in force at their moment, and the drills of the year before."""
    return replace(
        facts,
        waivers=tuple(_waivers(system, now=facts.now)),
        attestations=tuple(_attestations(system, now=facts.now)),
        means=tuple(_means(system, now=facts.now)),
        drills=tuple(_drills(system, now=facts.now)),
    )


def _unrevoked(now: datetime) -> Q:
    return Q(revoked_at=None) | Q(revoked_at__gt=now)


def _waivers(system: System, *, now: datetime) -> Iterable[Waived]:
    found = Waiver.objects.filter(_unrevoked(now), system=system, approved_at__lte=now, expires_at__gt=now)
    for each in found.select_related("requested_by", "approved_by").order_by("approved_at", "pk"):
        assert each.approved_at is not None, "only approved ones are read"
        yield Waived(
            criterion=each.criterion,
            until=each.expires_at,
            reason=each.reason,
            link=each.link,
            requested_by=str(each.requested_by),
            approved_by=str(each.approved_by),
            approved_at=each.approved_at,
        )


def _attestations(system: System, *, now: datetime) -> Iterable[Attested]:
    found = Attestation.objects.filter(
        _unrevoked(now), system=system, attested_at__lte=now, expires_at__gt=now
    )
    for each in found.select_related("attested_by").order_by("attested_at", "pk"):
        yield Attested(
            criterion=each.criterion,
            by=str(each.attested_by),
            at=each.attested_at,
            until=each.expires_at,
            statement=each.statement,
            link=each.link,
        )


def _means(system: System, *, now: datetime) -> Iterable[Means]:
    found = Mapping.objects.filter(_unrevoked(now), system=system, approved_at__lte=now).order_by("pk")
    for probe, kind, name in found.values_list("probe", "kind", "name"):
        yield Means(probe=probe, kind=kind, name=name)


def _drills(system: System, *, now: datetime) -> Iterable[Exercise]:
    found = list(
        Drill.objects.filter(system=system, finished_at__lte=now, finished_at__gt=now - DRILLS_PAST)
        .select_related("started_by")
        .order_by("finished_at", "pk")
    )
    proofs = _proofs({node for drill in found for node in drill.nodes})
    for each in found:
        assert each.finished_at is not None, "only finished ones are read"
        yield Exercise(
            kind=each.kind,
            passed=each.outcome == DrillOutcome.PASSED,
            started_at=each.started_at,
            finished_at=each.finished_at,
            by=str(each.started_by),
            link=each.link,
            proofs=tuple(proofs[node] for node in each.nodes if node in proofs),
        )


def _proofs(ids: set[int]) -> dict[int, Ref]:
    nodes = Node.objects.filter(pk__in=ids).values("pk", "uid", "label", "url", "kind")
    return {
        node["pk"]: Ref(node["uid"], node["label"], node_id=node["pk"], url=node["url"], kind=node["kind"])
        for node in nodes
    }
