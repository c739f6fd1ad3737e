"""The store: batched, idempotent, one transaction a page."""

from datetime import UTC, datetime, timedelta

import pytest

from evidence.bindings import Rule, Rules
from evidence.identity import commit_uid, kfp_run_alias, uid
from evidence.models import Alias, Edge, Event, Node, Observation, PendingEdge, Source
from evidence.records import EdgeKind, EdgeRecord, EventRecord, NodeKind, NodeRecord, Page, Scope
from evidence.store import StoreError, write
from tests.conftest import World
from tests.factories import SourceFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SHA = "a" * 40
RUN = uid("run", "test", "1")


def run(**attrs: str) -> NodeRecord:
    return NodeRecord(
        NodeKind.RUN, RUN, "train", state="FINISHED", attrs=attrs, scopes=(Scope("experiment", "churn"),)
    )


def commit_stub() -> NodeRecord:
    return NodeRecord(NodeKind.COMMIT, commit_uid(SHA), SHA[:8], stub=True)


PAGE = Page(
    records=(
        run(algo="rf"),
        commit_stub(),
        EdgeRecord(commit_uid(SHA), EdgeKind.CODE_OF, RUN, "run tag mlflow.source.git.commit"),
        EventRecord("registered", RUN, NOW, "registered:1"),
    )
)


@pytest.fixture
def source(db: None) -> Source:
    return SourceFactory.create()


def rows() -> dict[str, int]:
    return {
        model.__name__: model.objects.count()
        for model in (Node, Alias, Edge, Event, Observation, PendingEdge)
    }


def test_write_twice_leaves_the_same_rows(source: Source) -> None:
    write(PAGE, source=source, now=NOW)
    before = rows()
    again = write(PAGE, source=source, now=LATER)
    assert (
        rows() == before == {"Node": 2, "Alias": 0, "Edge": 1, "Event": 1, "Observation": 1, "PendingEdge": 0}
    )
    assert again.counts["nodes"] == 0
    assert again.counts["events"] == 0
    assert Node.objects.get(uid=RUN).last_seen == LATER
    assert Node.objects.get(uid=RUN).first_seen == NOW


def test_write_changed_closes_the_observation_and_opens_another(source: Source) -> None:
    write(PAGE, source=source, now=NOW)
    write(Page(records=(run(algo="svm"),)), source=source, now=LATER)
    old, new = Observation.objects.filter(node__uid=RUN).order_by("seen_from")
    assert (old.seen_until, new.seen_until) == (LATER, None)
    assert (old.said["attrs"], new.said["attrs"]) == ({"algo": "rf"}, {"algo": "svm"})
    assert Node.objects.get(uid=RUN).attrs == {"algo": "svm"}


def test_stub_never_overwrites_what_the_own_source_said(source: Source) -> None:
    full = NodeRecord(NodeKind.COMMIT, commit_uid(SHA), "fix the scaler", attrs={"sha": SHA})
    write(Page(records=(full,)), source=source, now=NOW)
    write(Page(records=(commit_stub(),)), source=SourceFactory.create(), now=LATER)
    node = Node.objects.get(uid=commit_uid(SHA))
    assert (node.label, node.attrs, node.source) == ("fix the scaler", {"sha": SHA}, source)


def test_bindings_give_the_system_and_rebinding_moves_it(source: Source, world: World) -> None:
    write(PAGE, source=source, now=NOW)
    assert Node.objects.get(uid=RUN).system is None
    rules = Rules([Rule("experiment", "chu*", world.system.pk)])
    written = write(PAGE, source=source, now=LATER, rules=rules)
    assert Node.objects.get(uid=RUN).system == world.system
    assert written.systems == {world.system.pk}
    assert Observation.objects.filter(node__uid=RUN).count() == 1


def test_edge_to_an_unseen_node_waits_and_settles(source: Source) -> None:
    key = kfp_run_alias("11111111-2222-3333-4444-555555555555")
    edge = EdgeRecord(RUN, EdgeKind.CHILD_OF, key, "tag kfp.pipeline_run_id")
    write(Page(records=(run(), edge)), source=source, now=NOW)
    write(Page(records=(run(), edge)), source=source, now=NOW)
    assert (Edge.objects.count(), PendingEdge.objects.count()) == (0, 1)
    pipeline_run = NodeRecord(
        NodeKind.PIPELINE_RUN, uid("pipeline_run", "kfp", "x"), "nightly", aliases=(key,)
    )
    write(Page(records=(pipeline_run,)), source=SourceFactory.create(kind="kfp"), now=LATER)
    assert (Edge.objects.count(), PendingEdge.objects.count()) == (1, 0)
    assert Edge.objects.get().source == source


def test_alias_leads_two_uids_to_one_node(source: Source) -> None:
    first = NodeRecord(
        NodeKind.MODEL_VERSION, uid("model_version", "a"), "v1", aliases=("artifact:s3://b/m",)
    )
    second = NodeRecord(
        NodeKind.MODEL_VERSION, uid("model_version", "b"), "v1", aliases=("artifact:s3://b/m",)
    )
    write(Page(records=(first,)), source=source, now=NOW)
    write(
        Page(records=(second, run(), EdgeRecord(RUN, EdgeKind.WROTE, second.uid, "id"))),
        source=source,
        now=NOW,
    )
    assert Node.objects.filter(kind=NodeKind.MODEL_VERSION).count() == 1
    assert Edge.objects.get().dst.uid == first.uid


def test_gone_leaves_a_tombstone_and_comes_back(source: Source) -> None:
    write(PAGE, source=source, now=NOW)
    gone = NodeRecord(NodeKind.RUN, RUN, "train", state="FINISHED", attrs={"algo": "rf"}, gone=True)
    write(Page(records=(gone,)), source=source, now=LATER)
    write(Page(records=(gone,)), source=source, now=LATER + timedelta(hours=1))
    assert Node.objects.get(uid=RUN).gone_at == LATER
    write(PAGE, source=source, now=LATER + timedelta(hours=2))
    assert Node.objects.get(uid=RUN).gone_at is None


def test_event_for_an_unknown_node_writes_nothing_at_all(source: Source) -> None:
    page = Page(records=(run(), EventRecord("deployed", "urn:rashinban:run:nowhere", NOW, "x")))
    with pytest.raises(StoreError, match="nowhere"):
        write(page, source=source, now=NOW)
    assert Node.objects.count() == 0


def test_write_gone_stub_marks_the_node_and_keeps_what_was_said(source: Source) -> None:
    write(PAGE, source=source, now=NOW)
    gone = Page(records=(NodeRecord(NodeKind.RUN, RUN, "1", stub=True, gone=True),))
    write(gone, source=source, now=LATER)
    write(gone, source=source, now=LATER + timedelta(hours=1))
    node = Node.objects.get(uid=RUN)
    assert (node.gone_at, node.label, node.attrs) == (LATER, "train", {"algo": "rf"})
