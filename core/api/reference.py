"""The API for people to read: the OpenAPI description as plain rows for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a body."""

    name: str
    type: str
    required: bool
    description: str
    where: str = ""  # path, query, header; empty for a body


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.method}-{self.path}".lower().translate({ord(c): "-" for c in "/{}"}).strip("-")


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one kind of thing."""

    name: str
    operations: tuple[Operation, ...]


def groups(schema: Schema) -> tuple[Group, ...]:
    """All operations by tag, in the order of the description."""
    found: dict[str, list[Operation]] = {}
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                tag = (item[method].get("tags") or ["api"])[0]
                found.setdefault(tag, []).append(_operation(schema, path, method, item[method]))
    return tuple(Group(name, tuple(operations)) for name, operations in found.items())


def _operation(schema: Schema, path: str, method: str, said: Schema) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=said.get("description", "").strip(),
        parameters=tuple(_parameter(schema, each) for each in said.get("parameters", ())),
        body=_fields(schema, _content(said.get("requestBody", {}))),
        answer=_answer(schema, said.get("responses", {})),
    )


def _parameter(schema: Schema, said: Schema) -> Field:
    return Field(
        name=said["name"],
        type=_type(schema, said.get("schema", {})),
        required=bool(said.get("required")),
        description=said.get("description", ""),
        where=said["in"],
    )


def _answer(schema: Schema, responses: Schema) -> tuple[Field, ...]:
    """The fields of the first good answer; of a list, those of one row."""
    good: Schema = next((answer for status, answer in responses.items() if status.startswith("2")), {})
    body = _resolved(schema, _content(good))
    rows = body.get("properties", {}).get("results")
    return _fields(schema, _resolved(schema, rows).get("items", {}) if rows else body)


def _content(said: Schema) -> Schema:
    content: Schema = said.get("content", {}).get("application/json", {}).get("schema", {})
    return content


def _resolved(schema: Schema, said: Schema) -> Schema:
    """Follow a reference, or the single part of an `allOf`."""
    if "$ref" in said:
        resolved: Schema = schema["components"]["schemas"][said["$ref"].rpartition("/")[2]]
        return resolved
    parts = said.get("allOf", ())
    return _resolved(schema, parts[0]) if len(parts) == 1 else said


def _fields(schema: Schema, said: Schema) -> tuple[Field, ...]:
    body = _resolved(schema, said)
    required = set(body.get("required", ()))
    return tuple(
        Field(
            name=name,
            type=_type(schema, each),
            required=name in required and not each.get("readOnly"),
            description=each.get("description", ""),
        )
        for name, each in body.get("properties", {}).items()
    )


def _type(schema: Schema, said: Schema) -> str:
    resolved = _resolved(schema, said)
    if "enum" in resolved:
        return " | ".join(str(value) for value in resolved["enum"] if value is not None)
    if resolved.get("type") == "array":
        return f"list of {_type(schema, resolved.get('items', {}))}"
    kind = resolved.get("format") or resolved.get("type") or "any"
    return str(kind)
