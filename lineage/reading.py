"""What a view says, in one or two sentences."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from evidence.records import NodeKind
from lineage import wording
from lineage.gaps import Gap
from lineage.subgraph import GraphNode, Subgraph


def reading(view: Subgraph, *, gaps: Sequence[Gap]) -> str:
    """Which code and data the focus stands on, what it serves as or feeds, and what is missing."""
    above = [view.nodes[node] for node in sorted(view.ancestors(view.focus), reverse=True)]
    below = [view.nodes[node] for node in sorted(view.descendants(view.focus), reverse=True)]
    sentences = [_origin(above), _use(below), _missing(gaps)]
    return " ".join(sentence for sentence in sentences if sentence) or _around(view)


def _around(view: Subgraph) -> str:
    if len(view.nodes) == 1:
        return gettext("No neighbour of it is known yet.")
    return gettext("Neither code nor data above it, nor a model version below it, is known.")


def _origin(above: Sequence[GraphNode]) -> str:
    code, data = _named(above, NodeKind.COMMIT), _named(above, NodeKind.DATASET_VERSION)
    if code and data:
        return gettext("Made by commit %(code)s from %(data)s.") % {"code": code, "data": data}
    if code:
        return gettext("Made by commit %(code)s.") % {"code": code}
    return gettext("Made from %(data)s.") % {"data": data} if data else ""


def _use(below: Sequence[GraphNode]) -> str:
    deployments = [node for node in below if node.kind == NodeKind.DEPLOYMENT]
    live = [node for node in deployments if node.state == "live"]
    if live:
        return gettext("Live in %(deployments)s.") % {"deployments": _named(live, NodeKind.DEPLOYMENT)}
    versions = sum(node.kind == NodeKind.MODEL_VERSION for node in below)
    if not versions:
        return ""
    return ngettext("Went into %(count)d model version.", "Went into %(count)d model versions.", versions) % {
        "count": versions
    }


def _missing(gaps: Sequence[Gap]) -> str:
    if not gaps:
        return ""
    return ngettext(
        "%(count)d kind of hop is missing.", "%(count)d kinds of hops are missing.", len(gaps)
    ) % {"count": len(gaps)}


def _named(nodes: Sequence[GraphNode], kind: NodeKind) -> str:
    """The first node of a kind by name and how many more there are; empty without any."""
    found = [node for node in nodes if node.kind == kind]
    if not found:
        return ""
    title, detail = wording.title_and_detail(found[0])
    name = detail if kind == NodeKind.COMMIT else title
    if len(found) == 1:
        return name
    more = len(found) - 1
    return ngettext("%(name)s and %(count)d more", "%(name)s and %(count)d more", more) % {
        "name": name,
        "count": more,
    }
