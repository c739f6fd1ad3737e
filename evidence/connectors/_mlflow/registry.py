"""The model registry: payloads -> records, and what moved since the last look."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.connectors._mlflow.mlmodel import SignatureState
from evidence.connectors._mlflow.payload import Payload, moment, pairs, plain, rows, text
from evidence.connectors._mlflow.server import Server
from evidence.connectors._mlflow.tracking import commit_records, kept_tags, logged_model_stub, run_stub
from evidence.identity import artifact_alias, deployment_uid, endpoint_uid
from evidence.records import (
    Confidence,
    EdgeKind,
    EdgeRecord,
    EventRecord,
    Json,
    NodeKind,
    NodeRecord,
    Record,
    Scope,
)

PROMPT = "mlflow.prompt.is_prompt"
LOGGED_MODEL = re.compile(r"^models:/(m-[0-9a-f]+)$")
OTHER_VERSION = re.compile(r"^models:/([^/]+)/(\d+)$")
PRODUCTION_STAGE = "Production"


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says in the registry that a version is in an environment: by an alias, or by its stage."""

    by: str  # "alias champion", "stage Production"
    target: str  # "alias:champion", "stage:Production"
    environment: str


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version as the registry lists it, with its aliases and what they claim."""

    payload: Payload
    aliases: tuple[str, ...]
    claims: tuple[Claim, ...]

    @property
    def name(self) -> str:
        return text(self.payload, "name")

    @property
    def number(self) -> str:
        return text(self.payload, "version")

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.number

    @property
    def stage(self) -> str:
        return text(self.payload, "current_stage")

    @property
    def source(self) -> str:
        return text(self.payload, "source")

    @property
    def run_id(self) -> str:
        return text(self.payload, "run_id")

    @property
    def model_id(self) -> str:
        """The logged model (MLflow 3) that was registered; empty where an artifact was."""
        found = LOGGED_MODEL.match(self.source)
        return text(self.payload, "model_id") or (found[1] if found else "")

    @property
    def in_production(self) -> bool:
        return any(claim.environment == "production" for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read from a version's artifacts."""

    signature: Json = None
    state: SignatureState = SignatureState.UNREADABLE
    requirements: Json = None


@dataclass(frozen=True, slots=True)
class Model:
    """A registered model with its versions, oldest first."""

    payload: Payload
    versions: tuple[Version, ...] = ()

    @property
    def name(self) -> str:
        return text(self.payload, "name")

    @property
    def aliases(self) -> dict[str, str]:
        return aliases_of(self.payload)


def aliases_of(model: Payload) -> dict[str, str]:
    return {text(row, "alias"): text(row, "version") for row in rows(model, "aliases")}


def is_prompt(payload: Payload) -> bool:
    """Prompts share the registry's tables; they are no models."""
    return pairs(rows(payload, "tags")).get(PROMPT, "").lower() == "true"


def assembled(
    models: Sequence[Payload], versions: Sequence[Payload], *, environments: Mapping[str, str]
) -> list[Model]:
    """Models with their versions; `environments` maps an alias to the environment that it claims.

    The listing of versions carries no aliases, so they are joined here from the models.
    """
    listed = {text(model, "name"): model for model in models if text(model, "name")}
    found: dict[str, list[Version]] = {name: [] for name, model in listed.items() if not is_prompt(model)}
    for payload in versions:
        name = text(payload, "name")
        if name not in found or is_prompt(payload) or not text(payload, "version"):
            continue
        aliases = tuple(
            sorted(a for a, v in aliases_of(listed[name]).items() if v == text(payload, "version"))
        )
        claims = (*_alias_claims(aliases, environments), *_stage_claims(payload))
        found[name].append(Version(payload, aliases, claims))
    return [
        Model(listed[name], tuple(sorted(items, key=lambda v: (len(v.number), v.number))))
        for name, items in sorted(found.items())
    ]


def _alias_claims(aliases: Sequence[str], environments: Mapping[str, str]) -> Iterator[Claim]:
    for alias in aliases:
        if alias in environments:
            yield Claim(f"alias {alias}", f"alias:{alias}", environments[alias])


def _stage_claims(version: Payload) -> Iterator[Claim]:
    if text(version, "current_stage") == PRODUCTION_STAGE:
        yield Claim(f"stage {PRODUCTION_STAGE}", f"stage:{PRODUCTION_STAGE}", "production")


def shared_sources(models: Sequence[Model]) -> frozenset[str]:
    """Artifact addresses that several versions were registered from: no strong key of any of them."""
    counts = Counter(version.source for model in models for version in model.versions)
    return frozenset(source for source, count in counts.items() if count > 1)


def model_record(model: Model, *, server: Server) -> NodeRecord:
    return NodeRecord(
        NodeKind.MODEL,
        server.model(model.name),
        model.name,
        url=server.model_link(model.name),
        started_at=moment(model.payload, "creation_timestamp"),
        attrs={
            "name": model.name,
            "description": text(model.payload, "description"),
            "tags": kept_tags(pairs(rows(model.payload, "tags"))),
            "aliases": plain(model.aliases),
        },
        scopes=(Scope("model", model.name),),
    )


def version_records(
    version: Version, contents: Contents, *, server: Server, shared: frozenset[str] = frozenset()
) -> Iterator[Record]:
    """A version, what it was made from, and where somebody says it is deployed."""
    uid, tags = server.model_version(*version.key), pairs(rows(version.payload, "tags"))
    created = moment(version.payload, "creation_timestamp")
    yield NodeRecord(
        NodeKind.MODEL_VERSION,
        uid,
        f"{version.name} v{version.number}",
        url=server.model_version_link(*version.key),
        state=text(version.payload, "status"),
        started_at=created,
        attrs=_version_attrs(version, contents, tags=tags),
        aliases=_artifact_aliases(version, shared),
        scopes=(Scope("model", version.name),),
    )
    yield EdgeRecord(uid, EdgeKind.VERSION_OF, server.model(version.name), method="model version name")
    if created:
        registered = f"version_registered:{uid}"
        yield EventRecord("version_registered", uid, created, dedupe=registered, actor=_actor(version))
    yield from _origins(version, server=server)
    yield from commit_records(tags, effect=uid, on="model version tag")
    for claim in version.claims:
        yield from claim_records(version.key, claim, server=server)


def _actor(version: Version) -> str:
    return text(version.payload, "user_id")


def _version_attrs(version: Version, contents: Contents, *, tags: Mapping[str, str]) -> dict[str, Json]:
    aliases: list[Json] = list(version.aliases)
    claims: list[Json] = [{"by": claim.by, "environment": claim.environment} for claim in version.claims]
    return {
        "name": version.name,
        "version": version.number,
        "run_id": version.run_id,
        "model_id": version.model_id,
        "source": version.source,
        "current_stage": version.stage,
        "description": text(version.payload, "description"),
        "tags": kept_tags(tags),
        "aliases": aliases,
        "signature": contents.signature,
        "signature_state": contents.state.value,
        "requirements": contents.requirements,
        "production": version.in_production,
        "claims": claims,
    }


def _artifact_aliases(version: Version, shared: frozenset[str]) -> tuple[str, ...]:
    if not version.source or version.source in shared or version.source.startswith("models:"):
        return ()
    return (artifact_alias(version.source),)


def _origins(version: Version, *, server: Server) -> Iterator[Record]:
    """The logged model, the copied version or the run that a version was registered from."""
    uid, copied = server.model_version(*version.key), OTHER_VERSION.match(version.source)
    if version.model_id:
        yield logged_model_stub(version.model_id, server=server)
        model = server.logged_model(version.model_id)
        yield EdgeRecord(model, EdgeKind.REGISTERED_AS, uid, method="model version source")
    if copied:
        yield version_stub(copied[1], copied[2], server=server)
        origin = server.model_version(copied[1], copied[2])
        yield EdgeRecord(origin, EdgeKind.PROMOTED_TO, uid, method="model version source")
    elif version.run_id and not version.model_id:
        yield run_stub(version.run_id, server=server)
        yield EdgeRecord(server.run(version.run_id), EdgeKind.WROTE, uid, method="model version run_id")


def version_stub(name: str, number: str, *, server: Server, gone: bool = False) -> NodeRecord:
    uid = server.model_version(name, number)
    return NodeRecord(NodeKind.MODEL_VERSION, uid, f"{name} v{number}", stub=True, gone=gone)


def claim_records(
    key: tuple[str, str], claim: Claim, *, server: Server, ended_at: datetime | None = None
) -> Iterator[Record]:
    """A declared deployment. With `ended_at` it is superseded: the claim was seen gone at that moment."""
    name, number = key
    state = "superseded" if ended_at else "live"
    uid = deployment_uid(name, claim.environment, claim.target, number)
    endpoint = endpoint_uid(name, claim.environment, claim.target)
    place: dict[str, Json] = {"environment": claim.environment, "target": claim.target}
    scopes = (Scope("model", name),)
    label = f"{name} in {claim.environment} (by {claim.by})"
    link = server.model_link(name)
    yield NodeRecord(NodeKind.ENDPOINT, endpoint, label, url=link, attrs=place, scopes=scopes)
    yield NodeRecord(
        NodeKind.DEPLOYMENT,
        uid,
        f"{name} v{number} in {claim.environment}",
        url=server.model_version_link(name, number),
        state=state,
        ended_at=ended_at,
        attrs={
            **place,
            "traffic_percent": None,
            "status": state,
            "image": None,
            "git_commit": None,
            "model": {"name": name, "version": number},
            "how": "declared",
            "external_id": "",
        },
        scopes=scopes,
    )
    version = server.model_version(name, number)
    declared = Confidence.DECLARED
    yield EdgeRecord(version, EdgeKind.DEPLOYED_AS, uid, method=f"registry {claim.by}", confidence=declared)
    yield EdgeRecord(uid, EdgeKind.SERVED_BY, endpoint, method=f"registry {claim.by}", confidence=declared)
