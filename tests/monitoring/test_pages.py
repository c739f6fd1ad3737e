"""The pages of monitoring: who sees them, what they say, how many queries they take."""

import pytest
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from core.cards import Slot, render
from evidence.models import Node
from monitoring.models import Alert, AlertKind, CheckResult, Monitor, Window
from tests.conftest import World
from tests.monitoring.logs import SEED_SENTENCE, Log, check

pytestmark = pytest.mark.usefixtures("version")


@pytest.fixture
def watched(log: Log, world: World, deployment: Node) -> Monitor:
    """Three days, the last two of them drifted, the newest with a broken schema; one bad file."""
    log.write_day(3)
    log.write_day(2, shift=0.5)
    log.write_day(1, shift=0.5, broken=True)
    (log.folder / "broken.parquet").write_bytes(b"no table")
    check(monitor := log.monitor(world.system))
    return monitor


def page(world: World, path: str, **headers: str) -> str:
    answer = world.client(world.bob).get(path, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_home_without_a_monitor_says_what_to_do(world: World) -> None:
    assert "No model is watched" in page(world, "/monitoring/")
    shown = world.client(world.alice).get("/monitoring/").content.decode()
    assert reverse("monitoring:create") in shown


def test_home_lists_monitors_and_open_alerts(world: World, watched: Monitor) -> None:
    shown = page(world, "/monitoring/")
    assert "2 alerts are open." in shown
    assert "Drift: feature_a" in shown
    assert watched.name in shown


def test_monitor_shows_what_was_found(world: World, watched: Monitor) -> None:
    shown = page(world, "/monitoring/churn/")
    assert SEED_SENTENCE in shown
    assert "is not a readable Parquet file" in shown
    assert "population stability index" in shown
    assert "n = 2,000 against 5,000" in shown
    assert 'data-band="4"' in shown


def test_monitor_says_what_keeps_it_from_judging(world: World, log: Log) -> None:
    check(log.monitor(world.system, model_version="9"))
    assert "churn v9 is not among the model versions" in page(world, "/monitoring/churn/")


def test_cell_is_an_address_and_a_fragment(world: World, watched: Monitor) -> None:
    first = Window.objects.order_by("start")[0]
    path = f"/monitoring/churn/?column=feature_b&window={first.pk}&statistic=ks"
    whole, part = page(world, path), page(world, path, **{"HX-Target": "drift"})
    for shown in (whole, part):
        assert f"feature_b, {first.start:%-d} November" in shown
        assert '<option value="ks" selected>' in shown
    assert "<html" in whole
    assert "<html" not in part


@pytest.mark.parametrize(
    "query", ["?window=99999999&column=none", "?statistic=nonsense&before=never", "?page=zero", "?window=-1"]
)
def test_nonsense_in_the_address_is_harmless(world: World, watched: Monitor, query: str) -> None:
    assert "Drift by input and day" in page(world, f"/monitoring/churn/{query}")


@pytest.mark.parametrize("path", ["churn/", "alerts/{alert}/"])
def test_outsider_finds_no_page(world: World, watched: Monitor, path: str) -> None:
    path = "/monitoring/" + path.format(alert=Alert.objects.all()[0].pk)
    codes = [world.client(who).get(path).status_code for who in (world.alice, world.bob, world.charlie, None)]
    assert codes == [200, 200, 404, 302]
    assert "feature_a" not in world.client(world.charlie).get("/monitoring/").content.decode()
    assert "feature_a" not in world.client(world.charlie).get("/monitoring/alerts/").content.decode()


@pytest.mark.parametrize("kind", [AlertKind.DRIFT, AlertKind.CONTRACT])
def test_alert_page_shows_its_evidence(world: World, watched: Monitor, kind: AlertKind) -> None:
    alert = Alert.objects.get(kind=kind)
    shown = page(world, f"/monitoring/alerts/{alert.pk}/")
    assert alert.message[1:] in shown
    assert reverse("lineage:node", args=[alert.node_id]) in shown
    assert ("Baseline and window" in shown) is (kind is AlertKind.DRIFT)


def test_only_an_editor_takes_notice(world: World, watched: Monitor) -> None:
    alert = Alert.objects.get(kind=AlertKind.DRIFT)
    path = f"/monitoring/alerts/{alert.pk}/acknowledge/"
    codes = [
        world.client(who).post(path, {"note": "Seen."}).status_code
        for who in (world.charlie, world.bob, world.alice)
    ]
    assert codes == [404, 403, 302]
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.note) == ("alice", "Seen.")
    assert "acknowledged" in page(world, "/monitoring/alerts/")


@pytest.mark.parametrize("tab", ["open", "watched", "cleared"])
def test_inbox_has_tabs(world: World, watched: Monitor, tab: str) -> None:
    assert ("Drift: feature_a" in page(world, f"/monitoring/alerts/?show={tab}")) is (tab == "open")


def test_form_makes_a_monitor(world: World, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitoring.tasks.check_monitor_task.delay", lambda key: None)
    client = world.client(world.alice)
    asked = {
        "system": world.system.slug,
        "name": "churn",
        "slug": "churn",
        "log_location": str(log.folder),
        "baseline_location": "/etc/passwd",
        "window": "day",
        "other_columns": "prediction, request_id",
    }
    refused = client.post("/monitoring/new/", asked)
    assert "ALLOWED_LOCAL_PATHS" in refused.content.decode()
    done = client.post("/monitoring/new/", {**asked, "baseline_location": str(log.training)})
    assert done.headers["Location"] == "/monitoring/churn/"
    assert Monitor.objects.get().other_columns == ["prediction", "request_id"]
    assert world.client(world.bob).get("/monitoring/new/").status_code == 403


def test_cards_stand_on_other_pages(world: World, watched: Monitor, deployment: Node, version: Node) -> None:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = world.bob
    shown = {slot: render(request, slot, None) for slot in (Slot.OVERVIEW_SIDE,)}
    assert "Drift: feature_a" in shown[Slot.OVERVIEW_SIDE]
    for node in (deployment, version):
        assert "Drift: feature_a" in render(request, Slot.NODE_PANEL, node)
    assert "2 open alerts" in render(request, Slot.SYSTEM_SIDE, world.system)
    request.user = world.charlie
    assert "Drift" not in render(request, Slot.OVERVIEW_SIDE, None)
    assert "Drift" not in render(request, Slot.NODE_PANEL, deployment)


@pytest.mark.parametrize("path", ["", "churn/", "alerts/"])
def test_pages_cost_the_same_at_any_size(
    world: World, watched: Monitor, log: Log, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = world.client(world.alice)
    with django_assert_max_num_queries(30) as few:
        client.get(f"/monitoring/{path}")
    for day in (6, 5, 4):
        log.write_day(day)
    check(watched)
    for number in range(3):
        check(log.monitor(world.system, slug=f"other-{number}"))
    assert CheckResult.objects.count() == 48
    with django_assert_max_num_queries(len(few)):
        client.get(f"/monitoring/{path}")
