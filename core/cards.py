"""Card slots: where one app shows something on another app's page without importing it.

An app registers in its `AppConfig.ready` a function that, given the request and the slot's
subject, returns a template and its context, or None to show nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
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
    template: str
    context: Mapping[str, Any]


CardMaker = Callable[[HttpRequest, Any], Card | None]
_makers: dict[Slot, list[tuple[int, CardMaker]]] = {slot: [] for slot in Slot}


def register(slot: Slot, maker: CardMaker, *, order: int = 100) -> None:
    """Show `maker`'s card in `slot`; lower orders come first. Registering twice does nothing."""
    if all(known is not maker for _, known in _makers[slot]):
        _makers[slot].append((order, maker))
        _makers[slot].sort(key=lambda entry: entry[0])


def render(request: HttpRequest, slot: Slot, subject: Any) -> SafeString:
    """All cards of a slot as HTML."""
    cards = [maker(request, subject) for _, maker in _makers[slot]]
    return mark_safe(  # noqa: S308 (every part comes out of the template engine)
        "".join(render_to_string(card.template, dict(card.context), request) for card in cards if card)
    )
