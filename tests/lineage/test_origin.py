"""What a version was made of, what differs between two, and how one is made again."""

import shlex
from dataclasses import replace

import pytest
from django.test import Client

from core.models import System
from evidence.models import Node
from lineage.comparison import Aspect, Change, compare
from lineage.origin import Origin, Thing
from lineage.origins import origin_of
from lineage.reproduction import Lack, Part, is_exact, reproduction
from tests.conftest import World
from tests.factories import NOON
from tests.lineage.made import a_chain, a_node, link

SHA_A, SHA_B = "a" * 40, "b" * 40


def thing(kind: str, key: int = 1, **attrs: object) -> Thing:
    return Thing(key, kind, f"{kind} {key}", "", "", NOON, attrs)


def an_origin(sha: str = SHA_A, *, version: int = 1, **run: object) -> Origin:
    fields: dict[str, object] = {"params": {"depth": "3"}, "metrics": {"auc": 0.8}, "source_name": "train.py"}
    return Origin(
        version=thing(
            "model_version",
            version,
            requirements=["scikit-learn==1.5.0", "numpy==2.1.0"],
            signature={"inputs": '[{"type": "double", "name": "income", "required": true}]', "outputs": None},
        ),
        run=thing("run", 10, **{**fields, **run}),
        commit=thing("commit", 20, sha=sha),
        repository=replace(
            thing("repository", 30, url="https://github.com/acme/churn.git"),
            url="https://github.com/acme/churn.git",
        ),
        datasets=(
            thing(
                "dataset_version", 40, name="gold", digest="d1", source="s3://lake/gold", version="delta:7"
            ),
        ),
    )


def test_equal_origins_differ_in_nothing() -> None:
    found = compare(an_origin(), an_origin(version=2))
    assert all(section.comparable and not section.differing for section in found.sections)
    assert found.code_url == ""


def test_comparison_names_what_differs() -> None:
    found = compare(an_origin(), an_origin(SHA_B, params={"depth": "5", "lr": "0.1"}, metrics={"auc": 0.85}))
    by_aspect = {section.aspect: section for section in found.sections}
    changes = {row.name: row.change for row in by_aspect[Aspect.PARAMETERS].rows}
    assert changes == {"depth": Change.CHANGED, "lr": Change.ADDED}
    (metric,) = by_aspect[Aspect.METRICS].differing
    assert metric.delta == pytest.approx(0.05)
    assert by_aspect[Aspect.DATA].differing == ()
    assert found.code_url == f"https://github.com/acme/churn/compare/{SHA_A}...{SHA_B}"


def test_what_one_side_does_not_tell_is_not_compared() -> None:
    found = compare(an_origin(), replace(an_origin(), commit=None, repository=None))
    (code,) = [section for section in found.sections if section.aspect is Aspect.CODE]
    assert not code.comparable
    assert code.differing == ()
    assert code.untold == ("model_version 1",)


def test_a_renamed_column_is_a_difference_of_the_data() -> None:
    schemas = ([{"name": "age", "type": "long"}], [{"name": "years", "type": "long"}])
    before, after = (
        replace(
            an_origin(), datasets=(thing("dataset_version", 40, name="gold", digest="d1", schema=schema),)
        )
        for schema in schemas
    )
    data = next(section for section in compare(before, after).sections if section.aspect is Aspect.DATA)
    assert {row.name: row.change for row in data.differing} == {
        "gold · age": Change.REMOVED,
        "gold · years": Change.ADDED,
    }


def test_reproduction_is_exact_when_everything_is_known() -> None:
    steps = reproduction(an_origin())
    assert is_exact(steps)
    assert [step.part for step in steps] == [Part.CODE, Part.DATA, Part.ENVIRONMENT, Part.TRAINING]
    assert steps[0].commands == (
        "git clone -- https://github.com/acme/churn.git code",
        "cd code",
        f"git checkout --detach {SHA_A}",
    )
    assert "version=7" in steps[1].commands[-1]
    assert steps[3].commands == ("python train.py", "# depth = 3")


def test_reproduction_names_what_is_missing() -> None:
    bare = Origin(version=thing("model_version"))
    assert [step.lacks for step in reproduction(bare)] == [
        (Lack.COMMIT,),
        (Lack.DATASET,),
        (Lack.REQUIREMENTS,),
        (Lack.RUN,),
    ]
    dirty = reproduction(replace(an_origin(git_dirty=True), repository=None))[0]
    assert dirty.lacks == (Lack.REPOSITORY, Lack.DIRTY)


def test_reproduction_clones_the_pipeline_run() -> None:
    origin = replace(
        an_origin(),
        pipeline_run=thing("pipeline_run", 50, experiment="churn", parameters={"depth": "3", "note": "a b"}),
        pipeline_version=thing("pipeline_version", 60, pipeline_id="p1", pipeline_version_id="v1"),
    )
    (command,) = reproduction(origin)[-1].commands
    assert command.startswith("kfp run create --experiment-name churn")
    assert command.endswith("--pipeline-id p1 --version v1 depth=3 'note=a b'")


@pytest.mark.parametrize("text", ["x; rm -rf ~", "$(reboot)", "a\nrm -rf ~", "it's"])
def test_what_a_source_says_never_becomes_a_command(text: str) -> None:
    origin = replace(
        an_origin(source_name=f"{text}.py", params={text: text}),
        commit=thing("commit", 20, sha=text),
        datasets=(thing("dataset_version", 40, name=text, digest=text, source=text),),
    )
    for step in reproduction(origin):
        for line in step.commands:
            words = shlex.split(line, comments=True)
            assert not {"rm", "reboot"} & set(words), line
            assert "\n" not in line or shlex.split(line)


@pytest.mark.django_db
class TestStored:
    def test_origin_of_a_deployment(self, world: World) -> None:
        chain = a_chain(world.system)
        repository = a_node("repository", world.system, url="https://git.example/churn")
        link(repository, "contains", chain["commit"])
        found = origin_of(chain["deployment"], principal=world.alice)
        assert found
        assert (found.version.id, found.run and found.run.id) == (chain["model_version"].pk, chain["run"].pk)
        assert (found.commit and found.commit.id) == chain["commit"].pk
        assert (found.repository and found.repository.id) == repository.pk
        assert [each.id for each in found.datasets] == [chain["dataset_version"].pk]

    def test_commit_of_the_pipeline_where_the_run_names_none(self, world: World) -> None:
        nodes = _pipeline_chain(world.system)
        found = origin_of(nodes["version"], principal=world.alice)
        assert found
        assert (found.commit and found.commit.id) == nodes["commit"].pk
        assert (found.pipeline_run and found.pipeline_run.id) == nodes["pipeline_run"].pk
        assert (found.pipeline_version and found.pipeline_version.id) == nodes["pipeline_version"].pk

    def test_a_node_without_version_has_no_origin(self, world: World) -> None:
        assert origin_of(a_node("dataset", world.system), principal=world.alice) is None

    def test_pages_and_api(self, world: World) -> None:
        old, new = a_chain(world.system, name="churn"), a_chain(world.system, name="other")
        new["model_version"].attrs = {**new["model_version"].attrs, "name": "churn", "version": "4"}
        new["model_version"].save()
        client, version = world.client(world.alice), new["model_version"].pk
        page = client.get(f"/lineage/{version}/compare/")
        assert page.context["comparison"].before.version.id == old["model_version"].pk
        assert b"Not comparable" in page.content
        assert client.get(f"/lineage/{version}/reproduce/").status_code == 200
        answer = client.get("/api/v1/lineage/compare/", {"a": old["model_version"].pk, "b": version}).json()
        assert {each["aspect"] for each in answer["sections"]} == {aspect.value for aspect in Aspect}
        steps = client.get("/api/v1/lineage/reproduce/", {"node": old["deployment"].pk}).json()
        assert steps["version"] == old["model_version"].pk
        assert steps["exact"] is False

    def test_compare_of_a_deployment_leads_to_its_version(self, world: World) -> None:
        chain = a_chain(world.system)
        answer = world.client(world.alice).get(f"/lineage/{chain['deployment'].pk}/compare/")
        assert answer.url == f"/lineage/{chain['model_version'].pk}/compare/"  # type: ignore[attr-defined]

    @pytest.mark.parametrize("page", ["compare", "reproduce"])
    def test_an_outsider_sees_nothing(self, world: World, page: str) -> None:
        chain = a_chain(world.system)
        address = f"/lineage/{chain['model_version'].pk}/{page}/"
        assert world.client(world.charlie).get(address).status_code == 404
        assert Client().get(address).status_code == 302
        query = {"a": chain["model_version"].pk, "b": chain["model_version"].pk, "node": chain["run"].pk}
        assert world.client(world.charlie).get(f"/api/v1/lineage/{page}/", query).status_code == 404


def _pipeline_chain(system: System) -> dict[str, Node]:
    """commit → pipeline version → pipeline run ⊃ run → model version."""
    kinds = ("commit", "pipeline_version", "pipeline_run", "run", "model_version")
    nodes = {kind: a_node(kind, system) for kind in kinds}
    link(nodes["commit"], "code_of", nodes["pipeline_version"])
    link(nodes["pipeline_version"], "compiled_to", nodes["pipeline_run"])
    link(nodes["run"], "child_of", nodes["pipeline_run"])
    link(nodes["run"], "wrote", nodes["model_version"])
    return {**nodes, "version": nodes["model_version"]}
