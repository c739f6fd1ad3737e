"""Monitors, windows and alerts over the API: who sees what, who may do what, how many queries."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from core import tokens
from core.models import AuditEvent, TokenScope
from evidence.models import Event, Node
from monitoring.models import Alert, Monitor
from tests.conftest import World
from tests.monitoring.logs import Log, check

pytestmark = pytest.mark.usefixtures("version")
Api = Callable[..., Client]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The monitors whose first check was asked for."""
    keys: list[int] = []
    monkeypatch.setattr("monitoring.tasks.check_monitor_task.delay", keys.append)
    return keys


@pytest.fixture
def body(log: Log, world: World) -> dict[str, object]:
    return {
        "slug": "churn",
        "name": "churn in production",
        "system": world.system.slug,
        "model": {"name": "churn", "version": "3"},
        "log_location": str(log.folder),
        "baseline_location": str(log.training),
        "window": "day",
    }


def with_token(world: World, scope: TokenScope = TokenScope.WRITE) -> dict[str, str]:
    _token, clear = tokens.create_token(team=world.team, name="ci", scope=scope, by=world.alice)
    return {"Authorization": f"Bearer {clear}"}


def post(path: str, body: object, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
    answer = Client().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.django_db(transaction=True)
def test_program_makes_a_monitor(world: World, body: dict[str, object], sent: list[int]) -> None:
    code, made = post("monitors/", body, with_token(world))
    assert (code, made["slug"], made["model"]) == (201, "churn", {"name": "churn", "version": "3"})
    assert sent == [Monitor.objects.get().pk]
    assert AuditEvent.objects.filter(action="monitor.created").count() == 1


def test_same_monitor_again_is_no_other(world: World, body: dict[str, object], sent: list[int]) -> None:
    headers = with_token(world)
    codes = [post("monitors/", each, headers)[0] for each in (body, body, {**body, "window": "hour"})]
    assert codes == [201, 200, 409]
    assert Monitor.objects.get().window == "day"


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"log_location": "/etc"}, "log_location", "ALLOWED_LOCAL_PATHS"),
        ({"baseline_location": "data.parquet"}, "baseline_location", "no absolute path"),
        ({"thresholds": {"nonsense": 1}}, "thresholds", "no statistic nonsense"),
        ({"model": {"version": "3"}}, "model_name", "name of its model"),
        ({"window": "month"}, "window", "not a valid choice"),
    ],
)
def test_wrong_monitor_is_refused_by_field(
    world: World, body: dict[str, object], change: dict[str, object], field: str, why: str
) -> None:
    code, problem = post("monitors/", {**body, **change}, with_token(world))
    assert code == 400
    errors = problem["errors"]
    assert isinstance(errors, dict)
    assert why in errors[field][0]["message"]
    assert not Monitor.objects.exists()


def test_making_a_monitor_takes_the_right(world: World, body: dict[str, object]) -> None:
    assert post("monitors/", body, with_token(world, TokenScope.READ))[0] == 403
    assert post("monitors/", body, {})[0] == 401
    answer = world.client(world.bob).post("/api/v1/monitors/", body, content_type="application/json")
    assert answer.status_code == 403
    answer = world.client(world.charlie).post("/api/v1/monitors/", body, content_type="application/json")
    assert answer.status_code == 404


@pytest.fixture
def alert(log: Log, world: World, deployment: Node) -> Alert:
    for day in (2, 1):
        log.write_day(day, shift=0.5)
    check(log.monitor(world.system))
    return Alert.objects.get()


def test_windows_show_every_check(world: World, alert: Alert) -> None:
    found = world.client(world.bob).get("/api/v1/windows/?monitor=churn&state=breach").json()["results"]
    assert [window["rows"] for window in found] == [2000, 2000]
    first = found[0]["checks"][0]
    assert (first["column"], first["state"], first["n_baseline"]) == ("feature_a", "breach", 5000)
    assert first["figures"]["psi"]["value"] > first["figures"]["psi"]["threshold"] == 0.1


@pytest.mark.parametrize("path", ["monitors/churn/", "windows/{window}/", "alerts/{alert}/"])
def test_outsider_sees_nothing(world: World, alert: Alert, path: str) -> None:
    path = "/api/v1/" + path.format(window=alert.window_id, alert=alert.pk)
    codes = [world.client(who).get(path).status_code for who in (world.alice, world.bob, world.charlie, None)]
    assert codes == [200, 200, 404, 401]
    listed = world.client(world.charlie).get(path.rsplit("/", 2)[0] + "/").json()["results"]
    assert listed == []


def test_acknowledging_with_a_note_is_a_decision(world: World, alert: Alert) -> None:
    path = f"/api/v1/alerts/{alert.pk}/acknowledge/"
    asked = {"note": "Retrain on Monday."}
    codes = [
        world.client(who).post(path, asked, content_type="application/json").status_code
        for who in (world.charlie, world.bob, world.alice, world.alice)
    ]
    assert codes == [404, 403, 200, 200]
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.note) == ("alice", "Retrain on Monday.")
    decided = Event.objects.get(kind="alert_decided")
    assert decided.attrs == {"alert": str(alert.pk), "decision": "Retrain on Monday."}


@pytest.mark.parametrize("path", ["monitors/", "windows/", "alerts/"])
def test_lists_cost_the_same_at_any_size(
    world: World, alert: Alert, log: Log, path: str, settings: Settings,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    client = world.client(world.alice)
    with django_assert_max_num_queries(8) as few:
        client.get(f"/api/v1/{path}")
    for number in range(3):
        check(log.monitor(world.system, slug=f"other-{number}", model_version="3"))
    with django_assert_max_num_queries(len(few)):
        assert len(client.get(f"/api/v1/{path}").json()["results"]) >= 4
