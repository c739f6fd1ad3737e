"""From a code host to a verdict: what the connector reads is what the probes are told."""

import httpx
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import System
from evidence.connectors.base import Context
from evidence.connectors.github import GitHubConnector
from evidence.identity import repository_uid
from evidence.models import Binding, Source
from evidence.records import BlindReason
from evidence.sources import rules_of
from evidence.store import write
from maturity.evaluate import evaluate
from maturity.facts import SystemFacts
from maturity.finding import Verdict
from maturity.load_facts import load_facts
from maturity.probe import catalogue
from maturity.result import Result
from maturity.rubric import rubric
from tests.conftest import World
from tests.evidence import github_double as double
from tests.evidence.github_double import HOUR, NOW, Host, sha
from tests.factories import SourceFactory, SyncFactory, SystemFactory

URL = "https://github.com/acme/churn"


def connect(system: System) -> Source:
    source = SourceFactory.create(kind="github", team=system.team, name="acme/churn", url=URL)
    Binding.objects.create(source=source, system=system, kind="repository", pattern="acme/churn")
    SyncFactory.create(source=source, queued_at=NOW, started_at=NOW, finished_at=NOW)
    return source


def read(source: Source, host: Host, *, root: str = "") -> None:
    connector = GitHubConnector({"url": URL, "images": "train", "root": root})
    connector.transport = httpx.MockTransport(host)
    for page in connector.pull({}, Context(now=NOW, cache_dir="")):
        write(page, source=source, now=NOW, rules=rules_of(source))


def host() -> Host:
    return Host(packages={"train": [double.package_version([sha(1001)])]})


def judged(criterion: str, facts: SystemFacts) -> Result:
    found = evaluate(facts, rubric(), known=catalogue())
    return next(result for result in found.results if result.criterion == criterion)


def test_load_reads_what_the_host_shows(world: World) -> None:
    read(connect(world.system), host())
    facts = load_facts(world.system, now=NOW)
    assert [change.number for change in facts.pull_requests] == [1, 2, 3]
    newest = facts.pull_requests[0]
    assert (newest.repository, newest.author, newest.approved_by) == (repository_uid(URL), "kenta", ("mei",))
    assert newest.merged_at == NOW - HOUR
    assert newest.paths == ("pipelines/train.py",)
    assert newest.checks is not None
    assert (newest.checks[0].name, newest.checks[0].path) == ("unit", ".github/workflows/test.yml")
    assert [run.head for run in facts.workflow_runs] == [sha(1001), sha(1002)]
    assert facts.workflow_runs[0].jobs is not None
    assert facts.workflow_runs[0].jobs[0].ended_at == NOW
    assert (facts.branches[0].protected, facts.images[0].revisions) == (True, (sha(1001),))
    assert facts.connected("ci")


def test_load_decides_reviews_and_tests(world: World) -> None:
    read(connect(world.system), host())
    facts = load_facts(world.system, now=NOW)
    assert judged("gov-review", facts).verdict is Verdict.MET
    assert judged("ci-pr-checks", facts).verdict is Verdict.MET


def test_load_keeps_denied_parts_unknown(world: World) -> None:
    denied = host()
    denied.denied = {"/check-runs": 403, "/status": 403, "/reviews": 403}
    read(connect(world.system), denied)
    facts = load_facts(world.system, now=NOW)
    for criterion in ("ci-pr-checks", "gov-review"):
        assert judged(criterion, facts).reason is BlindReason.PERMISSION_DENIED


def test_load_of_ci_takes_a_constant_number_of_queries(world: World) -> None:
    counts = []
    for amount in (1, 30):
        system = SystemFactory.create(team=world.team)
        source = connect(system)
        full = host()
        full.pulls = [double.pull(number) for number in range(1, amount + 1)]
        full.runs = [double.workflow_run(number) for number in range(1, amount + 1)]
        read(source, full, root="pipelines" if amount == 1 else "")
        with CaptureQueriesContext(connection) as queries:
            load_facts(system, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]
