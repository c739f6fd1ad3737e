"""Reproducibility: each criterion with facts that meet it, fail it, hide it and exempt it."""

from dataclasses import replace

import pytest

from evidence.records import BlindReason
from maturity.facts import Rung, SystemFacts
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import MET, NOT_MET, UNKNOWN, Table, pipeline, says, signalled, without
from tests.maturity.made import NOW, drill, facts, with_run, with_version
from tests.maturity.made_serving import observation

NOT_CONNECTED = BlindReason.SOURCE_NOT_CONNECTED
COMPONENT = (made.pipeline_version().components or ())[0]
UNREAD = {"components": None}
FOREIGN = made.commit(known=False, signals=None)
WORSE = made.run("twin", metrics={"auc": 0.5}, orchestrator_run_id="weekly-6")
UNCONTROLLED = replace(without("reconciler"), reconciliations=())


def imaged(image: str) -> SystemFacts:
    return pipeline(components=(replace(COMPONENT, image=image, image_pinned=False),))


TABLE: Table = [
    ("repro-commit-bound", with_version(commit=None), NOT_MET, "no commit"),
    (
        "repro-commit-bound",
        with_version(commit=None, run=None, run_blind=NOT_CONNECTED),
        UNKNOWN,
        "could not",
    ),
    ("repro-deps-locked", with_version(commit=made.commit(signals={})), NOT_MET, "no lock file"),
    ("repro-deps-locked", with_version(commit=None, requirements=("a==1", "b==2")), MET, "pins all 2"),
    ("repro-deps-locked", with_version(commit=None, requirements=("a==1", "b")), NOT_MET, "no commit"),
    ("repro-deps-locked", with_version(commit=FOREIGN), UNKNOWN, "no connected repository"),
    (
        "repro-commit-verified",
        with_version(commit=made.commit(on_default_branch=False)),
        NOT_MET,
        "default branch",
    ),
    ("repro-commit-verified", with_version(commit=made.commit(committed_at=NOW)), NOT_MET, "younger"),
    ("repro-commit-verified", with_run(dirty=True), NOT_MET, "uncommitted"),
    ("repro-commit-verified", with_version(commit=made.commit(on_default_branch=None)), UNKNOWN, "could not"),
    ("repro-commit-verified", with_version(commit=FOREIGN), UNKNOWN, "no connected repository"),
    ("repro-image-pinned", pipeline(**UNREAD), UNKNOWN, "specification"),
    ("repro-replay-proven", facts(runs=(made.run(),)), NOT_MET, "no run was repeated"),
    (
        "repro-commit-bound",
        with_version(commit=made.commit(rung=Rung.IMAGE)),
        MET,
        "the image that serves it",
    ),
    (
        "repro-deps-locked",
        with_version(commit=None, requirements=("--index-url x", "a==1")),
        MET,
        "pins all 1",
    ),
    ("repro-image-pinned", imaged("registry.example/validate:latest"), NOT_MET, "can be moved"),
    ("repro-image-pinned", imaged("registry.example:5000/validate"), NOT_MET, "can be moved"),
    ("repro-image-pinned", imaged("registry.example:5000/validate:1.6"), UNKNOWN, "named by a tag"),
    (
        "repro-image-pinned",
        facts(deployments=(made.deployment(image="churn:latest"),)),
        NOT_MET,
        "churn-api 7",
    ),
    ("repro-gitops-synced", UNCONTROLLED, UNKNOWN, "no GitOps controller"),
    (
        "repro-gitops-synced",
        replace(UNCONTROLLED, repositories=signalled(gitops=True).repositories),
        UNKNOWN,
        "only declared",
    ),
    ("repro-gitops-synced", facts(reconciliations=()), NOT_MET, "knows no application"),
    ("repro-gitops-synced", facts(reconciliations=(observation(synced=False),)), NOT_MET, "differs from Git"),
    ("repro-gitops-synced", facts(reconciliations=(observation(automated=False),)), NOT_MET, "by hand only"),
    ("repro-replay-proven", facts(runs=(made.run(), WORSE)), NOT_MET, "not their metrics"),
    (
        "repro-replay-proven",
        facts(runs=(made.run(), made.run("nested twin"))),
        NOT_MET,
        "no run was repeated",
    ),
    ("repro-replay-proven", facts(runs=(), drills=(drill("replay"),)), MET, "replay drill"),
    ("repro-replay-proven", facts(runs=(), drills=(drill("replay", proofs=()),)), UNKNOWN, "only attested"),
    ("repro-replay-proven", facts(runs=(), drills=(drill("replay", passed=False),)), NOT_MET, "no run was"),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
