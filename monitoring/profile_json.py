"""Profiles as plain JSON values, and back. A number that JSON cannot hold (an overflowed sum) is null."""

import math
from collections.abc import Mapping
from typing import cast

import numpy as np

from monitoring.parquet import ColumnKind, FloatArray
from monitoring.profile import (
    CategoricalProfile,
    ColumnProfile,
    Edges,
    NumericProfile,
    PresenceProfile,
    Profile,
    ProfileError,
)

Json = dict[str, object]


def to_json(profile: Profile) -> Json:
    """The profile as a dict of plain values; `from_json` gives an equal profile back."""
    columns = {name: _column_to_json(column) for name, column in profile.columns.items()}
    return {"rows": profile.rows, "columns": columns, "failed": dict(profile.failed)}


def from_json(stored: Mapping[str, object]) -> Profile:
    """The profile that `to_json` stored; raise ProfileError where it is damaged or its bins were altered."""
    try:
        columns = cast(dict[str, Json], stored["columns"])
        return Profile(
            rows=_whole(stored["rows"]),
            columns={name: _column_from_json(column) for name, column in columns.items()},
            failed=dict(cast(dict[str, str], stored["failed"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProfileError(f"A stored profile cannot be read ({error}). Profile the data again.") from error


def _column_to_json(column: ColumnProfile) -> Json:
    match column:
        case NumericProfile():
            return _numeric_to_json(column)
        case CategoricalProfile():
            return {
                "type": "categorical",
                "dtype": column.dtype,
                "edge_version": column.version,
                "categories": list(column.categories),
                "has_other": column.has_other,
                "counts": column.counts.tolist(),
                "other": column.other,
                "unseen": column.unseen,
                "missing": column.missing,
            }
        case PresenceProfile():
            return {
                "type": "presence",
                "kind": str(column.kind),
                "dtype": column.dtype,
                "rows": column.rows,
                "missing": column.missing,
            }


def _numeric_to_json(column: NumericProfile) -> Json:
    return {
        "type": "numeric",
        "kind": str(column.kind),
        "dtype": column.dtype,
        "edge_version": column.edges.version,
        "edges": column.edges.values.tolist(),
        "deciles": column.edges.deciles.tolist(),
        "discrete": column.edges.discrete,
        "counts": column.counts.tolist(),
        "sums": [_finite(value) for value in column.sums.tolist()],
        "missing": column.missing,
        "nonfinite": column.nonfinite,
        "low": column.low,
        "high": column.high,
        "square_sum": _finite(column.square_sum),
    }


def _column_from_json(stored: Json) -> ColumnProfile:
    match stored["type"]:
        case "numeric":
            return _numeric_from_json(stored)
        case "categorical":
            return _categorical_from_json(stored)
        case "presence":
            return PresenceProfile(
                kind=ColumnKind(str(stored["kind"])),
                dtype=str(stored["dtype"]),
                rows=_whole(stored["rows"]),
                missing=_whole(stored["missing"]),
            )
    raise ValueError(f"unknown column type {stored['type']}")


def _numeric_from_json(stored: Json) -> NumericProfile:
    edges = Edges(
        values=_floats(stored["edges"]), deciles=_floats(stored["deciles"]), discrete=bool(stored["discrete"])
    )
    _check_version(edges.version, stored)
    return NumericProfile(
        kind=ColumnKind(str(stored["kind"])),
        dtype=str(stored["dtype"]),
        edges=edges,
        counts=np.array(stored["counts"], dtype=np.int64),
        sums=_floats(stored["sums"]),
        missing=_whole(stored["missing"]),
        nonfinite=_whole(stored["nonfinite"]),
        low=cast(float | None, stored["low"]),
        high=cast(float | None, stored["high"]),
        square_sum=float(_floats([stored["square_sum"]])[0]),
    )


def _categorical_from_json(stored: Json) -> CategoricalProfile:
    column = CategoricalProfile(
        dtype=str(stored["dtype"]),
        categories=tuple(cast(list[str], stored["categories"])),
        has_other=bool(stored["has_other"]),
        counts=np.array(stored["counts"], dtype=np.int64),
        other=_whole(stored["other"]),
        unseen=_whole(stored["unseen"]),
        missing=_whole(stored["missing"]),
    )
    _check_version(column.version, stored)
    return column


def _check_version(version: str, stored: Json) -> None:
    if version != stored["edge_version"]:
        raise ValueError(f"its bins have version {version}, not {stored['edge_version']}")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _floats(values: object) -> FloatArray:
    return np.array(cast(list[float | None], values), dtype=np.float64)  # None becomes NaN


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value
