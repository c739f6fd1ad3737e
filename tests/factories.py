"""Rows for tests: valid and plain; a test names what matters to it."""

from datetime import UTC, datetime

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from core.models import Membership, System, Team, User
from core.permissions import Role
from evidence.models import Edge, Event, Node, Source, Sync, SyncStatus

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = Sequence(lambda n: f"user-{n}")
    email = LazyAttribute(lambda user: f"{user.username}@example.invalid")


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    slug = Sequence(lambda n: f"team-{n}")
    name = Sequence(lambda n: f"Team {n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = SubFactory(UserFactory)
    team = SubFactory(TeamFactory)
    role = Role.VIEWER


class SystemFactory(DjangoModelFactory[System]):
    class Meta:
        model = System

    slug = Sequence(lambda n: f"system-{n}")
    name = Sequence(lambda n: f"System {n}")
    team = SubFactory(TeamFactory)


class SourceFactory(DjangoModelFactory[Source]):
    class Meta:
        model = Source

    slug = Sequence(lambda n: f"source-{n}")
    name = Sequence(lambda n: f"Source {n}")
    kind = "mlflow"
    url = "http://mlflow.example.invalid"
    team = SubFactory(TeamFactory)


class SyncFactory(DjangoModelFactory[Sync]):
    class Meta:
        model = Sync

    source = SubFactory(SourceFactory)
    status = SyncStatus.SUCCEEDED
    queued_at = NOON
    started_at = NOON
    finished_at = NOON


class NodeFactory(DjangoModelFactory[Node]):
    class Meta:
        model = Node

    kind = "run"
    uid = Sequence(lambda n: f"urn:rashinban:run:test:{n}")
    label = Sequence(lambda n: f"run {n}")
    first_seen = NOON
    last_seen = NOON


class EdgeFactory(DjangoModelFactory[Edge]):
    class Meta:
        model = Edge

    src = SubFactory(NodeFactory)
    dst = SubFactory(NodeFactory)
    kind = "code_of"
    method = "tag"
    confidence = "observed"
    first_seen = NOON
    last_seen = NOON


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    kind = "deployed"
    node = SubFactory(NodeFactory)
    at = NOON
    dedupe = Sequence(lambda n: f"event-{n}")
