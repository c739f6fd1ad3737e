"""Card slots: where one app shows something on another app's page without importing it.

An app registers in its `AppConfig.ready` the dotted path of a function that, given the request and
the slot's subject, returns a template and its context, or None to show nothing. Paths rather than
functions, so that starting a command does not import every page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe


class Slot(StrEnum):
    """The places that take cards, and their subjects."""

    OVERVIEW_TOP = "overview.top"  # subject: None
    OVERVIEW_SIDE = "overview.side"  # subject: None
    SYSTEM_SIDE = "system.side"  # subject: core.System
    NODE_PANEL = "node.panel"  # subject: evidence.Node
    SOURCE_SIDE = "source.side"  # subject: evidence.Source
    REPORTS = "reports"  # subject: None
    TOPBAR = "frame.topbar"  # subject: None


@dataclass(frozen=True, slots=True)
class Card:
    """What to draw: a template and its context."""

    template: str
    context: Mapping[str, Any]


CardMaker = Callable[[HttpRequest, Any], Card | None]
_makers: dict[Slot, dict[str, int]] = {slot: {} for slot in Slot}


def register(slot: Slot, maker: str, *, order: int = 100) -> None:
    """Show the card that the function at the dotted path `maker` makes; lower orders come first."""
    _makers[slot][maker] = order


def render(request: HttpRequest, slot: Slot, subject: Any) -> SafeString:
    """All cards of a slot as HTML."""
    cards = [_make(path, request, subject) for path in sorted(_makers[slot], key=_makers[slot].__getitem__)]
    return mark_safe(  # noqa: S308 (every part comes out of the template engine)
        "".join(render_to_string(card.template, dict(card.context), request) for card in cards if card)
    )


def _make(path: str, request: HttpRequest, subject: Any) -> Card | None:
    maker: CardMaker = import_string(path)
    return maker(request, subject)
