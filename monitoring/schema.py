"""Schemas from three places: an MLflow signature, a Parquet footer, rows of JSON."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

from monitoring.dtypes import Span
from monitoring.parquet import Column

MLFLOW_DTYPES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "str": "string",
}
MAX_SIGNATURE_CHARACTERS = 5_000_000
MAX_TENSOR_COLUMNS = 5_000


class SignatureError(Exception):
    """A stored signature cannot be read; the message says why and what to do."""


class Transport(StrEnum):
    """How received values travel, which decides what of their schema can be seen."""

    TYPED = "typed"  # named columns with types: Parquet, Arrow, binary tensors
    JSON = "json"  # named values, numbers without a width
    POSITIONAL = "positional"  # types but no names, as CSV without a header or a matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a schema. `required` of a received column: every row holds it."""

    name: str
    dtype: str
    required: bool = True
    values: Span | None = None  # of an untyped number


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Columns in order. `is_unnamed`: they are matched by place; `is_open`: any number of the one field."""

    fields: tuple[Field, ...]
    transport: Transport = Transport.TYPED
    is_unnamed: bool = False
    is_open: bool = False

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    def described(self) -> str:
        """`[a, b] (float32)` when all types are equal, else `[a (int64), b (float32)]`."""
        dtypes = {field.dtype for field in self.fields}
        if len(dtypes) == 1:
            names = ", ".join(field.name for field in self.fields)
            return f"[{names}] ({dtypes.pop()})"
        return "[" + ", ".join(f"{field.name} ({field.dtype})" for field in self.fields) + "]"


def schema_of_signature(inputs: str) -> Schema:
    """The expected schema from `signature.inputs` of an MLmodel file, a list written as JSON."""
    if len(inputs) > MAX_SIGNATURE_CHARACTERS:
        raise SignatureError(
            "The signature is longer than 5 MB. Log the model with a signature of its columns."
        )
    try:
        specs = json.loads(inputs)
    except (ValueError, RecursionError) as error:
        raise SignatureError(f"The signature is not JSON ({error}). Log the model again.") from error
    if not isinstance(specs, list) or not specs or not all(isinstance(spec, dict) for spec in specs):
        raise SignatureError("The signature lists no inputs. Log the model with `infer_signature`.")
    if len(specs) == 1 and specs[0].get("type") == "tensor" and not specs[0].get("name"):
        return _unnamed_tensor(specs[0])
    unnamed = not any(spec.get("name") for spec in specs)
    return Schema(
        fields=tuple(_expected_field(spec, place=place) for place, spec in enumerate(specs, start=1)),
        is_unnamed=unnamed,
    )


def schema_of_columns(columns: Iterable[Column]) -> Schema:
    """The received schema from a Parquet footer."""
    return Schema(fields=tuple(Field(name=column.name, dtype=column.dtype) for column in columns))


def schema_of_rows(rows: Sequence[Mapping[str, object]]) -> Schema:
    """The received schema of decoded JSON rows, in order of first appearance."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Schema(fields=tuple(_received_field(name, rows) for name in names), transport=Transport.JSON)


def _expected_field(spec: Mapping[str, object], *, place: int) -> Field:
    required = spec.get("required", not spec.get("optional", False))
    return Field(name=str(spec.get("name") or f"column {place}"), dtype=_dtype(spec), required=bool(required))


def _dtype(spec: Mapping[str, object]) -> str:
    kind = spec.get("type")
    tensor = spec.get("tensor-spec")
    if kind == "tensor" and isinstance(tensor, dict):
        dtype = str(tensor.get("dtype"))
        return MLFLOW_DTYPES.get(dtype, "string" if dtype.startswith(("<U", "|S", "object")) else dtype)
    if not isinstance(kind, str):
        raise SignatureError(f"The signature names no type for {spec.get('name')}. Log the model again.")
    lowered = kind.lower()
    return MLFLOW_DTYPES.get(lowered, lowered)


def _unnamed_tensor(spec: Mapping[str, object]) -> Schema:
    tensor = spec.get("tensor-spec")
    shape = tensor.get("shape") if isinstance(tensor, dict) else None
    width = shape[1] if isinstance(shape, list) and len(shape) == 2 else None
    known = isinstance(width, int) and 0 < width <= MAX_TENSOR_COLUMNS
    count = width if known and isinstance(width, int) else 1
    dtype = _dtype(spec)
    fields = tuple(Field(name=f"column {place}", dtype=dtype) for place in range(1, count + 1))
    return Schema(fields=fields, is_unnamed=True, is_open=not known)


def _received_field(name: str, rows: Sequence[Mapping[str, object]]) -> Field:
    values = [row[name] for row in rows if name in row]
    kinds = {_json_kind(value) for value in values} - {"null"}
    dtype = kinds.pop() if len(kinds) == 1 else ("mixed" if kinds else "null")
    return Field(
        name=name,
        dtype=dtype,
        required=len(values) == len(rows),
        values=_span(values) if dtype == "number" else None,
    )


def _json_kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _span(values: Sequence[object]) -> Span | None:
    numbers = [value for value in values if isinstance(value, int) or _is_finite(value)]
    if not numbers:
        return None
    whole = all(value == int(value) for value in numbers)
    return Span(low=min(numbers), high=max(numbers), whole=whole)


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, float) and math.isfinite(value)
