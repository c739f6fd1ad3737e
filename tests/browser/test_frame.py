"""The frame of the pages: accessible in both themes, whole on a phone, usable from the keyboard."""

import pytest
from playwright.sync_api import expect

from core.tokens import create_token
from tests.browser.axe import overflow, violations
from tests.browser.conftest import OpenPage
from tests.conftest import World
from tests.factories import MembershipFactory, SourceFactory, SyncFactory, TeamFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
PAGES = ["/reports/", "/account/tokens/", "/sources/", "/sources/mlflow/", "/sources/new/?kind=mlflow"]


@pytest.fixture
def filled(world: World) -> World:
    create_token(team=world.team, name="deploy", by=world.alice)
    blind = {"what": "Deleted runs", "reason": "not_supported", "why": "Hidden.", "remedy": "None."}
    source = SourceFactory.create(slug="mlflow", name="mlflow", team=world.team)
    SyncFactory.create(source=source, blind=[blind])
    MembershipFactory.create(user=world.alice, team=TeamFactory.create())
    return world


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_page_is_accessible(filled: World, open_page: OpenPage, address: str, theme: str) -> None:
    page = open_page(address, user=filled.alice, theme=theme)
    assert page.locator("h1").count() == 1
    assert violations(page) == []


@pytest.mark.parametrize("width", [360, 640])
@pytest.mark.parametrize("address", PAGES)
def test_page_fits_a_phone_and_200_percent(
    filled: World, open_page: OpenPage, address: str, width: int
) -> None:
    assert overflow(open_page(address, user=filled.alice, width=width)) <= 0


def test_sign_in_is_accessible(world: World, open_page: OpenPage) -> None:
    assert violations(open_page("/accounts/login/", user=None)) == []


def test_slash_focuses_the_search(world: World, open_page: OpenPage) -> None:
    page = open_page("/reports/", user=world.alice)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_skip_link_leads_to_the_content(world: World, open_page: OpenPage) -> None:
    page = open_page("/reports/", user=world.alice)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_theme_is_kept(world: World, open_page: OpenPage) -> None:
    page = open_page("/reports/", user=world.alice, theme="light")
    page.get_by_role("button", name="Switch theme").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_menu_closes_with_escape(world: World, open_page: OpenPage) -> None:
    page = open_page("/reports/", user=world.alice)
    summary = page.locator("details.menu > summary")
    summary.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(summary).to_be_focused()


def test_language_switches(world: World, open_page: OpenPage) -> None:
    page = open_page("/reports/", user=world.alice)
    page.locator("details.menu > summary").click()
    page.get_by_label("Language").select_option("ja")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.get_by_role("heading", level=1)).to_have_text("レポート")


def test_team_switch_shows_one_team(filled: World, open_page: OpenPage) -> None:
    page = open_page("/reports/", user=filled.alice)
    page.locator(".topbar > .team-switch select").select_option(filled.team.slug)
    expect(page.locator(".topbar > .team-switch select")).to_have_value(filled.team.slug)
    assert page.url.endswith("/reports/")
