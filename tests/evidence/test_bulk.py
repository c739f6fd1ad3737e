"""Bulk writes: one JSON text a batch."""

import math
from datetime import UTC, datetime

import pytest

from evidence import bulk
from evidence.models import Alias, Event, Node
from tests.factories import NodeFactory

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def row(node: Node, **changes: object) -> bulk.Row:
    plain = {
        "kind": "x",
        "node_id": node.pk,
        "at": NOON,
        "recorded_at": NOON,
        "actor": "",
        "attrs": {},
        "dedupe": "1",
    }
    return {**plain, **changes}


@pytest.fixture
def node(db: None) -> Node:
    made: Node = NodeFactory.create()
    return made


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("羅針盤 \U0001f9ed", "羅針盤 \U0001f9ed"),
        ("nul\x00here", "nulhere"),
        (r"spelt \u0000", r"spelt \u0000"),
        ("back\\\x00slash", "back\\slash"),
        ("half \ud83e pair", "half ? pair"),
        ("'; DROP TABLE evidence_node; --%s", "'; DROP TABLE evidence_node; --%s"),
    ],
)
@pytest.mark.parametrize("written", [dict, bulk.dumps])
def test_save_keeps_text_that_the_database_can_hold(
    node: Node, text: str, stored: str, written: object
) -> None:
    attrs = {"text": text}
    bulk.save(Event, [row(node, actor=text, attrs=bulk.dumps(attrs) if written is bulk.dumps else attrs)])
    event = Event.objects.get()
    assert (event.actor, event.attrs, event.at) == (stored, {"text": stored}, NOON)


def test_save_leaves_a_row_that_is_there(node: Node) -> None:
    bulk.save(Event, [row(node, actor="first")], unique=["dedupe"])
    assert bulk.save(Event, [row(node, actor="second")], unique=["dedupe"]) == {}
    assert Event.objects.get().actor == "first"


def test_save_overwrites_the_columns_named(node: Node) -> None:
    first = bulk.save(Event, [row(node, actor="first", kind="x")], unique=["dedupe"])
    again = bulk.save(Event, [row(node, actor="second", kind="y")], unique=["dedupe"], update=["actor"])
    event = Event.objects.get()
    assert (event.actor, event.kind) == ("second", "x")
    assert first == again == {("1",): event.pk}


def test_save_splits_large_batches(node: Node) -> None:
    rows = [{"key": f"k{n}", "node_id": node.pk, "source_id": None} for n in range(bulk.BATCH + 1)]
    assert len(bulk.save(Alias, rows, unique=["key"])) == bulk.BATCH + 1


def test_save_of_nothing_asks_nothing() -> None:
    assert bulk.save(Alias, [], unique=["key"]) == {}


def test_dumps_refuses_what_json_cannot_say() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        bulk.dumps({"metric": math.nan})
