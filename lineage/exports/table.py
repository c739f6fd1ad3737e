"""The edges of a view as CSV (RFC 4180), a line an edge."""

import csv
import io

from lineage.subgraph import Subgraph

HEAD = (
    "cause_kind",
    "cause",
    "cause_uid",
    "edge",
    "effect_kind",
    "effect",
    "effect_uid",
    "method",
    "confidence",
)
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""


def write(view: Subgraph) -> str:
    """One line an edge, cause before effect."""
    sheet = io.StringIO()
    lines = csv.writer(sheet)
    lines.writerow(HEAD)
    for edge in view.edges:
        cause, effect = (view.nodes[end] for end in edge.ends)
        line = (cause.kind, cause.label, cause.uid, edge.kind, effect.kind, effect.label, effect.uid)
        lines.writerow(_harmless(cell) for cell in (*line, edge.method, edge.confidence))
    return sheet.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(RISKY) else cell
