"""What a new signature breaks for callers of the old one. Pure."""

from maturity.facts import ModelVersion

WIDER = frozenset({("integer", "long"), ("integer", "double"), ("float", "double")})
"""(old, new) types of an input where the new one takes every value of the old one, as MLflow checks them."""


def breaking_changes(old: ModelVersion, new: ModelVersion) -> list[str]:
    """What a caller of the old version could not rely on any more.

    Signature fields are (name, type, required). Removed, renamed and narrowed inputs break, and so do
    changed outputs; new optional inputs, wider types and new outputs break nothing.
    """
    return [*_removed(old, new), *_narrowed(old, new), *_newly_required(old, new), *_outputs(old, new)]


def _removed(old: ModelVersion, new: ModelVersion) -> list[str]:
    kept = {name for name, _, _ in new.inputs}
    return [f"input {name} is gone" for name, _, required in old.inputs if required and name not in kept]


def _narrowed(old: ModelVersion, new: ModelVersion) -> list[str]:
    types = {name: kind for name, kind, _ in new.inputs}
    return [
        f"input {name} was {kind}, is {types[name]}"
        for name, kind, _ in old.inputs
        if name in types and types[name] != kind and (kind, types[name]) not in WIDER
    ]


def _newly_required(old: ModelVersion, new: ModelVersion) -> list[str]:
    before = {name for name, _, required in old.inputs if required}
    return [f"input {name} is newly required" for name, _, need in new.inputs if need and name not in before]


def _outputs(old: ModelVersion, new: ModelVersion) -> list[str]:
    types = {name: kind for name, kind, _ in new.outputs}
    return [
        f"output {name or '(unnamed)'} changed" for name, kind, _ in old.outputs if types.get(name) != kind
    ]
