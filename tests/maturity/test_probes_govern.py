"""Governance and lineage: each criterion with facts that meet it, fail it, hide it and exempt it."""

import pytest

from evidence.records import BlindReason
from maturity.facts import SystemFacts
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import MET, NOT_MET, UNKNOWN, Table, only, says
from tests.maturity.made import DAY, facts, happening, with_run, with_version

NOT_CONNECTED = BlindReason.SOURCE_NOT_CONNECTED
LIVE = made.deployment().ref
MODEL = made.version().ref
FOREIGN = made.commit(known=False, signals=None)

TABLE: Table = [
    (
        "gov-approval-trail",
        only(happening("deployed", LIVE, status="failed")),
        UNKNOWN,
        "no production change",
    ),
    ("gov-owner", facts(active_members=0), NOT_MET, "no active member"),
    ("gov-approval-trail", only(happening("deployed", LIVE)), NOT_MET, "no approval"),
    (
        "gov-approval-trail",
        only(happening("approved", MODEL, ago=2 * DAY, actor="mei"), happening("deployed", LIVE)),
        NOT_MET,
        "no reason",
    ),
    ("gov-lineage-complete", with_version(commit=None), NOT_MET, "names no commit"),
    (
        "gov-lineage-complete",
        facts(deployments=(made.deployment(version_uid=""),)),
        NOT_MET,
        "no registered version",
    ),
    ("gov-lineage-complete", facts(deployments=(made.deployment(state="superseded"),)), UNKNOWN, "no live"),
    ("gov-owner", facts(), MET, "2 active members"),
    (
        "gov-approval-trail",
        only(happening("deployed", LIVE, actor="token ci", reason="weekly")),
        NOT_MET,
        "no app",
    ),
    ("gov-approval-trail", only(happening("deployed", LIVE, actor="kenta", reason="weekly")), MET, "weekly"),
    ("gov-lineage-complete", with_version(commit=FOREIGN), UNKNOWN, "no connected repository"),
    ("gov-lineage-complete", with_version(run=None, run_blind=NOT_CONNECTED), UNKNOWN, "cannot be seen"),
    ("gov-lineage-complete", with_version(run=None), NOT_MET, "has no run"),
    ("gov-lineage-complete", with_run(datasets=()), NOT_MET, "no training data"),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
