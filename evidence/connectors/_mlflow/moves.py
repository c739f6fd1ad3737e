"""What moved in the registry since the last look: MLflow keeps no history of aliases and stages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.connectors._mlflow.payload import moment
from evidence.connectors._mlflow.registry import (
    PRODUCTION_STAGE,
    Claim,
    Model,
    Version,
    claim_records,
    version_stub,
)
from evidence.connectors._mlflow.server import Server
from evidence.connectors.base import Context
from evidence.records import Attrs, EventRecord, Json, NodeKind, NodeRecord, Record


@dataclass(frozen=True, slots=True)
class Before:
    """What the store held of the registry.

    `since` is the start of the last pull that came to its end: empty means never, and what is new to
    us is then no event. It also names this pull, so that one repeated after a failure finds the same
    events again, and a later move of the same kind is another event.
    """

    now: datetime
    since: str
    aliases: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, Mapping[str, Attrs]]

    @classmethod
    def of(cls, context: Context, *, since: Json) -> "Before":
        known = context.known
        return cls(
            now=context.now,
            since=since if isinstance(since, str) and "model_aliases" in known else "",
            aliases={
                name: {alias: str(version) for alias, version in _mapping(aliases).items()}
                for name, aliases in _mapping(known.get("model_aliases")).items()
            },
            versions={
                name: {n: _mapping(attrs) for n, attrs in _mapping(versions).items() if _is_described(attrs)}
                for name, versions in _mapping(known.get("model_versions")).items()
            },
        )

    def version(self, name: str, number: str) -> Attrs | None:
        return self.versions.get(name, {}).get(number)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _is_described(attrs: Json) -> bool:
    """False for a stub: a version that others refer to, of which nothing is known."""
    return bool(_mapping(attrs).get("version"))


def move_records(
    model: Model, *, before: Before, server: Server, environments: Mapping[str, str]
) -> Iterator[Record]:
    """Events of one model, and the deployments that its moves ended.

    They belong into the transaction of the model's own record: that record is what the next look
    compares with.
    """
    yield from _alias_moves(
        model.name, model.aliases, before=before, server=server, environments=environments
    )
    for version in model.versions:
        yield from _stage_move(version, before=before, server=server)


def _alias_moves(
    name: str,
    aliases: Mapping[str, str],
    *,
    before: Before,
    server: Server,
    environments: Mapping[str, str],
) -> Iterator[Record]:
    known = before.aliases.get(name)
    if known is None and not before.since:
        return
    old = known or {}
    for alias in sorted({*old, *aliases}):
        left, right = old.get(alias), aliases.get(alias)
        if left == right:
            continue
        uid = server.model(name)
        yield EventRecord(
            "alias_moved",
            uid,
            before.now,
            dedupe=f"alias_moved:{uid}:{alias}:{left or ''}>{right or ''}:{before.since}",
            attrs={"alias": alias, "from": left, "to": right, "after": before.since or None},
        )
        if left and alias in environments:
            claim = Claim(f"alias {alias}", f"alias:{alias}", environments[alias])
            yield from claim_records((name, left), claim, server=server, ended_at=before.now)


def _stage_move(version: Version, *, before: Before, server: Server) -> Iterator[Record]:
    known = before.version(*version.key)
    old = str((known or {}).get("current_stage") or "None")
    new = version.stage or "None"
    if old == new or (known is None and not before.since):
        return
    uid = server.model_version(*version.key)
    yield EventRecord(
        "stage_moved",
        uid,
        # A change of stage is one of the few that MLflow notes in the version.
        moment(version.payload, "last_updated_timestamp") or before.now,
        dedupe=f"stage_moved:{uid}:{old}>{new}:{before.since}",
        attrs={"from": old, "to": new, "after": before.since or None},
    )
    if old == PRODUCTION_STAGE:
        claim = Claim(f"stage {old}", f"stage:{old}", "production")
        yield from claim_records(version.key, claim, server=server, ended_at=before.now)


def gone_version_records(
    name: str, number: str, *, before: Before, server: Server, environments: Mapping[str, str]
) -> Iterator[Record]:
    """A version that the server no longer has: a tombstone, and the end of what it claimed."""
    yield version_stub(name, number, server=server, gone=True)
    for alias, version in before.aliases.get(name, {}).items():
        if version == number and alias in environments:
            claim = Claim(f"alias {alias}", f"alias:{alias}", environments[alias])
            yield from claim_records((name, number), claim, server=server, ended_at=before.now)


def gone_model_record(name: str, *, server: Server) -> NodeRecord:
    return NodeRecord(NodeKind.MODEL, server.model(name), name, stub=True, gone=True)
