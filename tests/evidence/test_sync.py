"""Syncs: claimed once, resumable, honest about what they could not see."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from django.utils import timezone

from evidence import sync as syncing
from evidence.connectors import Check, Connector, ConnectorError, Context
from evidence.models import Node, Source, Sync, SyncStatus
from evidence.records import Blindness, BlindReason, Json, NodeRecord, Page
from tests.factories import NodeFactory, SourceFactory, SyncFactory


def page(number: int, *blind: Blindness) -> Page:
    return Page(
        (NodeRecord("run", f"urn:rashinban:run:t:{number}", f"run {number}"),), blind, f"{number} read"
    )


BLIND = Blindness(
    "Signatures are not seen.", BlindReason.PERMISSION_DENIED, "403.", "Grant reading.", "signatures"
)
DOWN = ConnectorError("The server is away.", why="Nobody answers.", remedy="Start it.")


class Script(Connector):
    """Yields what the test put into `steps`; an exception among them is raised there."""

    slug = label = description = "script"
    settings = ()
    produces = ()
    steps: tuple[Page | Exception, ...] = ()
    seen: dict[str, Json] | None = None

    def __init__(self) -> None:
        super().__init__({})

    def check(self, context: Context) -> Check:
        return Check("fine")

    def pull(self, cursor: Mapping[str, Json], context: Context) -> Iterator[Page]:
        Script.seen = dict(cursor)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step
        self.cursor = {"since": context.now.isoformat()}


@pytest.fixture
def source(db: None, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr(syncing, "connector_for", lambda source: Script())
    Script.steps = (page(1), page(2))
    return SourceFactory.create()


def run(source: Source) -> Sync:
    done = syncing.run_sync(syncing.open_sync(source, full=False))
    assert done is not None
    source.refresh_from_db()
    return done


def test_success_moves_the_cursor_to_the_start_of_the_pull(source: Source) -> None:
    done = run(source)
    assert (done.status, Node.objects.count(), done.counts["records"]) == (SyncStatus.SUCCEEDED, 2, 2)
    began = done.started_at.isoformat() if done.started_at else ""
    assert source.cursor["since"] == began
    assert source.next_due_at > timezone.now()
    run(source)
    assert Script.seen is not None
    assert Script.seen["since"] == began


def test_blindness_makes_it_partial_and_is_kept(source: Source) -> None:
    Script.steps = (page(1, BLIND), page(2))
    done = run(source)
    assert (done.status, done.blind[0]["reason"]) == (SyncStatus.PARTIAL, "permission_denied")
    assert Node.objects.count() == 2
    assert source.cursor["since"]


@pytest.mark.parametrize(
    ("fault", "what"), [(DOWN, "The server is away."), (KeyError("x"), "The sync stopped")]
)
def test_failure_keeps_the_prefix_and_moves_no_cursor(source: Source, fault: Exception, what: str) -> None:
    Script.steps = (page(1), fault)
    done = run(source)
    assert done.status == SyncStatus.FAILED
    assert done.error["what"].startswith(what)
    assert (Node.objects.count(), source.cursor) == (1, {})
    Script.steps = (page(1), page(2))
    assert run(source).status == SyncStatus.SUCCEEDED
    assert Node.objects.count() == 2


def test_one_open_sync_a_source(source: Source) -> None:
    first = syncing.request_sync(source, by="timetable")
    assert syncing.request_sync(source, by="somebody") == first


def test_a_claimed_sync_is_left_alone_until_its_lease_ends(source: Source) -> None:
    now = timezone.now()
    held = SyncFactory.create(
        source=source,
        status=SyncStatus.RUNNING,
        finished_at=None,
        lease_until=now + timedelta(seconds=60),
        attempt=1,
    )
    assert syncing.run_sync(held.pk) is None
    Sync.objects.filter(pk=held.pk).update(lease_until=now - timedelta(seconds=1))
    again = syncing.run_sync(held.pk)
    assert again is not None
    assert (again.status, again.attempt) == (SyncStatus.SUCCEEDED, 2)


def test_a_worker_that_lost_its_lease_changes_nothing(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = syncing.open_sync(source, full=False)

    def take_over(*_: object, **__: object) -> None:
        Sync.objects.filter(pk=pk).update(attempt=99)

    monkeypatch.setattr(syncing, "_report", take_over)
    syncing.run_sync(pk)
    source.refresh_from_db()
    assert (Sync.objects.get(pk=pk).status, source.cursor) == (SyncStatus.RUNNING, {})


def test_start_due_queues_what_is_due_and_sends_lost_ones_again(source: Source) -> None:
    now = timezone.now()
    SourceFactory.create(next_due_at=now + timedelta(hours=1))
    SourceFactory.create(enabled=False)
    SyncFactory.create(
        source=SourceFactory.create(next_due_at=now + timedelta(hours=1)),
        status=SyncStatus.RUNNING,
        finished_at=None,
        lease_until=now - timedelta(seconds=1),
    )
    assert syncing.start_due(now) == 2
    assert source.syncs.get().status == SyncStatus.QUEUED


def test_readers_are_told_of_touched_systems(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[frozenset[int]] = []
    monkeypatch.setattr(syncing, "tell", lambda systems: told.append(frozenset(systems)))
    run(source)
    Script.steps = (DOWN,)
    run(source)
    assert told == [frozenset(), frozenset()]


def test_a_missing_connector_is_a_sentence(db: None) -> None:
    done = syncing.run_sync(syncing.open_sync(SourceFactory.create(kind="forgotten"), full=False))
    assert done is not None
    assert done.status == SyncStatus.FAILED
    assert "no such connector" in done.error["why"]


def test_daily_reconciliation_is_full(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    full: list[bool] = []
    monkeypatch.setattr(
        Script,
        "pull",
        lambda self, cursor, context: iter([full.append(context.full)][:0]),  # type: ignore[func-returns-value]
    )
    run(source)
    run(source)
    source.cursor = {"full_at": (timezone.now() - timedelta(days=2)).isoformat()}
    source.save()
    run(source)
    assert full == [True, False, True]


def test_tombstoned_things_are_not_counted(source: Source) -> None:
    NodeFactory.create(source=source, gone_at=timezone.now())
    assert run(source).counts["things"] == 2
