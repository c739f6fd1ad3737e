"""Feature stores and what serving platforms, monitors and controllers reported, from rows. Pure.

Reports travel as events on the node that they speak of; a report without its moments or its word is
left out, as if it had not come.
"""

from collections.abc import Iterator
from datetime import timedelta

from evidence.records import Attrs, NodeKind
from maturity import attrs as read
from maturity.facts import (
    Analysis,
    Delivery,
    FeatureService,
    FeatureView,
    Objective,
    Readiness,
    Reconciliation,
)
from maturity.graph_rows import EventRow, Rows

READY = "readiness_observed"
EVALUATED = "slo_evaluated"
ANALYSED = "rollout_analysed"
DELIVERED = "alert_delivered"
TESTED = "channel_tested"
RECONCILED = "gitops_observed"
DECISIONS = frozenset({"promoted", "aborted"})


def feature_views(rows: Rows) -> tuple[FeatureView, ...]:
    return tuple(
        FeatureView(
            ref=node.ref,
            online=read.flag(node.attrs, "online") is not False,
            enabled=node.state != "disabled",
            ttl=_seconds(node.attrs, "ttl_seconds"),
            max_age=_seconds(node.attrs, "max_age_seconds"),
            materialised_until=read.moment(node.attrs, "materialised_until"),
        )
        for node in rows.of(NodeKind.FEATURE_VIEW)
        if not node.promised
    )


def feature_services(rows: Rows) -> tuple[FeatureService, ...]:
    return tuple(
        FeatureService(node.ref, read.texts(node.attrs, "views"))
        for node in rows.of(NodeKind.FEATURE_SERVICE)
        if not node.promised
    )


def readiness(rows: Rows) -> tuple[Readiness, ...]:
    """Attributes: `window_start`, `window_end`; without a start the event's moment alone counts."""
    return tuple(
        Readiness(
            event.node.ref,
            start=read.moment(event.attrs, "window_start") or event.at,
            end=read.moment(event.attrs, "window_end") or event.at,
        )
        for event in _of(rows, READY)
    )


def objectives(rows: Rows) -> tuple[Objective, ...]:
    """Attributes: `kind` (latency, errors, throughput…), `kept`."""
    return tuple(
        Objective(event.node.ref, read.text(event.attrs, "kind"), event.at, read.flag(event.attrs, "kept"))
        for event in _of(rows, EVALUATED)
        if read.text(event.attrs, "kind")
    )


def analyses(rows: Rows) -> tuple[Analysis, ...]:
    """Attributes: `decision` (promoted, aborted), `by` (AnalysisRun, Canary…)."""
    return tuple(
        Analysis(event.node.ref, event.at, decision, by=read.text(event.attrs, "by") or event.actor)
        for event in _of(rows, ANALYSED)
        for decision in (read.text(event.attrs, "decision"),)
        if decision in DECISIONS
    )


def deliveries(rows: Rows) -> tuple[Delivery, ...]:
    """Attributes: `receiver`, `succeeded`."""
    return tuple(
        Delivery(
            event.node.ref,
            event.at,
            receiver=read.text(event.attrs, "receiver"),
            succeeded=read.flag(event.attrs, "succeeded") is True,
            is_test=event.kind == TESTED,
        )
        for event in _of(rows, DELIVERED, TESTED)
        if read.text(event.attrs, "receiver")
    )


def reconciliations(rows: Rows) -> tuple[Reconciliation, ...]:
    """Attributes: `sync` (Synced, OutOfSync…), `automated`, `revision`."""
    return tuple(
        Reconciliation(
            event.node.ref,
            event.at,
            synced=read.text(event.attrs, "sync") == "Synced",
            automated=read.flag(event.attrs, "automated") is True,
            revision=read.text(event.attrs, "revision"),
        )
        for event in _of(rows, RECONCILED)
    )


def _of(rows: Rows, *kinds: str) -> Iterator[EventRow]:
    return (event for event in rows.events if event.kind in kinds)


def _seconds(attrs: Attrs, key: str) -> timedelta | None:
    """A length in seconds; 0 and less mean that none is set."""
    value = read.number(attrs, key)
    return timedelta(seconds=value) if value and 0 < value < 1e9 else None
