"""The catalogue as a whole: how many criteria there are, and that each was seen with every outcome."""

import re

import pytest

from maturity.criterion import Criterion
from maturity.facts import Ref, SystemFacts
from maturity.finding import Strength
from maturity.probe import catalogue
from maturity.rubric import rubric
from tests.maturity import (
    made,
    test_probes_ci,
    test_probes_ct,
    test_probes_data,
    test_probes_deploy,
    test_probes_exec,
    test_probes_govern,
    test_probes_monitor,
    test_probes_repro,
    test_probes_track,
)
from tests.maturity.judging import EXEMPT, MET, NOT_MET, UNKNOWN, judged
from tests.maturity.made import facts

AUTOMATIC = [criterion for criterion in rubric().criteria if not criterion.attested]
TABLES = [
    *test_probes_exec.TABLE,
    *test_probes_track.TABLE,
    *test_probes_data.TABLE,
    *test_probes_repro.TABLE,
    *test_probes_ct.TABLE,
    *test_probes_ci.TABLE,
    *test_probes_deploy.TABLE,
    *test_probes_monitor.TABLE,
    *test_probes_govern.TABLE,
]
SHOWN = {(criterion, verdict) for criterion, _, verdict, _ in TABLES}

ALWAYS_ASKED = "a system that trains models has this question, whatever it is like"
ONCE_THERE = "without a subject there is no sample, which is unknown and not a reason to be exempt"
NEVER_EXEMPT = {
    "exec": ALWAYS_ASKED,
    "track": ALWAYS_ASKED,
    "data": ALWAYS_ASKED,
    "repro": ALWAYS_ASKED,
    "ct": ALWAYS_ASKED,
    "ci-cd": ONCE_THERE,
    "deploy": ONCE_THERE,
    "monitor": ONCE_THERE,
    "govern": ALWAYS_ASKED,
}
"""Why a criterion of a capability without a condition has no "not applicable"."""


def test_google_has_fifty_automatic_and_ten_attested_criteria() -> None:
    assert (len(AUTOMATIC), len(rubric().criteria)) == (50, 60)
    assert sorted(c.id for c in AUTOMATIC if not c.gating) == [
        "data-feature-fresh",
        "data-feature-store",
        "mon-serving-slo",
    ]
    assert [sum(c.level == level for c in AUTOMATIC) for level in (0, 1, 2)] == [5, 23, 22]


@pytest.mark.parametrize("criterion", [c.id for c in rubric().criteria if c.probe])
def test_a_healthy_system_meets(criterion: str) -> None:
    assert judged(criterion, facts()).verdict is MET


@pytest.mark.parametrize("criterion", AUTOMATIC, ids=lambda c: str(c.id))
def test_every_outcome_is_shown(criterion: Criterion) -> None:
    assert (criterion.id, NOT_MET) in SHOWN
    assert (criterion.id, UNKNOWN) in SHOWN or criterion.id == "gov-owner"  # our own members hide nothing
    if criterion.condition:
        assert (criterion.id, EXEMPT) in SHOWN
    else:
        assert NEVER_EXEMPT[criterion.capability]


@pytest.mark.parametrize("criterion", [c.id for c in rubric().criteria if c.probe])
def test_an_empty_system_never_passes(criterion: str) -> None:
    empty = SystemFacts(slug="new", name="New", team="Growth", now=made.NOW, sources=facts().sources)
    assert judged(criterion, empty).verdict in (NOT_MET, UNKNOWN)


@pytest.mark.parametrize("criterion", [c.id for c in rubric().criteria if c.needs])
def test_without_any_source_all_is_unknown(criterion: str) -> None:
    assert judged(criterion, facts(sources=())).verdict is UNKNOWN


@pytest.mark.parametrize("criterion", rubric().criteria, ids=lambda c: str(c.id))
def test_every_text_is_whole(criterion: Criterion) -> None:
    texts = (criterion.why, criterion.how, criterion.remedy)
    assert criterion.question.endswith("?")
    assert all(text.endswith((".", "%")) for text in texts)
    assert criterion.snippet
    assert not re.search(r"TODO|\.\.\.'|<your", criterion.snippet)


def test_every_probe_tells_its_version() -> None:
    assert all(probe.version >= 1 for probe in catalogue().probes.values())


def test_probe_names_the_evidence() -> None:
    result = judged("repro-commit-bound", facts())
    shown = {(evidence.kind, evidence.label) for evidence in result.findings[0].evidence}
    assert shown == {("model_version", "churn v3"), ("commit", made.SHA[:12])}
    assert result.findings[0].values == {"rung": "RUN_TAG"}


def test_level_2_needs_observed_evidence() -> None:
    weak = {c.id for c in AUTOMATIC if c.level == 2 and c.min_strength.rank > Strength.OBSERVED.rank}
    assert not weak
    assert Ref("a", "b").part("c").label == "b c"
