"""Facts of serving platforms, feature stores and channels, made by hand: all watched, all fresh."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from maturity.facts import (
    Analysis,
    Delivery,
    FeatureService,
    FeatureView,
    Objective,
    Readiness,
    Reconciliation,
    Ref,
)
from tests.maturity.basics import DAY, NOW, ref

SOURCES = ("feast", "rollouts", "metrics", "channels", "reconciler")
LIVE = ref("deployment", "churn-api 7")
STOPPED = ref("deployment", "churn-api 6")
MODEL = ref("model_version", "churn v3")
SERVICE = "churn_features"


def view(**changes: Any) -> FeatureView:
    made = FeatureView(
        ref("feature_view", "customer_stats"),
        ttl=2 * DAY,
        max_age=DAY,
        materialised_until=NOW - timedelta(hours=6),
    )
    return replace(made, **changes)


def service(**changes: Any) -> FeatureService:
    return replace(FeatureService(ref("feature_service", SERVICE), ("customer_stats",)), **changes)


def readiness(place: Ref = LIVE, *, days: int = 4) -> Readiness:
    """Watched from so many days ago until now."""
    return Readiness(place, start=NOW - days * DAY, end=NOW)


def objective(**changes: Any) -> Objective:
    return replace(Objective(LIVE, "latency", NOW - timedelta(hours=1), kept=True), **changes)


def promoted(place: Ref = LIVE, **changes: Any) -> Analysis:
    return replace(Analysis(place, NOW - 4 * DAY, "promoted", by="AnalysisRun"), **changes)


def aborted(**changes: Any) -> Analysis:
    return replace(Analysis(STOPPED, NOW - 60 * DAY, "aborted", by="AnalysisRun"), **changes)


def delivery(place: Ref = LIVE, **changes: Any) -> Delivery:
    return replace(Delivery(place, NOW - 3 * DAY, "#churn", succeeded=True), **changes)


def observation(hours: int = 1, **changes: Any) -> Reconciliation:
    """What the GitOps controller said so many hours ago."""
    made = Reconciliation(
        ref("application", "churn"), NOW - timedelta(hours=hours), synced=True, automated=True
    )
    return replace(made, **changes)
