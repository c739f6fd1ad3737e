"""Finds nodes by the beginning of their name, version, SHA or id, and systems by name.

Each kind of node is looked up by itself through the index on (kind, lower-case label), so that 100,000
runs with the same beginning cannot hide a model. The last part of a node's canonical name is what its
own system calls it (SHA, run id, digest) and has an index too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from core.models import System
from core.permissions import Principal
from evidence.models import Node
from evidence.records import NodeKind
from lineage.visible import VisibleNodes, visible_nodes

ORDER = (
    NodeKind.MODEL, NodeKind.MODEL_VERSION, NodeKind.DEPLOYMENT, NodeKind.ENDPOINT, NodeKind.DATASET,
    NodeKind.DATASET_VERSION, NodeKind.FEATURE_VIEW, NodeKind.FEATURE_SERVICE, NodeKind.PIPELINE,
    NodeKind.PIPELINE_VERSION, NodeKind.PIPELINE_RUN, NodeKind.SCHEDULE, NodeKind.EXPERIMENT, NodeKind.RUN,
    NodeKind.LOGGED_MODEL, NodeKind.COMMIT, NodeKind.REPOSITORY, NodeKind.IMAGE,
)  # fmt: skip
"""The kinds that are searched, in the order in which they are shown."""
OF_A_KIND = 8
SHORTEST_ID = 4
LONGEST = 200
_VERSION = re.compile(r"^(?P<name>.+?)[\s/:@]+v?(?P<version>\d+)$", re.IGNORECASE)
_ID = re.compile(r"^[\w.-]+$")

_BY_LABEL = """
(SELECT node.id FROM unnest(%s::text[]) AS wanted(kind) CROSS JOIN LATERAL (
    SELECT node.id FROM {visible} AS node
    WHERE node.kind = wanted.kind AND lower(node.label) LIKE %s
    ORDER BY lower(node.label) USING ~<~ LIMIT %s
) AS node)
"""
_BY_ID = """
(SELECT node.id FROM {visible} AS node WHERE split_part(node.uid, ':', -1) LIKE %s
 ORDER BY split_part(node.uid, ':', -1) USING ~<~ LIMIT %s)
"""


@dataclass(frozen=True, slots=True)
class Results:
    """What was found: systems, and nodes grouped by kind."""

    query: str
    systems: tuple[System, ...] = ()
    nodes: tuple[tuple[str, tuple[Node, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.systems or self.nodes)


def search(text: str, *, principal: Principal) -> Results:
    """Systems and nodes that the principal may see, by what their names begin with."""
    query = " ".join(text.split())[:LONGEST]
    visible = visible_nodes(principal)
    if not query or visible is None:
        return Results(query)
    by_kind: dict[str, list[Node]] = {}
    for node in _nodes(query, visible):
        by_kind.setdefault(node.kind, []).append(node)
    order = {kind.value: place for place, kind in enumerate(ORDER)}
    kinds = sorted(by_kind, key=lambda kind: order.get(kind, len(order)))
    return Results(query, _systems(query, principal), tuple((kind, tuple(by_kind[kind])) for kind in kinds))


def found_nodes(text: str, *, principal: Principal) -> list[Node]:
    """The nodes of a search in one list, in the order in which they are shown."""
    return [node for _kind, nodes in search(text, principal=principal).nodes for node in nodes]


def _systems(query: str, principal: Principal) -> tuple[System, ...]:
    named = Q(name__icontains=query) | Q(slug__icontains=query)
    return tuple(System.objects.visible_to(principal).filter(named).select_related("team")[:OF_A_KIND])


def _nodes(query: str, visible: VisibleNodes) -> Sequence[Node]:
    ids = _ids(query, visible)
    nodes = Node.objects.filter(pk__in=ids).defer("attrs").select_related("system")
    exact = query.lower()
    return sorted(nodes, key=lambda node: (node.label.lower() != exact, node.label.lower(), -node.pk))


def _ids(query: str, visible: VisibleNodes) -> list[int]:
    """Ids by label and by own id, all in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for kinds, prefix in _labels(query):
        parts.append(_BY_LABEL.format(visible=visible.sql))
        params += [kinds, *visible.params, _like(prefix), OF_A_KIND]
    if len(query) >= SHORTEST_ID and _ID.match(query):
        parts.append(_BY_ID.format(visible=visible.sql))
        params += [*visible.params, _like(query.lower()), OF_A_KIND]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(parts), params)
        return [row[0] for row in cursor.fetchall()]


def _labels(query: str) -> list[tuple[list[str], str]]:
    """Kinds and the lower-case beginning of their labels; "churn/3" also means the version "churn v3"."""
    labels = [([kind.value for kind in ORDER], query.lower())]
    version = _VERSION.match(query)
    if version:
        label = f"{version['name']} v{version['version']}".lower()
        labels += [([NodeKind.MODEL_VERSION.value], label)] * (label != query.lower())
    return labels


def _like(prefix: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", prefix) + "%"
