"""What CI and the code host decide: met, not met and unknown, with the words that say why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from evidence.records import BlindReason
from maturity.evaluate import evaluate
from maturity.facts import Means, PullRequest, Signal, SystemFacts, WorkflowRun
from maturity.finding import Strength, Verdict
from maturity.probe import catalogue
from maturity.result import Result
from maturity.rubric import rubric
from tests.maturity import made, made_ci
from tests.maturity.basics import DAY, NOW, SHA
from tests.maturity.made import facts

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
DENIED = BlindReason.PERMISSION_DENIED
VERSION = made.pipeline_version()


def judged(criterion: str, given: SystemFacts) -> Result:
    found = evaluate(given, rubric(), known=catalogue())
    return next(result for result in found.results if result.criterion == criterion)


def changed(**fields: object) -> SystemFacts:
    """All merged changes with these fields."""
    return facts(pull_requests=tuple(replace(each, **fields) for each in facts().pull_requests))  # type: ignore[arg-type]


def one_changed(**fields: object) -> SystemFacts:
    """One of four merged changes with these fields."""
    first, *others = facts().pull_requests
    return facts(pull_requests=(replace(first, **fields), *others))  # type: ignore[arg-type]


def ran(change: Callable[[WorkflowRun], WorkflowRun]) -> SystemFacts:
    return facts(workflow_runs=tuple(change(run) for run in facts().workflow_runs))


def signalled(**signals: Signal | None) -> SystemFacts:
    """The healthy system whose repository shows these signals too, or no longer."""
    shown = {**(made_ci.repository().signals or {}), **signals}
    kept = {name: signal for name, signal in shown.items() if signal is not None}
    return facts(repositories=(made_ci.repository(signals=kept),))


def staged(*runs: object) -> SystemFacts:
    """Pipeline runs in place of the healthy ones."""
    return facts(pipeline_runs=runs)


def production(**fields: object) -> object:
    return made.pipeline_run("first", started_at=NOW - 10 * DAY, **{"experiment": "churn-prod", **fields})


def rehearsal(**fields: object) -> object:
    return replace(made_ci.rehearsal(VERSION.ref.uid, started_at=NOW - 11 * DAY), **fields)  # type: ignore[arg-type]


def mapped(given: SystemFacts, probe: str, *, kind: str, name: str) -> SystemFacts:
    return replace(given, means=(Means(probe=probe, kind=kind, name=name),))


STYLE_ONLY = changed(checks=(made_ci.check("style", path=".github/workflows/style.yml"),))
RED = (made_ci.check("test", path="", conclusion="failure"),)
BUILDLESS = ran(lambda run: replace(run, jobs=(made_ci.job("notify"),)))
BLIND_JOBS = ran(lambda run: replace(run, jobs=None))
LONG_AGO = facts(branches=(made_ci.branch(history_from=NOW - DAY),), workflow_runs=())
UNREAD = facts(repositories=(made_ci.repository(signals=None),))
TOO_LATE = ran(lambda run: replace(run, jobs=(made_ci.job("upload", ended_at=NOW - 21 * DAY),)))
OTHERS_PATHS = changed(paths=("docs/index.md",))
COMPILED = made.pipeline_version(
    ref=made.ref("pipeline_version", "git"), created_at=None, compiled_file="a.yaml"
)

TABLE: list[tuple[str, SystemFacts, Verdict, str]] = [
    ("ci-pr-checks", changed(checks=()), NOT_MET, "no check ran"),
    ("ci-pr-checks", changed(checks=RED), NOT_MET, "did not succeed"),
    ("ci-pr-checks", STYLE_ONLY, NOT_MET, "known to test (style)"),
    ("ci-pr-checks", mapped(STYLE_ONLY, "ci.pr_checks", kind="check", name="sty*"), MET, "tested by style"),
    ("ci-pr-checks", mapped(STYLE_ONLY, "ci.pr_checks", kind="check", name="other"), NOT_MET, "style"),
    ("ci-pr-checks", changed(checks=(made_ci.check("unit-tests (3.12)", path=""),)), MET, "unit-tests"),
    ("ci-pr-checks", changed(checks=(made_ci.check("contest", path=""),)), NOT_MET, "contest"),
    (
        "ci-pr-checks",
        changed(checks=(made_ci.check("one"), made_ci.check("two", conclusion="failure"))),
        NOT_MET,
        "known to test (one, two)",
    ),
    ("ci-pr-checks", one_changed(checks=()), NOT_MET, "no check ran"),
    ("ci-pr-checks", one_changed(checks=None, blind=DENIED), UNKNOWN, "could not be read"),
    ("ci-pr-checks", changed(checks=(), checks_cut=True, blind=DENIED), UNKNOWN, "not all of its checks"),
    ("ci-pr-checks", changed(checks_cut=True, blind=DENIED), MET, "tested by"),
    ("ci-pr-checks", facts(pull_requests=facts().pull_requests[:2]), UNKNOWN, "only 2 changes"),
    ("ci-pr-checks", facts(pull_requests=()), UNKNOWN, "no merged change"),
    ("ci-pr-checks", changed(merged_at=NOW - 91 * DAY), UNKNOWN, "no merged change"),
    ("ci-pipeline-tests", signalled(pipeline_tests=None), NOT_MET, "no test in its repository"),
    ("ci-pipeline-tests", changed(checks=()), NOT_MET, "no check ran"),
    ("ci-pipeline-tests", facts(repositories=()), UNKNOWN, "no repository is bound"),
    ("ci-pipeline-tests", UNREAD, UNKNOWN, "not read"),
    ("ci-pipeline-tests", signalled(orchestrator=None, typed_components=None), UNKNOWN, "no pipeline, comp"),
    ("ci-pipeline-tests", OTHERS_PATHS, UNKNOWN, "no merged change"),
    ("ci-pipeline-tests", changed(paths=None), UNKNOWN, "not all files"),
    ("ci-pipeline-tests", changed(paths=("a.md",), paths_cut=True), UNKNOWN, "not all files"),
    ("ci-pipeline-tests", changed(paths=("pipelines/new.py",)), MET, "tested by"),
    ("ci-component-build", BUILDLESS, NOT_MET, "no CI job built"),
    ("ci-component-build", facts(workflow_runs=()), NOT_MET, "no CI job built"),
    ("ci-component-build", facts(images=()), MET, "no registry was read"),
    ("ci-component-build", facts(images=(made_ci.image(revisions=()),)), NOT_MET, "no image names"),
    (
        "ci-component-build",
        ran(lambda run: replace(run, jobs=(made_ci.job(conclusion="failure"),))),
        NOT_MET,
        "ended as failure",
    ),
    (
        "ci-component-build",
        replace(changed(paths=("Dockerfile.gpu",)), workflow_runs=()),
        NOT_MET,
        "no CI job",
    ),
    ("ci-component-build", BLIND_JOBS, UNKNOWN, "jobs could not be read"),
    ("ci-component-build", LONG_AGO, UNKNOWN, "not read"),
    ("ci-component-build", UNREAD, UNKNOWN, "not read"),
    ("ci-component-build", mapped(BUILDLESS, "ci.component_build", kind="job", name="notify"), MET, "notify"),
    ("exec-managed-runners", BUILDLESS, NOT_MET, "no CI job at"),
    ("exec-managed-runners", TOO_LATE, NOT_MET, "within 60 minutes"),
    ("exec-managed-runners", facts(workflow_runs=()), NOT_MET, "no CI job at"),
    ("exec-managed-runners", ran(lambda run: replace(run, conclusion="failure")), NOT_MET, "no CI job at"),
    (
        "exec-managed-runners",
        facts(pipeline_versions=(made.pipeline_version(commit=None),)),
        NOT_MET,
        "names no commit",
    ),
    ("exec-managed-runners", BLIND_JOBS, UNKNOWN, "jobs could not be read"),
    ("exec-managed-runners", LONG_AGO, UNKNOWN, "not read"),
    ("exec-managed-runners", facts(pipeline_versions=()), UNKNOWN, "no pipeline version"),
    (
        "exec-managed-runners",
        mapped(
            ran(lambda r: replace(r, jobs=(made_ci.job("x"),))),
            "delivery.managed_runners",
            kind="job",
            name="x",
        ),
        MET,
        "uploaded by x",
    ),
    ("cd-dag-from-ci", facts(workflow_runs=()), NOT_MET, "CI did not succeed"),
    ("cd-dag-from-ci", ran(lambda run: replace(run, conclusion="failure")), NOT_MET, "failed at its commit"),
    ("cd-dag-from-ci", ran(lambda run: replace(run, event="schedule")), NOT_MET, "CI did not succeed"),
    (
        "cd-dag-from-ci",
        facts(pipeline_versions=(made.pipeline_version(commit=None),)),
        NOT_MET,
        "names no commit",
    ),
    (
        "cd-dag-from-ci",
        facts(pipeline_versions=(made.pipeline_version(commit=None), COMPILED)),
        MET,
        "equals a.yaml",
    ),
    ("cd-dag-from-ci", LONG_AGO, UNKNOWN, "not read"),
    ("cd-dag-from-ci", facts(pipeline_versions=()), UNKNOWN, "no pipeline version"),
    ("ci-integration-run", staged(production()), NOT_MET, "never ran outside production"),
    ("ci-integration-run", staged(production(), rehearsal(state="FAILED")), NOT_MET, "is FAILED"),
    ("ci-integration-run", staged(production(), rehearsal()), MET, "churn-staging"),
    ("ci-integration-run", staged(production(experiment="churn")), UNKNOWN, "no experiment or namespace"),
    ("ci-integration-run", staged(rehearsal()), UNKNOWN, "no pipeline version"),
    (
        "ci-integration-run",
        mapped(
            staged(production(), rehearsal(experiment="shadow")),
            "delivery.integration_run",
            kind="environment",
            name="shadow",
        ),
        MET,
        "shadow",
    ),
    (
        "ci-integration-run",
        staged(production(), rehearsal(version_uid="", spec=VERSION.spec)),
        MET,
        "churn-st",
    ),
    ("cd-preprod-first", staged(production(), rehearsal()), MET, "24.0 h before production"),
    ("cd-preprod-first", staged(production(), rehearsal(started_at=NOW - DAY)), NOT_MET, "nowhere else"),
    ("cd-preprod-first", staged(production(), rehearsal(state="FAILED")), NOT_MET, "nowhere else"),
    ("cd-preprod-first", staged(production()), NOT_MET, "nowhere else"),
    ("cd-preprod-first", staged(production(experiment="")), UNKNOWN, "no experiment or namespace"),
    ("gov-review", changed(approved_by=()), NOT_MET, "nobody but its author"),
    ("gov-review", facts(branches=(made_ci.branch(protected=False),)), NOT_MET, "anybody may push"),
    ("gov-review", facts(branches=(made_ci.branch(protected=None),)), MET, "approved by mei"),
    ("gov-review", changed(approved_by=None, blind=DENIED), UNKNOWN, "reviews could not be read"),
    ("gov-review", changed(paths=None), UNKNOWN, "not all files"),
    ("gov-review", OTHERS_PATHS, UNKNOWN, "no merged change"),
    ("gov-review", replace(OTHERS_PATHS, repositories=()), MET, "approved by mei"),
    ("gov-review", facts(pull_requests=facts().pull_requests[:1]), MET, "approved by mei"),
]
CRITERIA = sorted({criterion for criterion, *_ in TABLE})


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    result = judged(criterion, given)
    assert (result.verdict, words in str([result.sentence, result.findings])) == (verdict, True), (
        result.sentence
    )


@pytest.mark.parametrize("criterion", CRITERIA)
def test_probe_without_a_code_host_is_unknown(criterion: str) -> None:
    sources = tuple(source for source in facts().sources if source.kind not in {"ci", "kfp"})
    result = judged(criterion, facts(sources=sources))
    assert (result.verdict, result.reason) == (UNKNOWN, BlindReason.SOURCE_NOT_CONNECTED)


def test_pr_checks_denied_names_the_permission_as_reason() -> None:
    assert judged("ci-pr-checks", changed(checks=None, blind=DENIED)).reason is DENIED


def test_pr_checks_by_the_workflow_file_are_verified() -> None:
    by_name = changed(checks=(made_ci.check("test", path=""),))
    assert judged("ci-pr-checks", facts()).strength is Strength.VERIFIED
    assert judged("ci-pr-checks", by_name).strength is Strength.OBSERVED


def test_pr_checks_of_another_ci_system_by_its_file() -> None:
    """A status names the system; the repository shows that its file runs tests."""
    status = made_ci.check("continuous-integration/jenkins/pr-merge", path="", workflow="")
    jenkins = signalled(ci_runs_tests=Signal(True, ("Jenkinsfile",)))
    changes: tuple[PullRequest, ...] = changed(checks=(status,)).pull_requests
    assert judged("ci-pr-checks", replace(jenkins, pull_requests=changes)).verdict is MET
    assert judged("ci-pr-checks", changed(checks=(status,))).verdict is NOT_MET


def test_review_of_a_small_sample_is_marked() -> None:
    assert judged("gov-review", facts(pull_requests=facts().pull_requests[:1])).low_confidence


def test_managed_runners_tolerates_a_slow_clock() -> None:
    late = made_ci.UPLOADED + timedelta(minutes=1)
    run = made_ci.workflow_run(SHA, jobs=(made_ci.job("upload", started_at=late, ended_at=late),))
    assert judged("exec-managed-runners", facts(workflow_runs=(run,))).verdict is MET


def test_preprod_first_tells_the_lead_time() -> None:
    finding = judged("cd-preprod-first", staged(production(), rehearsal())).findings[0]
    assert finding.values == {"lead_hours": 24.0, "median_lead_hours": 24.0}
