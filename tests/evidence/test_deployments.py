"""Reported deployments: idempotent, superseding, linked when their model version appears."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evidence.deployments import (
    Approval,
    DeploymentStatus,
    IdempotencyConflictError,
    Report,
    link_deployments,
    report_deployment,
)
from evidence.models import Edge, Event, Node
from evidence.records import NodeKind
from tests.conftest import World
from tests.factories import NodeFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def report(world: World) -> Report:
    return Report(
        system=world.system,
        environment="production",
        target="churn-api",
        model_name="churn",
        model_version="3",
        status=DeploymentStatus.SUCCEEDED,
        at=NOW,
    )


def test_report_twice_is_one_event(report: Report, world: World) -> None:
    first, new = report_deployment(report, key="ci-1", by=world.alice, now=NOW)
    again, new_again = report_deployment(report, key="ci-1", by=world.alice, now=NOW)
    assert (first.pk, new, new_again) == (again.pk, True, False)
    assert Event.objects.filter(kind="deployed").count() == 1
    assert (first.state, Node.objects.get(pk=first.pk).system) == ("live", world.system)


def test_the_first_event_belongs_to_the_system(report: Report, world: World) -> None:
    report_deployment(report, key="ci-1", by=world.alice, now=NOW)
    assert Event.objects.get(kind="deployed").system == world.system


def test_same_key_for_another_report_is_refused(report: Report, world: World) -> None:
    report_deployment(report, key="ci-1", by=world.alice, now=NOW)
    with pytest.raises(IdempotencyConflictError, match="ci-1"):
        report_deployment(replace(report, model_version="4"), key="ci-1", by=world.alice, now=NOW)


def test_canary_grows_to_live_and_supersedes(report: Report, world: World) -> None:
    old, _ = report_deployment(report, key="1", by=world.alice, now=NOW)
    for number, share in enumerate((10, 50, 100)):
        step = replace(report, model_version="4", traffic_percent=share)
        new, _ = report_deployment(step, key=f"2-{number}", by=world.alice, now=NOW)
        assert new.state == ("live" if share == 100 else "canary")
    old.refresh_from_db()
    assert old.state == "superseded"
    assert Event.objects.filter(node=new).count() == 3


def test_deployment_is_linked_when_its_version_appears(report: Report, world: World) -> None:
    deployment, _ = report_deployment(report, key="1", by=world.alice, now=NOW)
    assert not Edge.objects.filter(kind="deployed_as").exists()
    version = NodeFactory.create(
        kind=NodeKind.MODEL_VERSION, system=world.system, attrs={"name": "churn", "version": "3"}
    )
    assert link_deployments([world.system.pk], now=NOW) == 1
    assert link_deployments([world.system.pk], now=NOW) == 0
    edge = Edge.objects.get(kind="deployed_as")
    assert (edge.src, edge.dst) == (version, deployment)


def test_image_by_digest_carries_the_commit(report: Report, world: World) -> None:
    full = replace(report, image="registry.example.invalid/churn@sha256:" + "b" * 64, git_commit="c" * 40)
    deployment, _ = report_deployment(full, key="1", by=world.alice, now=NOW)
    image = Edge.objects.get(kind="deployed_as", dst=deployment).src
    assert image.kind == NodeKind.IMAGE
    assert Edge.objects.get(kind="code_of", dst=image).src.kind == NodeKind.COMMIT


def test_approval_is_kept_with_name_moment_and_reason(report: Report, world: World) -> None:
    approved = replace(report, approval=Approval("Dana", NOW, "better than v2"))
    for share in (10, 100):
        report_deployment(replace(approved, traffic_percent=share), key=f"k{share}", by=world.alice, now=NOW)
    event = Event.objects.get(kind="approved")
    assert (event.actor, event.at, event.attrs["reason"]) == ("Dana", NOW, "better than v2")
    assert event.system == world.system
