"""The MLmodel file and the requirements that lie beside it: text -> facts. Nothing is executed."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from evidence.records import Json

MAX_BYTES = 1024 * 1024
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SignatureState(StrEnum):
    READ = "read"
    ABSENT = "absent"  # the MLmodel file was read, and it has no signature
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Signature:
    """A model's inputs, outputs and parameters, each the JSON text that MLflow wrote, or None."""

    inputs: str | None
    outputs: str | None
    params: str | None

    def as_json(self) -> dict[str, Json]:
        return {"inputs": self.inputs, "outputs": self.outputs, "params": self.params}


class MlmodelError(ValueError):
    """This is no MLmodel file; the message is a sentence."""


def read_signature(body: bytes) -> Signature | None:
    """The signature in an MLmodel file, or None where the model was logged without one."""
    if len(body) > MAX_BYTES:
        raise MlmodelError(f"The MLmodel file is larger than {MAX_BYTES // 1024} KiB.")
    try:
        content: Any = yaml.load(body, Loader=LOADER)  # noqa: S506 (a safe loader, in C where there is one)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise MlmodelError(f"The MLmodel file is no YAML: {' '.join(str(error).split())[:200]}.") from None
    if not isinstance(content, dict) or "flavors" not in content:
        raise MlmodelError("The file in the MLmodel's place is no MLmodel file: it lists no flavors.")
    found = content.get("signature")
    if not isinstance(found, dict):
        return None
    return Signature(*(_json_text(found.get(key)) for key in ("inputs", "outputs", "params")))


def _json_text(value: object) -> str | None:
    """MLflow writes JSON text; a plain YAML list means the same."""
    if value is None or isinstance(value, str):
        return value
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return None


def read_requirements(body: bytes) -> list[str]:
    """The requirement lines of a requirements.txt, without comments and blank lines."""
    lines = body[:MAX_BYTES].decode(errors="replace").splitlines()
    found = (line.split(" #")[0].strip() for line in lines)
    return [line for line in found if line and not line.startswith("#")]
