"""What every page must be: without accessibility faults, and no wider than its screen."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = ["color-contrast"]
"""What can differ between the themes of one page."""


def violations(page: Page, *, rules: list[str] = LEVELS) -> list[str]:
    """The rules of axe (tags, or names of rules) that the page breaks, with the beginning of each element."""
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def overflow(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width
