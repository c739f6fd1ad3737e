"""Deployment: each criterion with facts that meet it, fail it, hide it and exempt it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maturity.facts import SystemFacts
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import EXEMPT, MET, NOT_MET, UNKNOWN, Table, only, says, signalled, without
from tests.maturity.made import DAY, NOW, drill, facts, happening, with_version
from tests.maturity.made_serving import aborted, promoted

LIVE = made.deployment().ref
MODEL = made.version().ref
CLAIM_ONLY = facts(deployments=())
UNREPORTED = replace(without("deployments"), deployments=())
MODELS = made.ref("model", "churn")
LONG_AGO = (NOW - 3 * DAY).isoformat()
JUST_BEFORE = (NOW - DAY - timedelta(minutes=40)).isoformat()
BEFORE = made.deployment(
    ref=made.ref("deployment", "churn-api 6"),
    state="superseded",
    at=NOW - 30 * DAY,
    version_uid=made.older().ref.uid,
)
REPLACED_UNREADY = facts(
    versions=(made.version(), made.older(state="PENDING")), deployments=(made.deployment(), BEFORE)
)

TABLE: Table = [
    ("deploy-inventory", replace(CLAIM_ONLY), NOT_MET, "no reported deployment"),
    (
        "deploy-inventory",
        facts(deployments=(made.deployment(version_uid=made.older().ref.uid),)),
        NOT_MET,
        "another version is served",
    ),
    ("deploy-from-registry", facts(deployments=(made.deployment(version_uid=""),)), NOT_MET, "no registry"),
    ("deploy-from-registry", facts(deployments=(made.deployment(state="superseded"),)), UNKNOWN, "no live"),
    (
        "deploy-auto-after-approval",
        only(happening("deployed", LIVE, actor="token ci")),
        NOT_MET,
        "nothing approved",
    ),
    (
        "deploy-auto-after-approval",
        only(happening("approved", MODEL, ago=2 * DAY), happening("deployed", LIVE, actor="kenta")),
        NOT_MET,
        "a person",
    ),
    (
        "deploy-auto-after-approval",
        only(happening("approved", MODEL, ago=2 * DAY), happening("deployed", LIVE, actor="token ci")),
        NOT_MET,
        "1440 minutes",
    ),
    (
        "deploy-auto-after-approval",
        only(
            happening(
                "alias_moved", facts().models[0], ago=DAY + timedelta(minutes=3), alias="champion", to="3"
            ),
            happening("deployed", LIVE, actor="token ci"),
        ),
        MET,
        "3 minutes after",
    ),
    (
        "deploy-auto-after-approval",
        only(
            happening("alias_moved", facts().models[0], ago=2 * DAY, alias="previous", to="3"),
            happening("deployed", LIVE, actor="token ci"),
        ),
        NOT_MET,
        "nothing approved",
    ),
    ("deploy-auto-after-approval", only(), UNKNOWN, "no production change"),
    ("deploy-progressive", only(happening("deployed", LIVE, traffic_percent=100)), NOT_MET, "at once"),
    ("deploy-progressive", only(), UNKNOWN, "no roll-out"),
    ("deploy-rollback-ready", only(), NOT_MET, "no rollback"),
    ("deploy-rollback-ready", only(happening("rolled_back", LIVE, minutes=40)), NOT_MET, "40 minutes"),
    ("deploy-rollback-ready", only(happening("rolled_back", LIVE)), UNKNOWN, "how long"),
    (
        "deploy-rollback-ready",
        replace(
            only(happening("rolled_back", LIVE)),
            deployments=(made.deployment(at=NOW - DAY, ended_at=NOW - DAY + timedelta(minutes=8)),),
        ),
        MET,
        "8 minutes",
    ),
    ("deploy-inventory", UNREPORTED, UNKNOWN, "no deployment was reported"),
    (
        "deploy-inventory",
        replace(UNREPORTED, repositories=signalled(serving=["kserve"]).repositories),
        MET,
        "declares a server",
    ),
    (
        "deploy-inventory",
        replace(UNREPORTED, repositories=signalled(serving=["fastapi"]).repositories),
        UNKNOWN,
        "no manifest",
    ),
    (
        "deploy-from-registry",
        replace(without("mlflow"), deployments=(made.deployment(version_uid=""),)),
        UNKNOWN,
        "no model registry",
    ),
    (
        "deploy-auto-after-approval",
        only(
            happening(
                "alias_moved", MODELS, ago=timedelta(hours=20), after=LONG_AGO, alias="champion", to="3"
            ),
            happening("deployed", LIVE, actor="token ci"),
        ),
        UNKNOWN,
        "was noticed when the registry was read",
    ),
    (
        "deploy-auto-after-approval",
        only(
            happening(
                "alias_moved", MODELS, ago=timedelta(hours=20), after=JUST_BEFORE, alias="champion", to="3"
            ),
            happening("deployed", LIVE, actor="token ci"),
        ),
        MET,
        "40 minutes",
    ),
    (
        "deploy-progressive",
        replace(only(), repositories=signalled(canary=True).repositories),
        UNKNOWN,
        "declared",
    ),
    ("deploy-progressive", with_version(model_tags={"serving": "batch"}), EXEMPT, "batch models"),
    ("deploy-metric-gated", without("rollouts"), UNKNOWN, "No rollout controller"),
    ("deploy-metric-gated", facts(analyses=(aborted(),)), NOT_MET, "no analysis of metrics"),
    ("deploy-metric-gated", facts(analyses=(promoted(),)), NOT_MET, "no analysis stopped"),
    (
        "deploy-metric-gated",
        facts(analyses=(promoted(),), drills=(drill("rollback"),)),
        MET,
        "AnalysisRun promoted",
    ),
    ("deploy-metric-gated", only(), UNKNOWN, "no roll-out"),
    ("deploy-metric-gated", with_version(model_tags={"serving": "Batch"}), EXEMPT, "batch models"),
    ("deploy-rollback-ready", facts(versions=(made.version(),)), UNKNOWN, "no version was replaced"),
    (
        "deploy-rollback-ready",
        facts(versions=(made.version(), made.older(signature="unreadable"))),
        UNKNOWN,
        "artifact",
    ),
    ("deploy-rollback-ready", replace(only(), drills=(drill("rollback"),)), MET, "drill"),
    (
        "deploy-rollback-ready",
        replace(only(), drills=(drill("rollback", minutes=40),)),
        NOT_MET,
        "40 minutes",
    ),
    (
        "deploy-rollback-ready",
        replace(only(), drills=(drill("rollback", proofs=()),)),
        UNKNOWN,
        "only attested",
    ),
    ("deploy-rollback-ready", REPLACED_UNREADY, NOT_MET, "not ready"),
    (
        "deploy-rollback-ready",
        only(happening("rolled_back", LIVE, started_at=(NOW - DAY - timedelta(minutes=9)).isoformat())),
        MET,
        "took 9 minutes",
    ),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
