"""Search: by beginning, for the reader's own things only."""

import pytest
from django.contrib.auth.models import AnonymousUser

from evidence.models import Node
from lineage.search import OF_A_KIND, found_nodes, search
from tests.conftest import World
from tests.lineage.made import SHA, a_chain, a_node

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(world: World) -> dict[str, Node]:
    return a_chain(world.system)


@pytest.mark.parametrize("text", ["churn v3", "CHURN V3", "churn 3", "churn/3", "churn:v3", "churn@3"])
def test_search_finds_a_version(world: World, chain: dict[str, Node], text: str) -> None:
    assert chain["model_version"] in found_nodes(text, principal=world.alice)


@pytest.mark.parametrize("text", [SHA, SHA[:7], SHA[:4].upper()])
def test_search_finds_a_commit_by_the_beginning_of_its_sha(
    world: World, chain: dict[str, Node], text: str
) -> None:
    assert found_nodes(text, principal=world.alice) == [chain["commit"]]


def test_search_finds_a_run_by_name_and_id(world: World, chain: dict[str, Node]) -> None:
    assert found_nodes("churn-run", principal=world.alice) == [chain["run"]]
    assert found_nodes("churn0123", principal=world.alice) == [chain["run"]]


def test_search_groups_by_kind_with_models_before_runs(world: World, chain: dict[str, Node]) -> None:
    kinds = [kind for kind, _nodes in search("churn", principal=world.alice).nodes]
    assert kinds == ["model_version", "deployment", "dataset_version", "run"]


def test_search_is_not_drowned_by_one_kind(world: World) -> None:
    for number in range(OF_A_KIND + 5):
        a_node("run", world.system, label=f"churn-{number:02}")
    model = a_node("model", world.system, label="churn-model")
    results = dict(search("churn-", principal=world.alice).nodes)
    assert len(results["run"]) == OF_A_KIND
    assert results["model"] == (model,)


def test_search_shows_nothing_of_other_teams(world: World, chain: dict[str, Node]) -> None:
    assert found_nodes("churn", principal=world.bob)
    assert not search("churn", principal=world.charlie)
    assert not search("churn", principal=AnonymousUser())


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "churn%", "a\\", "'; drop table x --", "\u00e9" * 500])
def test_search_takes_any_text(world: World, chain: dict[str, Node], text: str) -> None:
    assert found_nodes(text, principal=world.alice) == []
