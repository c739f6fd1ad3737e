"""The visibility rule of nodes as a piece of SQL for the bounded reads."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet

from core.permissions import Principal
from evidence.models import Node

COLUMNS = ("id", "kind", "uid", "label", "state", "last_seen")


@dataclass(frozen=True, slots=True)
class VisibleNodes:
    """A subselect of the nodes that a principal may see, with its parameters."""

    sql: str
    params: tuple[Any, ...]


def visible_nodes(principal: Principal) -> VisibleNodes | None:
    """`Node.objects.visible_to(principal)` as a subselect; None when it can only be empty."""
    query = Node.objects.visible_to(principal).order_by().values(*COLUMNS).query
    try:
        sql, params = query.sql_with_params()
    except EmptyResultSet:
        return None
    return VisibleNodes(f"({sql})", tuple(params))
