"""Connectors: one file each, found by a scan of this folder.

A connector reads one kind of source and yields pages of records. It knows nothing of the database.
"""

from evidence.connectors.base import Capability, Check, Connector, ConnectorError, Context, Setting

__all__ = ["Capability", "Check", "Connector", "ConnectorError", "Context", "Setting"]
