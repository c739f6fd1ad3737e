"""Attested criteria: what evidence can say instead of a person, and what it leaves to one."""

from dataclasses import replace

import pytest

from evidence.records import BlindReason
from maturity.facts import SystemFacts
from maturity.finding import Verdict
from maturity.rubric import rubric
from tests.maturity import made
from tests.maturity.judging import MET, UNKNOWN, Table, judged, only, says, without
from tests.maturity.made import facts, with_run, with_version

ATTESTED = [criterion for criterion in rubric().criteria if criterion.attested]

TABLE: Table = [
    ("att-simple-baseline", facts(), MET, "mean is its baseline"),
    ("att-simple-baseline", facts(runs=(made.run(),)), UNKNOWN, "no finished run has the tag"),
    ("att-simple-baseline", facts(runs=(made.run(tags={"role": "Baseline"}),)), MET, "is its baseline"),
    ("att-hparams-tuned", facts(), MET, "12 nested runs"),
    ("att-hparams-tuned", with_run(nested=3), UNKNOWN, "fewer than 10"),
    ("att-hparams-tuned", with_version(run=None), UNKNOWN, "0 nested runs"),
    ("att-train-serve-parity", facts(), MET, "feature service churn_features"),
    ("att-train-serve-parity", facts(runs=(made.run(),)), UNKNOWN, "no prediction run"),
    ("att-train-serve-parity", with_run(tags={}), UNKNOWN, "no prediction run"),
    ("att-slices-fairness", facts(), MET, "slice/region=jp/auc"),
    ("att-slices-fairness", with_version(evaluations=()), UNKNOWN, "no evaluation"),
    ("att-numeric-stability", facts(), MET, "in 7 columns"),
    ("att-numeric-stability", only(), UNKNOWN, "no monitor counts"),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)


def test_attested_criteria_never_gate() -> None:
    assert len(ATTESTED) == 10
    assert not any(criterion.gating for criterion in ATTESTED)


@pytest.mark.parametrize("criterion", [c.id for c in ATTESTED])
def test_attested_is_never_failed(criterion: str) -> None:
    bare = SystemFacts(slug="new", name="New", team="Growth", now=made.NOW, sources=facts().sources)
    assert judged(criterion, bare).verdict is UNKNOWN
    assert judged(criterion, replace(facts(), versions=(), runs=(), events=())).verdict is UNKNOWN


def test_attested_without_its_source_names_it() -> None:
    assert judged("att-hparams-tuned", without("mlflow")).reason is BlindReason.SOURCE_NOT_CONNECTED
