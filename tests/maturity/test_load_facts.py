"""The loader on real rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evidence.models import Edge, Event, Node, Sync, SyncStatus
from evidence.records import BlindReason, EdgeKind
from maturity.evaluate import evaluate
from maturity.facts import Rung
from maturity.finding import Verdict
from maturity.load_facts import load_facts
from maturity.probe import catalogue
from maturity.rubric import rubric
from tests.conftest import World
from tests.factories import EdgeFactory, NodeFactory, SystemFactory
from tests.maturity.made import DAY, NOW
from tests.maturity.stored import COMMIT, connect, fill


def test_load_joins_the_whole_chain(world: World) -> None:
    fill(world.system)
    facts = load_facts(world.system, now=NOW)
    version = facts.production[0]
    assert version.run is not None
    assert version.run.pipeline_run is not None
    assert version.commit is not None
    assert (version.version, version.run.ref.label, version.run.pipeline_run.ref.label) == (
        "3",
        "kite-3",
        "weekly-3",
    )
    assert (version.commit.sha, version.commit.rung, version.commit.known) == (COMMIT, Rung.RUN_TAG, True)
    assert version.run.datasets[0].version == "object:3"
    assert version.inputs == (("age", "double", True),)
    assert [run.ref.label for run in version.evaluations] == ["evaluation"]
    assert facts.live[0].version_uid == version.ref.uid
    assert facts.repositories[0].newest_commit_at == NOW - 12 * DAY


def test_load_answers_every_question_of_a_healthy_system(world: World) -> None:
    fill(world.system)
    found = evaluate(load_facts(world.system, now=NOW), rubric(), known=catalogue())
    unmet = {r.criterion for r in found.results if r.verdict is Verdict.NOT_MET}
    assert unmet == {
        "exec-managed-runners",
        "repro-image-pinned",
        "ci-pipeline-tests",
        "cd-dag-from-ci",
        "repro-replay-proven",
        "ct-new-data-trigger",
        "deploy-progressive",
        "deploy-rollback-ready",
    }
    assert (found.confirmed, found.assessed) == (1, 9)


@pytest.mark.parametrize("notebook", [False, True])
def test_load_takes_a_constant_number_of_queries(world: World, notebook: bool) -> None:
    small, large = SystemFactory.create(team=world.team), SystemFactory.create(team=world.team)
    fill(small, versions=2, notebook=notebook)
    fill(large, versions=20, notebook=notebook)
    counts = []
    for system in (small, large):
        with CaptureQueriesContext(connection) as queries:
            load_facts(system, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 16


def test_load_finds_an_old_run_through_its_logged_model_and_parent(world: World) -> None:
    version = NodeFactory.create(
        kind="model_version",
        label="v9",
        system=world.system,
        state="READY",
        attrs={"name": "m", "version": "9"},
    )
    logged = NodeFactory.create(kind="logged_model", state="READY", attrs={"model_id": "m-1"})
    old = {"started_at": NOW - 400 * DAY, "state": "FINISHED", "attrs": {"run_id": "r"}}
    child, parent = NodeFactory.create(**old), NodeFactory.create(**old)
    pipeline_run = NodeFactory.create(kind="pipeline_run", state="SUCCEEDED", attrs={"run_id": "p"})
    EdgeFactory.create(src=logged, kind=EdgeKind.REGISTERED_AS, dst=version)
    EdgeFactory.create(src=child, kind=EdgeKind.WROTE, dst=logged)
    EdgeFactory.create(src=child, kind=EdgeKind.CHILD_OF, dst=parent)
    EdgeFactory.create(src=parent, kind=EdgeKind.CHILD_OF, dst=pipeline_run)
    found = load_facts(world.system, now=NOW).versions[0].run
    assert found is not None
    assert found.ref.node_id == child.pk
    assert found.pipeline_run is not None
    assert found.pipeline_run.ref.node_id == pipeline_run.pk


def test_load_tells_a_promised_run_from_none(world: World) -> None:
    promised = NodeFactory.create(
        kind="model_version", label="a", system=world.system, attrs={"run_id": "elsewhere"}
    )
    NodeFactory.create(kind="model_version", label="b", system=world.system, attrs={"run_id": ""})
    EdgeFactory.create(src=NodeFactory.create(), kind=EdgeKind.WROTE, dst=promised)
    versions = {v.ref.label: v for v in load_facts(world.system, now=NOW).versions}
    assert versions["a"].run_blind is BlindReason.SOURCE_NOT_CONNECTED
    assert (versions["b"].run, versions["b"].run_blind) == (None, None)


def test_load_reads_the_pipeline_rung_of_the_ladder(world: World) -> None:
    fill(world.system, versions=1)
    pipeline = Node.objects.get(kind="pipeline_version")
    Edge.objects.filter(kind=EdgeKind.CODE_OF).update(dst=pipeline, method="tag git_commit of the version")
    commit = load_facts(world.system, now=NOW).production[0].commit
    assert commit is not None
    assert commit.rung is Rung.PIPELINE_TAG


def test_load_tells_how_sources_are(world: World) -> None:
    source = connect(world.system, kind="mlflow")
    Sync.objects.create(
        source=source,
        status=SyncStatus.FAILED,
        queued_at=NOW,
        finished_at=NOW,
        error={"what": "No answer.", "why": "Timed out.", "remedy": "-", "reason": "permission_denied"},
    )
    health = load_facts(world.system, now=NOW).sources[0]
    assert (health.seen_at, health.reason) == (NOW - timedelta(minutes=5), BlindReason.PERMISSION_DENIED)
    assert health.why == "No answer. Timed out."


def test_load_takes_blindness_from_the_last_good_sync(world: World) -> None:
    source = connect(world.system, kind="mlflow")
    source.syncs.update(blind=[{"scope": "runs", "reason": "odd", "why": "No.", "what": "", "remedy": ""}])
    blind = load_facts(world.system, now=NOW).sources[0].blind[0]
    assert (blind.scope, blind.reason) == ("runs", BlindReason.COLLECTOR_FAILED)


def test_load_leaves_other_systems_alone(world: World) -> None:
    fill(SystemFactory.create())
    facts = load_facts(world.system, now=NOW)
    assert (facts.versions, facts.runs, facts.sources, facts.events) == ((), (), (), ())


def test_load_survives_odd_attributes(world: World) -> None:
    odd = {
        "name": 7,
        "tags": "x",
        "claims": [1, {"by": None}],
        "signature": {"inputs": "[{"},
        "requirements": "a",
    }
    NodeFactory.create(kind="model_version", system=world.system, attrs=odd)
    NodeFactory.create(
        kind="pipeline_version", system=world.system, attrs={"ir": {"components": "x", "tasks": [None]}}
    )
    NodeFactory.create(
        kind="repository", system=world.system, attrs={"commit": "short", "signals": {"iac": 3}}
    )
    NodeFactory.create(kind="schedule", system=world.system, attrs={"period_seconds": "often"})
    NodeFactory.create(kind="deployment", system=world.system, attrs={"traffic_percent": True, "model": []})
    facts = load_facts(world.system, now=NOW)
    evaluate(facts, rubric(), known=catalogue())
    assert facts.versions[0].inputs == ()


def test_what_reports_by_itself_is_a_source_once_it_came(world: World) -> None:
    fill(world.system)
    place = Node.objects.get(kind="deployment", system=world.system)
    for number, kind in enumerate(("alert_delivered", "readiness_observed")):
        Event.objects.create(
            node=place,
            system=world.system,
            kind=kind,
            at=NOW - 3 * DAY,
            dedupe=f"pushed {number}",
            attrs={"receiver": "#churn", "succeeded": True},
        )
    facts = load_facts(world.system, now=NOW)
    seen = {source.kind: source.seen_at for source in facts.sources}
    assert seen["channels"] == NOW
    assert seen["metrics"] == NOW - 3 * DAY
    assert facts.deliveries[0].receiver == "#churn"
    assert {"rollouts", "reconciler"}.isdisjoint(seen)
