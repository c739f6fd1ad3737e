"""Container images of the host's own registry as records: which commits do their tags name? Pure."""

import re

from evidence.connectors._github.place import Place
from evidence.connectors._github.workflows import commit_stub
from evidence.connectors._reading import integer_at, mapping, moment_at, text_at, texts_at
from evidence.identity import commit_uid, uid
from evidence.records import EdgeKind, EdgeRecord, Json, NodeKind, NodeRecord, Record

SHA = re.compile(r"(?<![0-9a-f])([0-9a-f]{40})(?![0-9a-f])")
"""A full commit in a tag, as in sha-0123… ; a short one proves nothing."""


def image_records(payload: Json, *, package: str, place: Place) -> tuple[Record, ...]:
    """One version of a container package, and the commits it was built from."""
    tags = texts_at(mapping(payload, "metadata", "container"), "tags")
    revisions = sorted({match for tag in tags for match in SHA.findall(tag.lower())})
    digest = text_at(payload, "name") or str(integer_at(payload, "id"))
    made = moment_at(payload, "created_at")
    node = NodeRecord(
        kind=NodeKind.IMAGE,
        uid=uid("image", registry_of(place), f"{place.owner}/{package}", digest),
        label=f"{package}:{tags[0]}" if tags else f"{package}@{digest[:19]}",
        url=text_at(payload, "html_url"),
        started_at=made,
        ended_at=made,
        attrs={
            "name": f"{place.owner}/{package}",
            "digest": digest,
            "tags": list(tags),
            "revisions": list(revisions),
        },
        scopes=place.scopes,
    )
    edges = [
        record
        for sha in revisions
        for record in (
            commit_stub(sha),
            EdgeRecord(commit_uid(sha), EdgeKind.CODE_OF, node.uid, "tag of the image"),
        )
    ]
    return (node, *edges)


def registry_of(place: Place) -> str:
    host = place.url.split("/")[2]
    return "ghcr.io" if host.endswith("github.com") else f"containers.{host}"
