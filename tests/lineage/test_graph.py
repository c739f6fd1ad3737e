"""The bounded view on real rows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from core.models import System
from core.permissions import Principal
from evidence.models import Node
from lineage.graph import Bounds, neighbourhood
from lineage.subgraph import Direction, Subgraph
from tests.conftest import World
from tests.factories import NOON, EdgeFactory, EventFactory, NodeFactory, SystemFactory

pytestmark = pytest.mark.django_db


def node(kind: str, world: World, **fields: object) -> Node:
    made: Node = NodeFactory.create(kind=kind, system=world.system, **fields)
    return made


def link(src: Node, kind: str, dst: Node) -> None:
    EdgeFactory.create(src=src, kind=kind, dst=dst)


@pytest.fixture
def chain(world: World) -> dict[str, Node]:
    """commit → run ← dataset version, run → model version → deployment."""
    kinds = ("commit", "dataset_version", "run", "model_version", "deployment")
    nodes = {kind: node(kind, world) for kind in kinds}
    link(nodes["commit"], "code_of", nodes["run"])
    link(nodes["dataset_version"], "read_by", nodes["run"])
    link(nodes["run"], "wrote", nodes["model_version"])
    link(nodes["model_version"], "deployed_as", nodes["deployment"])
    return nodes


def view(focus: Node, principal: Principal, **bounds: int) -> Subgraph:
    return neighbourhood(focus, principal=principal, bounds=Bounds(**bounds))  # type: ignore[arg-type]


def kinds_of(subgraph: Subgraph) -> set[str]:
    return {each.kind for each in subgraph.nodes.values()}


def test_neighbourhood_of_deployment_reaches_commit_and_data(world: World, chain: dict[str, Node]) -> None:
    found = view(chain["deployment"], world.alice)
    assert kinds_of(found) == set(chain)
    assert found.nodes[chain["commit"].pk].hop == -3


def test_neighbourhood_of_commit_reaches_deployment_but_not_the_other_inputs(
    world: World, chain: dict[str, Node]
) -> None:
    found = view(chain["commit"], world.alice)
    assert kinds_of(found) == set(chain) - {"dataset_version"}
    assert found.nodes[chain["deployment"].pk].hop == 3


def test_neighbourhood_stops_at_its_depth(world: World, chain: dict[str, Node]) -> None:
    assert kinds_of(view(chain["deployment"], world.alice, up=1)) == {"deployment", "model_version"}
    assert kinds_of(view(chain["deployment"], world.alice, up=0)) == {"deployment"}


def test_neighbourhood_shows_the_newest_and_counts_the_rest(world: World) -> None:
    commit = node("commit", world)
    runs = [node("run", world) for _ in range(8)]
    for run in runs:
        link(commit, "code_of", run)
    found = view(commit, world.alice, fan=5)
    assert set(found.nodes) == {commit.pk, *(run.pk for run in runs[3:])}
    (group,) = found.groups
    assert (group.parent, group.direction, group.kind) == (commit.pk, Direction.DOWN, "run")
    assert (group.shown, group.more, group.more_is_min) == (5, 3, False)


def test_neighbourhood_without_more_has_no_group(world: World) -> None:
    commit = node("commit", world)
    for _ in range(5):
        link(commit, "code_of", node("run", world))
    assert view(commit, world.alice, fan=5).groups == ()


def test_neighbourhood_says_when_the_cap_cut_it(world: World) -> None:
    commit = node("commit", world)
    for _ in range(5):
        run = node("run", world)
        link(commit, "code_of", run)
        link(run, "wrote", node("model_version", world))
    found = view(commit, world.alice, limit=7)
    assert len(found.nodes) == 7
    assert found.truncated
    assert not view(commit, world.alice, limit=11).truncated


def test_upstream_takes_no_more_than_half_of_the_room(world: World) -> None:
    run = node("run", world)
    for _ in range(10):
        link(node("dataset_version", world), "read_by", run)
        link(run, "wrote", node("model_version", world))
    found = view(run, world.alice, fan=10, limit=10)
    sides = [each.hop for each in found.nodes.values()]
    assert (sides.count(-1), sides.count(1)) == (4, 5)


def test_side_edges_are_drawn_and_not_followed(world: World, chain: dict[str, Node]) -> None:
    dataset, sibling = node("dataset", world), node("dataset_version", world)
    link(chain["dataset_version"], "version_of", dataset)
    link(sibling, "version_of", dataset)
    found = view(chain["dataset_version"], world.alice)
    assert dataset.pk in found.nodes
    assert found.nodes[dataset.pk].hop == -1
    assert sibling.pk not in found.nodes
    assert dataset.pk not in view(chain["run"], world.alice).nodes


def test_a_pipeline_run_is_a_cause_of_the_runs_inside(world: World, chain: dict[str, Node]) -> None:
    version, run = node("pipeline_version", world), node("pipeline_run", world)
    experiment = node("experiment", world)
    link(version, "compiled_to", run)
    link(chain["run"], "child_of", run)
    link(chain["run"], "child_of", experiment)
    up = view(chain["deployment"], world.alice)
    assert run.pk in up.nodes
    assert experiment.pk not in up.nodes
    assert chain["deployment"].pk in view(version, world.alice, down=4).nodes
    assert version.pk in view(chain["run"], world.alice).nodes


def test_two_cycle_of_evaluation_ends(world: World, chain: dict[str, Node]) -> None:
    link(chain["model_version"], "evaluated_by", chain["run"])
    found = view(chain["run"], world.alice)
    assert len(found.nodes) == 5
    assert {edge.kind for edge in found.edges} >= {"wrote", "evaluated_by"}


def test_cycle_of_data_ends(world: World) -> None:
    run, data = node("run", world), node("dataset_version", world)
    link(run, "wrote", data)
    link(data, "read_by", run)
    assert set(view(run, world.alice).nodes) == {run.pk, data.pk}


def test_a_gone_node_stays_in_the_path(world: World, chain: dict[str, Node]) -> None:
    Node.objects.filter(pk=chain["run"].pk).update(gone_at=NOON)
    found = view(chain["deployment"], world.alice)
    assert found.nodes[chain["run"].pk].is_gone
    assert chain["commit"].pk in found.nodes


def test_things_of_other_teams_are_not_drawn(world: World, chain: dict[str, Node]) -> None:
    assert set(view(chain["run"], world.bob).nodes) == {each.pk for each in chain.values()}
    assert set(view(chain["run"], world.charlie).nodes) == {chain["run"].pk}
    assert set(view(chain["run"], AnonymousUser()).nodes) == {chain["run"].pk}


def test_invisible_neighbours_are_neither_drawn_nor_counted(world: World) -> None:
    commit = node("commit", world)
    foreign = NodeFactory.create_batch(9, system=SystemFactory.create())
    mine = [node("run", world) for _ in range(6)]
    for run in [*foreign, *mine]:
        link(commit, "code_of", run)
    (group,) = view(commit, world.alice, fan=5).groups
    assert (group.shown, group.more) == (5, 1)


def told(about: Node, kind: str, *, hours: int, **attrs: str) -> None:
    EventFactory.create(kind=kind, node=about, at=NOON + timedelta(hours=hours), attrs=attrs)


def test_an_open_alert_is_seen_behind_many_checks(world: World, chain: dict[str, Node]) -> None:
    told(chain["deployment"], "alert_opened", hours=0, alert="1")
    told(chain["deployment"], "alert_opened", hours=0, alert="2")
    told(chain["deployment"], "alert_resolved", hours=1, alert="2")
    for hour in range(2, 130):
        told(chain["deployment"], "drift_checked", hours=hour, state="breach" if hour > 9 else "calm")
    seen = view(chain["run"], world.alice).nodes[chain["deployment"].pk]
    assert (seen.alerts, seen.is_drifting) == (1, True)


def test_an_alert_that_opens_again_is_open(world: World, chain: dict[str, Node]) -> None:
    for hour, kind in enumerate(("alert_opened", "alert_resolved", "alert_opened")):
        told(chain["deployment"], kind, hours=hour, alert="1")
    told(chain["deployment"], "drift_checked", hours=4, state="calm")
    seen = view(chain["run"], world.alice).nodes[chain["deployment"].pk]
    assert (seen.alerts, seen.is_drifting) == (1, False)


def live_run(world: World, commit: Node, *, state: str = "live", system: System | None = None) -> list[Node]:
    """A run of the commit whose version is deployed: run, version, deployment."""
    run, version = node("run", world), node("model_version", world)
    deployment: Node = NodeFactory.create(kind="deployment", system=system or world.system, state=state)
    link(commit, "code_of", run)
    link(run, "wrote", version)
    link(version, "deployed_as", deployment)
    return [run, version, deployment]


def test_what_leads_to_alerts_and_live_deployments_comes_before_newer_ones(world: World) -> None:
    commit = node("commit", world)
    alarmed = live_run(world, commit, state="superseded")
    told(alarmed[1], "alert_opened", hours=0, alert="1")
    live = live_run(world, commit)
    calm = live_run(world, commit, state="superseded")
    runs = [node("run", world) for _ in range(4)]
    for run in runs:
        link(commit, "code_of", run)
    found = view(commit, world.alice, fan=3)
    assert set(found.nodes) == {commit.pk, runs[3].pk, *(each.pk for each in (*alarmed, *live))}
    (group,) = found.groups
    assert (group.shown, group.more, group.more_is_min) == (3, 4, False)
    assert calm[0].pk not in found.nodes


def test_a_deployment_of_another_team_lifts_nothing(world: World) -> None:
    commit = node("commit", world)
    foreign = live_run(world, commit, system=SystemFactory.create())
    newer = [node("run", world) for _ in range(2)]
    for run in newer:
        link(commit, "code_of", run)
    found = view(commit, world.alice, fan=2)
    assert foreign[0].pk not in found.nodes
