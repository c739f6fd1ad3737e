"""A window from its parts: the sum of what several files gave, and the verdict on the whole."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import reduce

from monitoring.comparison import ColumnDrift
from monitoring.policy import State, Verdict, judge_dataset
from monitoring.profile import (
    CategoricalProfile,
    ColumnProfile,
    NumericProfile,
    Profile,
    ProfileError,
    merge_columns,
)


def sum_of(parts: Sequence[Profile]) -> Profile:
    """The profile of all parts' rows. A column that a part lacks is the sum of the others; one that
    changed its kind between parts fails alone."""
    columns: dict[str, ColumnProfile] = {}
    failed = {name: why for part in parts for name, why in part.failed.items()}
    for name in dict.fromkeys(name for part in parts for name in part.columns):
        try:
            held = [part.columns[name] for part in parts if name in part.columns]
            columns[name] = reduce(merge_columns, held)
        except ProfileError:
            failed[name] = "It changed its type within the window, so its values do not add up."
    kept = {name: column for name, column in columns.items() if name not in failed}
    return Profile(rows=sum(part.rows for part in parts), columns=kept, failed=failed)


def verdict_of(columns: Mapping[str, ColumnDrift]) -> Verdict:
    """The verdict on a window: a breach as soon as one column is, told in one sentence over all."""
    whole = judge_dataset({name: column.verdict for name, column in columns.items()})
    drifted = any(column.is_drifted for column in columns.values())
    state = State.BREACH if drifted else State.OK if whole.state is State.BREACH else whole.state
    return Verdict(state=state, reason=whole.reason, statistic=whole.statistic, score=whole.score)


def edge_version_of(profile: Profile) -> str:
    """Digest of all bins of a baseline: windows of one digest can be compared with each other."""
    versions = [f"{name}\0{_version(column)}" for name, column in sorted(profile.columns.items())]
    return hashlib.sha256("\0".join(versions).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _version(column: ColumnProfile) -> str:
    match column:
        case NumericProfile():
            return column.edges.version
        case CategoricalProfile():
            return column.version
    return str(column.kind)
