"""Reports of serving platforms, feature stores and channels, from rows to facts."""

from datetime import datetime, timedelta

import pytest

from evidence.records import Json, NodeKind
from maturity import assemble_serving as served
from maturity.cron import period_of
from maturity.graph_rows import EventRow, NodeRow, Rows
from tests.maturity.basics import DAY, NOW

HOUR = timedelta(hours=1)


def node(kind: str = NodeKind.DEPLOYMENT, *, state: str = "live", **attrs: Json) -> NodeRow:
    return NodeRow(
        id=1,
        kind=kind,
        uid=f"urn:{kind}",
        label="churn-api",
        url="",
        state=state,
        started_at=None,
        ended_at=None,
        gone_at=None,
        attrs=attrs,
    )


def told(event: str, *, at: datetime = NOW, **attrs: Json) -> Rows:
    return Rows(events=(EventRow(kind=event, at=at, actor="argo", attrs=attrs, node=node()),))


def holding(row: NodeRow) -> Rows:
    rows = Rows()
    rows.add_nodes([row])
    return rows


def test_feature_view_with_its_ages() -> None:
    until = (NOW - HOUR).isoformat()
    attrs: dict[str, Json] = {"ttl_seconds": 7200, "max_age_seconds": 3600, "materialised_until": until}
    (view,) = served.feature_views(holding(node(NodeKind.FEATURE_VIEW, state="enabled", **attrs)))
    assert (view.online, view.enabled, view.allowed_age, view.materialised_until) == (
        True,
        True,
        HOUR,
        NOW - HOUR,
    )


def test_feature_view_that_is_off_and_never_ages() -> None:
    row = node(NodeKind.FEATURE_VIEW, state="disabled", ttl_seconds=0, online=False)
    (view,) = served.feature_views(holding(row))
    assert (view.online, view.enabled, view.allowed_age) == (False, False, None)


def test_feature_service_names_its_views() -> None:
    (service,) = served.feature_services(holding(node(NodeKind.FEATURE_SERVICE, views=["a", "b"])))
    assert service.views == ("a", "b")


def test_readiness_spans_its_window() -> None:
    start = (NOW - DAY).isoformat()
    (seen,) = served.readiness(told("readiness_observed", window_start=start, window_end=NOW.isoformat()))
    assert (seen.start, seen.end) == (NOW - DAY, NOW)
    (moment,) = served.readiness(told("readiness_observed"))
    assert (moment.start, moment.end) == (NOW, NOW)


def test_objective_without_data_is_neither_kept_nor_missed() -> None:
    (found,) = served.objectives(told("slo_evaluated", kind="latency"))
    assert (found.kind, found.kept) == ("latency", None)
    assert served.objectives(told("slo_evaluated", kept=True)) == ()


def test_analysis_with_an_unknown_decision_is_none() -> None:
    (found,) = served.analyses(told("rollout_analysed", decision="aborted"))
    assert (found.decision, found.by) == ("aborted", "argo")
    assert served.analyses(told("rollout_analysed", decision="maybe")) == ()


def test_delivery_and_test_of_a_channel() -> None:
    (alert,) = served.deliveries(told("alert_delivered", receiver="#churn", succeeded=True))
    (test,) = served.deliveries(told("channel_tested", receiver="#churn", succeeded="yes"))
    assert (alert.succeeded, alert.is_test) == (True, False)
    assert (test.succeeded, test.is_test) == (False, True)
    assert served.deliveries(told("alert_delivered", succeeded=True)) == ()


@pytest.mark.parametrize(("sync", "synced"), [("Synced", True), ("OutOfSync", False), ("", False)])
def test_reconciliation_is_synced_only_by_its_word(sync: str, synced: bool) -> None:
    (found,) = served.reconciliations(told("gitops_observed", sync=sync, automated=True))
    assert (found.synced, found.automated) == (synced, True)


@pytest.mark.parametrize(
    ("cron", "period"),
    [
        ("0 0 6 * * 1", 7 * DAY),
        ("0 6 * * *", DAY),
        ("0 30 * * * *", HOUR),
        ("0 0 6 1 * ?", 31 * DAY),
        ("0 0 6 1 1 *", 366 * DAY),
        ("* * * * *", timedelta(minutes=1)),
        ("*/15 * * * *", HOUR),
        ("@daily", None),
        ("", None),
    ],
)
def test_period_of_a_cron_expression_is_never_too_short(cron: str, period: timedelta | None) -> None:
    assert period_of(cron) == period
