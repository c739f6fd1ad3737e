"""The one sign of a card that matters most now: as text, tone and icon, never colour alone."""

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from evidence.records import NodeKind
from lineage.subgraph import GraphNode


@dataclass(frozen=True, slots=True)
class Chip:
    """A short state. Tone and icon are those of the components."""

    text: str
    tone: str
    icon: str = ""


def chip_of(node: GraphNode) -> Chip | None:
    """The gravest of what is known: gone, alerts, drift, failure, then what serves and what claims to."""
    if node.is_gone:
        return Chip(gettext("gone"), "unknown", "minus")
    if node.alerts:
        text = ngettext("%(count)d alert", "%(count)d alerts", node.alerts) % {"count": node.alerts}
        return Chip(text, "fail", "alert")
    if node.is_drifting:
        return Chip(gettext("drift"), "fail", "alert")
    return _of_state(node) or _of_attrs(node)


def _of_state(node: GraphNode) -> Chip | None:
    match node.state.lower():
        case "failed":
            return Chip(gettext("failed"), "fail", "fail")
        case "running":
            return Chip(gettext("running"), "accent", "sync")
        case "live":
            return Chip(gettext("live"), "met", "met")
        case "superseded":
            return Chip(gettext("superseded"), "unknown")
        case "rolled_back":
            return Chip(gettext("rolled back"), "waived")
    return None


def _of_attrs(node: GraphNode) -> Chip | None:
    aliases = node.attrs.get("aliases")
    if isinstance(aliases, list) and aliases and node.kind == NodeKind.MODEL_VERSION:
        return Chip(str(aliases[0]), "accent")
    if node.attrs.get("git_dirty") in (True, "true"):
        return Chip(gettext("uncommitted changes"), "waived")
    if node.kind == NodeKind.COMMIT and "subject" not in node.attrs:
        return Chip(gettext("not read"), "unknown")
    return None
