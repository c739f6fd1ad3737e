"""Every page with believable rows: accessible in both themes, silent on the console, whole on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.fixtures import Settings

from core.tokens import create_token
from evidence.models import Node, Source
from maturity.services import assess_system
from monitoring.models import Alert, AlertKind
from tests.browser.axe import CONTRAST, overflow, violations
from tests.browser.conftest import OpenPage
from tests.conftest import World
from tests.maturity.made import NOW
from tests.maturity.stored import fill
from tests.monitoring.logs import Log, check, made_deployment, made_version

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
Address = Callable[[World], str]


@pytest.fixture
def scored(world: World) -> World:
    """A system with sources, three model versions with their whole chain, and an assessment."""
    fill(world.system)
    assess_system(world.system, now=NOW)
    create_token(team=world.team, name="deploy", by=world.alice)
    return world


@pytest.fixture
def watched(scored: World, tmp_path: Path, settings: Settings) -> World:
    """As well a monitor of three days, the newest one drifted and with a broken schema."""
    settings.ALLOWED_LOCAL_PATHS = (tmp_path.resolve(),)
    log = Log(tmp_path.resolve())
    log.write_training()
    made_deployment(made_version(scored.system))
    for day, shift in ((3, 0.0), (2, 0.5), (1, 0.5)):
        log.write_day(day, shift=shift, broken=day == 1)
    check(log.monitor(scored.system))
    return scored


def scorecard(world: World) -> str:
    return reverse("maturity:scorecard", args=[world.system.slug])


def node_with_panel(world: World) -> str:
    node = Node.objects.get(kind="model_version", label=f"{world.system.slug} v3")
    return f"{reverse('lineage:node', args=[node.pk])}?select={node.pk}"


def search(world: World) -> str:
    return f"{reverse('lineage:search_all')}?q={world.system.slug}"


def source(world: World) -> str:
    return reverse("evidence:source", args=[Source.objects.filter(kind="mlflow")[0].slug])


def at(name: str, *args: str) -> Address:
    return lambda world: reverse(name, args=args)


def alert(kind: AlertKind) -> Address:
    return lambda world: reverse("monitoring:alert", args=[Alert.objects.get(kind=kind).pk])


SCORED: dict[str, Address] = {
    "systems": at("maturity:systems"),
    "scorecard": scorecard,
    "criterion": at("maturity:criterion", "exec-code-in-git"),
    "lineage": at("lineage:home"),
    "lineage node": node_with_panel,
    "search": search,
    "sources": at("evidence:sources"),
    "source": source,
    "connect": at("evidence:connect"),
    "tokens": at("core:tokens"),
    "reports": at("core:reports"),
    "API": at("core:api-reference"),
    "new monitor": at("monitoring:create"),
}
WATCHED: dict[str, Address] = {
    "overview": at("maturity:overview"),
    "monitoring": at("monitoring:home"),
    "monitor": at("monitoring:monitor", "churn"),
    "alerts": at("monitoring:alerts"),
    "drift alert": alert(AlertKind.DRIFT),
    "contract alert": alert(AlertKind.CONTRACT),
}


def faults(page: Page) -> dict[str, object]:
    """What is wrong with an open page: axe's findings in light and in dark, the overflow on a phone."""
    found: dict[str, object] = {"light": violations(page)}
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found["dark"] = violations(page, rules=CONTRAST)
    page.set_viewport_size({"width": 390, "height": 844})
    return {**found, "overflow": max(0, overflow(page)), "headings": page.locator("h1").count()}


SOUND = {"light": [], "dark": [], "overflow": 0, "headings": 1}


@pytest.mark.parametrize("name", SCORED)
def test_page_is_sound(scored: World, open_page: OpenPage, name: str) -> None:
    assert faults(open_page(SCORED[name](scored), user=scored.alice)) == SOUND


@pytest.mark.parametrize("name", WATCHED)
def test_monitoring_page_is_sound(watched: World, open_page: OpenPage, name: str) -> None:
    assert faults(open_page(WATCHED[name](watched), user=watched.alice)) == SOUND
