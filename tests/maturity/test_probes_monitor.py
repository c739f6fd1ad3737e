"""Monitoring: each criterion with facts that meet it, fail it, hide it and exempt it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maturity.facts import SystemFacts, Task
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import (
    EXEMPT,
    MET,
    NOT_MET,
    UNKNOWN,
    Table,
    mapped,
    only,
    says,
    signalled,
    without,
)
from tests.maturity.made import DAY, NOW, facts, happening, with_version
from tests.maturity.made_serving import delivery, objective, readiness

LIVE = made.deployment().ref
MODEL = made.version().ref
DAILY = tuple(made.checked(ago=n * DAY) for n in range(5))
"""A check on each of the five days since the endpoint began to serve."""

NIGHTLY = replace(
    only(),
    pipeline_runs=(
        made.pipeline_run(
            "nightly", ended_at=NOW - timedelta(hours=8), tasks=(Task("feature-drift", "SUCCEEDED"),)
        ),
    ),
)

TABLE: Table = [
    ("mon-prediction-log", only(), NOT_MET, "no serving rows"),
    ("mon-prediction-log", only(happening("drift_checked", LIVE, rows=10)), MET, "10 rows"),
    ("mon-prediction-log", facts(versions=(), deployments=()), UNKNOWN, "no production version"),
    ("mon-quality-tracked", with_version(evaluations=()), NOT_MET, "not measured"),
    ("mon-quality-tracked", with_version(evaluations=(made.run(),)), NOT_MET, "not measured"),
    (
        "mon-quality-tracked",
        with_version(model_tags={"label_delay_days": "180"}),
        Verdict.NOT_APPLICABLE,
        "180 days",
    ),
    (
        "mon-quality-tracked",
        with_version(model_tags={"label_delay_days": "30"}, evaluations=()),
        NOT_MET,
        "not me",
    ),
    ("mon-quality-tracked", with_version(model_tags={"label_delay_days": "nan"}), MET, "measured"),
    ("mon-drift-running", only(), NOT_MET, "no drift check"),
    ("mon-drift-running", only(happening("drift_checked", MODEL, rows=500)), NOT_MET, "no baseline"),
    ("mon-uptime", facts(readiness=(readiness(days=1),)), NOT_MET, "on 2 of 5 days"),
    ("mon-uptime", replace(without("metrics"), readiness=()), UNKNOWN, "no metrics source"),
    ("mon-uptime", replace(without("metrics"), readiness=(), events=DAILY), MET, "on 5 of 5 days"),
    ("mon-uptime", replace(without("deployments"), deployments=()), UNKNOWN, "was not reported"),
    ("mon-uptime", facts(deployments=()), UNKNOWN, "no production endpoint"),
    ("mon-uptime", with_version(model_tags={"serving": "batch"}), EXEMPT, "batch models"),
    (
        "mon-quality-tracked",
        with_version(model_tags={"quality_cadence_days": "0.25"}),
        NOT_MET,
        "not measured",
    ),
    ("mon-quality-tracked", facts(), MET, "auc 0.9, 0.91 in training"),
    ("mon-quality-tracked", facts(versions=(), deployments=()), UNKNOWN, "no production version"),
    (
        "mon-quality-tracked",
        only(happening("quality_checked", MODEL, metric="recall")),
        MET,
        "recall measured",
    ),
    ("mon-drift-running", only(made.checked(rows=12)), UNKNOWN, "12 rows"),
    ("mon-drift-running", only(made.checked(dataset="")), UNKNOWN, "could not be seen"),
    ("mon-drift-running", only(made.checked(dataset="urn:other")), NOT_MET, "is not the data"),
    (
        "mon-drift-running",
        replace(only(), repositories=signalled(drift_monitoring=True).repositories),
        UNKNOWN,
        "map",
    ),
    (
        "mon-drift-running",
        mapped(NIGHTLY, "monitoring.drift_running", kind="task", name="*drift*"),
        MET,
        "mapped",
    ),
    (
        "mon-drift-running",
        mapped(NIGHTLY, "monitoring.drift_running", kind="job", name="*drift*"),
        NOT_MET,
        "no dr",
    ),
    ("mon-alert-delivered", without("channels"), UNKNOWN, "No alert channel"),
    ("mon-alert-delivered", facts(deliveries=()), NOT_MET, "no alert and no test"),
    ("mon-alert-delivered", facts(deliveries=(delivery(succeeded=False),)), NOT_MET, "failed"),
    ("mon-alert-delivered", facts(deliveries=(delivery(is_test=True),)), MET, "a test reached #churn"),
    (
        "mon-alert-delivered",
        only(happening("alert_opened", MODEL, ago=3 * DAY, alert=1, severity="high")),
        NOT_MET,
        "0 of 1 high alert",
    ),
    ("mon-serving-slo", without("metrics"), UNKNOWN, "No metrics source"),
    ("mon-serving-slo", facts(objectives=()), NOT_MET, "has no objective"),
    ("mon-serving-slo", facts(objectives=(objective(kept=None),)), NOT_MET, "not evaluated"),
    ("mon-serving-slo", facts(objectives=(objective(kept=False),)), MET, "latency not kept"),
    ("mon-serving-slo", with_version(model_tags={"serving": "batch"}), EXEMPT, "batch models"),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
