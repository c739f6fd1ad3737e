"""What all facts made by hand share: a moment, a commit, and ways to name things."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from maturity.facts import Ref, Signal, SourceHealth

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = timedelta(days=90)
SHA = "9f3ab21c" * 5


def ref(kind: str, name: str) -> Ref:
    return Ref(
        uid=f"urn:rashinban:{kind}:{name}", label=name, node_id=abs(hash((kind, name))) % 10_000, kind=kind
    )


def signals(**values: Any) -> dict[str, Signal]:
    return {name: Signal(value=value, paths=(f"{name}.txt",)) for name, value in values.items()}


def source(kind: str, **changes: Any) -> SourceHealth:
    return replace(SourceHealth(kind=kind, name=f"the {kind}", seen_at=NOW - timedelta(minutes=5)), **changes)
