"""The build goes on where it was, says what failed, and shows how far it is."""

from pathlib import Path

import pytest
from django.urls import reverse

from samples import build as building
from samples.build import Step, build
from samples.models import BuildStep, StepState
from samples.workspace import BuildError, Workspace
from tests.conftest import World

pytestmark = pytest.mark.django_db


class Work:
    """A step's work that counts its calls and fails when told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails = False
        self.began: set[str] = set()

    def __call__(self, workspace: Workspace) -> str:
        self.calls += 1
        self.began.add(workspace.began.isoformat())
        workspace.say("half of it")
        if self.fails:
            raise BuildError("The server is down.")
        return "all of it"


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[Work]:
    works = [Work(), Work()]
    steps = tuple(Step(f"step-{n}", f"Step {n}", work) for n, work in enumerate(works))
    monkeypatch.setattr(building, "STEPS", steps)
    monkeypatch.setattr("samples.cards.STEPS", steps)
    return works


def run(folder: Path) -> bool:
    lines: list[str] = []
    servers = {"web": "http://w", "mlflow": "http://m", "kfp": "http://k", "github": "http://g"}
    return build(folder=folder, tell=lines.append, **servers)


def test_build_does_every_step_once(works: list[Work], tmp_path: Path) -> None:
    assert run(tmp_path)
    assert run(tmp_path)
    assert [work.calls for work in works] == [1, 1]
    assert set(BuildStep.objects.values_list("state", "detail")) == {("done", "all of it")}


def test_build_goes_on_where_it_failed(works: list[Work], tmp_path: Path) -> None:
    works[1].fails = True
    assert not run(tmp_path)
    failed = BuildStep.objects.get(name="step-1")
    assert (failed.state, failed.detail) == (StepState.FAILED, "The server is down.")
    works[1].fails = False
    assert run(tmp_path)
    assert [work.calls for work in works] == [1, 2]


def test_build_keeps_its_moment_when_it_goes_on(works: list[Work], tmp_path: Path) -> None:
    works[1].fails = True
    run(tmp_path)
    works[1].fails = False
    run(tmp_path)
    assert len(works[0].began | works[1].began) == 1


def test_progress_shows_the_step_and_why_it_failed(works: list[Work], tmp_path: Path, world: World) -> None:
    works[1].fails = True
    run(tmp_path)
    page = world.client(world.alice).get(reverse("samples:progress")).content.decode()
    assert "1 of 2 steps" in page
    assert "The server is down." in page


def test_progress_reloads_the_page_when_all_is_done(works: list[Work], tmp_path: Path, world: World) -> None:
    run(tmp_path)
    answer = world.client(world.alice).get(reverse("samples:progress"))
    assert answer["HX-Refresh"] == "true"


def test_progress_is_not_for_strangers(works: list[Work], world: World) -> None:
    assert world.client(None).get(reverse("samples:progress")).status_code == 302
