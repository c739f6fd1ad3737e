"""The lineage page by keyboard alone."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from evidence.models import Node
from tests.browser.axe import overflow, violations
from tests.browser.conftest import OpenPage
from tests.conftest import World
from tests.lineage.made import a_chain, a_node, link

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def chain(world: World) -> dict[str, Node]:
    """The usual chain; the commit has eight more runs, which name no data."""
    nodes = a_chain(world.system)
    Node.objects.filter(pk=nodes["run"].pk).update(attrs={"params": {"max_depth": "3"}})
    for _ in range(8):
        link(nodes["commit"], "code_of", a_node("run", world.system))
    return nodes


def at(page: Page) -> str:
    """The key of what has the focus."""
    key: str = page.evaluate("document.activeElement.dataset.key ?? ''")
    return key


def to_the_drawing(page: Page) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if at(page):
            return


def walk(page: Page, keys: str) -> str:
    for key in keys.split():
        page.keyboard.press(key)
    return at(page)


def address(node: Node) -> str:
    return reverse("lineage:node", args=[node.pk])


def test_keys_walk_from_deployment_to_commit_and_back(
    world: World, open_page: OpenPage, chain: dict[str, Node]
) -> None:
    page = open_page(address(chain["deployment"]), user=world.alice)
    to_the_drawing(page)
    assert at(page) == str(chain["deployment"].pk)
    assert walk(page, "ArrowLeft ArrowLeft") == str(chain["run"].pk)
    inputs = {str(chain[kind].pk) for kind in ("commit", "dataset_version")}
    assert walk(page, "ArrowLeft") in inputs
    both = [at(page), walk(page, "ArrowUp"), walk(page, "ArrowDown")]
    assert set(both) == inputs
    if at(page) != str(chain["commit"].pk):
        walk(page, "ArrowUp")
    assert at(page) == str(chain["commit"].pk)
    assert walk(page, "ArrowRight ArrowRight ArrowRight") == str(chain["deployment"].pk)


def test_enter_opens_the_panel_and_escape_closes_it(
    world: World, open_page: OpenPage, chain: dict[str, Node]
) -> None:
    page = open_page(address(chain["deployment"]), user=world.alice)
    to_the_drawing(page)
    walk(page, "ArrowLeft ArrowLeft Enter")
    expect(page.locator("#panel-title")).to_contain_text("churn-run-7")
    assert f"select={chain['run'].pk}" in page.url
    page.locator("#panel").get_by_role("link", name="Parameters & metrics").press("Enter")
    expect(page.locator("#panel")).to_contain_text("max_depth")
    assert "tab=numbers" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert at(page) == str(chain["run"].pk)
    assert "select" not in page.url


def test_the_address_holds_the_whole_view(world: World, open_page: OpenPage, chain: dict[str, Node]) -> None:
    page = open_page(
        f"{address(chain['deployment'])}?up=2&select={chain['run'].pk}&tab=why", user=world.alice
    )
    expect(page.locator("#panel")).to_contain_text("run output")
    expect(page.locator("a.node[aria-current]")).to_have_attribute("data-key", str(chain["run"].pk))
    expect(page.locator("a.node:not(.is-missing)")).to_have_count(3)


def test_f_focuses_and_e_expands_and_the_keyboard_stays(
    world: World, open_page: OpenPage, chain: dict[str, Node]
) -> None:
    page = open_page(address(chain["run"]), user=world.alice)
    to_the_drawing(page)
    commit = page.locator(f"a.node[data-key='{chain['commit'].pk}']")
    commit.focus()
    page.keyboard.press("f")
    page.wait_for_url(f"**{address(chain['commit'])}*")
    assert at(page) == str(chain["commit"].pk)
    expect(page.locator("a.node.is-group")).to_have_count(1)
    page.keyboard.press("e")
    page.wait_for_url("**expand=*")
    expect(page.locator("a.node.is-group")).to_have_count(0)
    assert at(page) == str(chain["commit"].pk)
    page.keyboard.press("e")
    expect(page.locator("a.node.is-group")).to_have_count(1)


def test_brackets_change_the_hops_and_the_keyboard_stays(
    world: World, open_page: OpenPage, chain: dict[str, Node]
) -> None:
    page = open_page(address(chain["deployment"]), user=world.alice)
    to_the_drawing(page)
    walk(page, "ArrowLeft")
    page.keyboard.press("[")
    page.wait_for_url("**up=3*")
    assert at(page) == str(chain["model_version"].pk)
    page.keyboard.press("]")
    page.wait_for_url(lambda url: "up=" not in url)


def test_shift_stops_at_the_edge_itself(world: World, open_page: OpenPage, chain: dict[str, Node]) -> None:
    page = open_page(address(chain["deployment"]), user=world.alice)
    to_the_drawing(page)
    edge = f"{chain['model_version'].pk}-deployed_as-{chain['deployment'].pk}"
    assert walk(page, "Shift+ArrowLeft") == edge
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("reported")
    assert walk(page, "ArrowLeft") == str(chain["model_version"].pk)


def test_the_outline_lists_what_is_drawn(world: World, open_page: OpenPage, chain: dict[str, Node]) -> None:
    page = open_page(address(chain["commit"]), user=world.alice)
    drawn = page.locator("a.node").count()
    assert page.locator("table.outline tbody tr").count() == drawn
    gaps = page.locator("a.node.is-missing")
    expect(gaps).to_have_count(1)
    gaps.first.press("Enter")
    expect(page.locator("#panel")).to_contain_text("mlflow.log_input")


def test_figure_is_sound_and_has_no_cloud_button(
    world: World, open_page: OpenPage, chain: dict[str, Node]
) -> None:
    page = open_page(reverse("lineage:figure", args=[chain["deployment"].pk]), user=world.alice)
    expect(page.locator("html")).to_have_attribute("data-charts", "drawn")
    assert page.locator("[data-title*='loud'], [data-title*='hare']").count() == 0
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) <= 0
