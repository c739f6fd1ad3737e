"""A view as a file: one writer a format, all from the same plain view. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from lineage.exports import graphml, mermaid, openlineage, provenance, table
from lineage.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: how it is called, what it is served as, and what writes it."""

    name: str
    suffix: str
    media_type: str
    write: Callable[[Subgraph], str]


FORMATS = {
    each.name: each
    for each in (
        Format("csv", "csv", "text/csv; charset=utf-8", table.write),
        Format("graphml", "graphml", "application/graphml+xml; charset=utf-8", graphml.write),
        Format("mermaid", "mmd", "text/vnd.mermaid; charset=utf-8", mermaid.write),
        Format("prov-json", "prov.json", "application/json", provenance.write),
        Format("openlineage", "ndjson", "application/x-ndjson", openlineage.write),
    )
}
