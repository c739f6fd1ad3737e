"""The connectors found in this folder."""

import functools
from collections.abc import Mapping

import evidence.connectors as folder
from core.registry import only_subclass, scan
from evidence.connectors.base import Connector

NO_CONNECTORS = frozenset({"base", "found"})


@functools.cache
def connectors() -> Mapping[str, type[Connector]]:
    """Connector classes by kind, which is the name of their file."""
    return scan(folder, only_subclass(Connector), skip=NO_CONNECTORS)  # type: ignore[type-abstract]
