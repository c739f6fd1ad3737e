"""What lies in a version's artifacts: its signature, and the requirements of what is in production."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from core.http import Client, Fault, HttpError
from evidence.connectors._mlflow.api import Api, artifact_at, artifact_of_model, artifact_of_version
from evidence.connectors._mlflow.faults import PASSING, blindness
from evidence.connectors._mlflow.mlmodel import (
    MlmodelError,
    SignatureState,
    read_requirements,
    read_signature,
)
from evidence.connectors._mlflow.registry import Contents, Version
from evidence.records import Attrs, Blindness, BlindReason, Json

GIVE_UP_AFTER = 5
"""So many versions in a row without a readable file, and this pull asks for no more of them."""


@dataclass
class ContentsReader:
    """Reads artifacts version by version; what was read before is not read again: it cannot change.

    `artifact_uris` are those of logged models, by id. `blind` collects what could not be read.
    """

    api: Api
    artifact_uris: Mapping[str, str]
    blind: list[Blindness] = field(default_factory=list)
    failures: int = 0
    skipped: int = 0

    def read(self, version: Version, *, before: Attrs | None) -> Contents:
        contents = _remembered(before) or self._signature(version)
        if not version.in_production or contents.requirements is not None:
            return contents
        return replace(contents, requirements=self._requirements(version))

    def reported(self) -> tuple[Blindness, ...]:
        """What could not be read since the last call, and how much was not tried any more."""
        found, self.blind = list(self.blind), []
        if self.skipped:
            found.append(_given_up(self.skipped))
            self.skipped = 0
        return tuple(found)

    def _signature(self, version: Version) -> Contents:
        if self.failures >= GIVE_UP_AFTER:
            self.skipped += 1
            return Contents()
        try:
            signature = read_signature(self._file(version, "MLmodel"))
        except (HttpError, MlmodelError) as error:
            self.failures += 1
            self.blind.append(_unreadable(version, error))
            return Contents()
        self.failures = 0
        if signature is None:
            return Contents(state=SignatureState.ABSENT)
        return Contents(signature=signature.as_json(), state=SignatureState.READ)

    def _requirements(self, version: Version) -> Json:
        if self.failures >= GIVE_UP_AFTER:
            return None
        try:
            lines: list[Json] = list(read_requirements(self._file(version, "requirements.txt")))
        except HttpError as error:
            if error.fault is not Fault.NOT_FOUND:
                what = f"The requirements of {version.name} v{version.number} could not be read."
                scope = f"requirements:{version.name}/{version.number}"
                self.blind.append(blindness(error, what=what, scope=scope))
            return None
        return lines

    def _file(self, version: Version, path: str) -> bytes:
        """The first route that answers; the first fault tells why none did."""
        first: HttpError | None = None
        for route in self._routes(version, path):
            try:
                body = route(self.api.files)
            except HttpError as error:
                first = first or error
                if error.fault in {Fault.UNREACHABLE, Fault.TIMEOUT}:
                    raise
                continue
            if body.lstrip()[:1] != b"<":
                return body
            page = "The server answered a web page in the file's place (a sign-in or a proxy in between?)."
            first = first or HttpError(Fault.NOT_JSON, page)
        raise first or HttpError(Fault.NOT_FOUND, "The server names no place of this version's files.")

    def _routes(self, version: Version, path: str) -> Iterator[Callable[[Client], bytes]]:
        """By the version, by the artifact proxy, by the logged model: servers differ in what they offer."""
        name, number, model = version.name, version.number, version.model_id
        yield lambda client: artifact_of_version(client, name=name, version=number, path=path)
        uri = self.artifact_uris.get(model) or self._download_uri(name, number)
        if uri.startswith("mlflow-artifacts:"):
            yield lambda client: artifact_at(client, uri=uri, path=path)
        if model:
            yield lambda client: artifact_of_model(client, model_id=model, path=path)

    def _download_uri(self, name: str, number: str) -> str:
        try:
            return self.api.download_uri(name, number)
        except HttpError as error:
            if error.fault in PASSING:
                raise
            return ""


def _remembered(before: Attrs | None) -> Contents | None:
    """What an earlier pull read, where it could read."""
    state = (before or {}).get("signature_state")
    if before is None or state not in {SignatureState.READ.value, SignatureState.ABSENT.value}:
        return None
    return Contents(before.get("signature"), SignatureState(str(state)), before.get("requirements"))


def _unreadable(version: Version, error: HttpError | MlmodelError) -> Blindness:
    what = f"The signature of {version.name} v{version.number} could not be read."
    scope = f"signature:{version.name}/{version.number}"
    if isinstance(error, HttpError):
        return blindness(error, what=what, scope=scope)
    remedy = "Log the model again; its MLmodel file is damaged or was replaced."
    return Blindness(what, BlindReason.COLLECTOR_FAILED, str(error), remedy, scope)


def _given_up(skipped: int) -> Blindness:
    return Blindness(
        f"The signatures of {skipped:,} further versions were not read.",
        BlindReason.COLLECTOR_FAILED,
        f"Those of {GIVE_UP_AFTER} versions before them could not be read either.",
        "See the reasons given for those versions; the next sync tries all of them again.",
        "signatures",
    )
