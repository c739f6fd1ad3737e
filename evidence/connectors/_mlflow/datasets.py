"""Dataset inputs of a run: which data, in which snapshot, and how well that snapshot is known."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from evidence.connectors._mlflow.payload import Payload, pairs, parsed, part, rows, text
from evidence.connectors._mlflow.server import Server
from evidence.identity import dataset_uid, dataset_version_uid, normalise_uri, server_key, uid
from evidence.records import EdgeKind, EdgeRecord, Json, NodeKind, NodeRecord, Record, Scope

SIGNED = re.compile(
    r"^(x-amz-.*|x-goog-.*|sig|signature|se|sp|sv|token|access_token|expires)$", re.IGNORECASE
)
"""Query parts of a signed address: they are secrets, and differ for each signing of one object."""


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """One dataset input as MLflow stores it.

    `uri` is empty where the source names no place (data made by code). `version` is what the
    source itself calls this snapshot, where it has immutable versions; MLflow's own `digest` covers
    the first 10,000 rows only and is weak.
    """

    name: str
    digest: str
    context: str
    source_type: str
    uri: str
    version: str
    fields: tuple[tuple[str, str], ...]
    rows: int | None


def dataset_inputs(run: Payload) -> Iterator[DatasetInput]:
    """The dataset inputs of a run payload; without a name and a digest nothing is identified."""
    for item in rows(part(run, "inputs"), "dataset_inputs"):
        dataset = part(item, "dataset")
        if not text(dataset, "name") or not text(dataset, "digest"):
            continue
        uri, version, fields, row_count = _content(
            *(text(dataset, key) for key in ("source", "schema", "profile"))
        )
        yield DatasetInput(
            name=text(dataset, "name"),
            digest=text(dataset, "digest"),
            context=pairs(rows(item, "tags")).get("mlflow.data.context", ""),
            source_type=text(dataset, "source_type"),
            uri=uri,
            version=version,
            fields=fields,
            rows=row_count,
        )


@lru_cache(maxsize=256)
def _content(
    source: str, schema: str, profile: str
) -> tuple[str, str, tuple[tuple[str, str], ...], int | None]:
    """Address, version, fields and row count. MLflow repeats them with each run that reads the dataset."""
    place = parsed(source)
    uri = _address(place)
    return uri, _immutable_version(place, uri), _fields(parsed(schema)), _row_count(parsed(profile))


def _address(source: Payload) -> str:
    """Where the data lies, in one spelling, without credentials and signatures."""
    found = next((text(source, key) for key in ("uri", "url", "path", "table_name") if text(source, key)), "")
    if not found:
        return ""
    try:
        parts = urlsplit(normalise_uri(found))
    except ValueError:
        return ""
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not SIGNED.match(pair[0])]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))


def _immutable_version(source: Payload, uri: str) -> str:
    """A Delta version, a hub revision, an object version or a lakeFS commit; empty when there is none."""
    for key in ("delta_table_version", "revision"):
        if text(source, key):
            return f"{key.removesuffix('_table_version')}:{text(source, key)}"
    versions = [value for key, value in parse_qsl(urlsplit(uri).query) if key.lower() == "versionid"]
    if versions:
        return f"object:{versions[0]}"
    commit = re.match(r"^lakefs://[^/]+/([0-9a-f]{64})/", uri)
    return f"lakefs:{commit[1]}" if commit else ""


def _fields(schema: Payload) -> tuple[tuple[str, str], ...]:
    """(name, type) of each column, or of each tensor."""
    columns = rows(schema, "mlflow_colspec")
    if columns:
        return tuple((text(column, "name"), text(column, "type")) for column in columns)
    spec = part(schema, "mlflow_tensorspec")
    tensors = [(role, tensor) for role in ("features", "targets") for tensor in rows(spec, role)]
    return tuple((text(t, "name") or role, text(part(t, "tensor-spec"), "dtype")) for role, t in tensors)


def _row_count(profile: Payload) -> int | None:
    shape = profile.get("features_shape")
    value: Any = profile.get("num_rows", shape[0] if isinstance(shape, list) and shape else None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def version_uid(item: DatasetInput, *, server: Server, experiment_id: str) -> str:
    """The snapshot's canonical name; without an address it is known within its experiment only."""
    if item.uri:
        return dataset_version_uid(item.uri, f"mlflow:{item.digest}")
    return uid("dataset_version", "mlflow", server_key(server.url), experiment_id, item.name, item.digest)


def as_attrs(item: DatasetInput, *, server: Server, experiment_id: str) -> dict[str, Json]:
    """The entry of a run's `datasets`."""
    return {"uid": version_uid(item, server=server, experiment_id=experiment_id), **_described(item)}


def _described(item: DatasetInput) -> dict[str, Json]:
    fields: list[Json] = [{"name": name, "type": kind} for name, kind in item.fields]
    return {
        "name": item.name,
        "digest": item.digest,
        "context": item.context,
        "source_type": item.source_type,
        "source": item.uri,
        "schema": fields,
        "rows": item.rows,
    }


def dataset_records(
    item: DatasetInput, *, server: Server, experiment_id: str, run: str, scopes: tuple[Scope, ...]
) -> Iterator[Record]:
    """The dataset, its snapshot, and that the run read it."""
    whole = (
        dataset_uid(item.uri)
        if item.uri
        else _named_dataset(item, server=server, experiment_id=experiment_id)
    )
    version = version_uid(item, server=server, experiment_id=experiment_id)
    label = item.uri.rsplit("/", 1)[-1] or item.name
    known: Mapping[str, Json] = {"uri": item.uri, "name": label}
    yield NodeRecord(NodeKind.DATASET, whole, label, attrs=known, scopes=scopes)
    attrs = {**_described(item), "version": item.version or None, "weak": not item.version}
    yield NodeRecord(
        NodeKind.DATASET_VERSION, version, f"{item.name} {item.digest}", attrs=attrs, scopes=scopes
    )
    yield EdgeRecord(version, EdgeKind.VERSION_OF, whole, method="dataset source")
    context: Mapping[str, Json] = {"context": item.context}
    yield EdgeRecord(version, EdgeKind.READ_BY, run, method="run dataset input", attrs=context)


def _named_dataset(item: DatasetInput, *, server: Server, experiment_id: str) -> str:
    return uid("dataset", "mlflow", server_key(server.url), experiment_id, item.name)
