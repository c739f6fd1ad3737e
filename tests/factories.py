"""Rows for tests: valid and plain; a test names what matters to it."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from core.models import Membership, System, Team, User
from core.permissions import Role
from evidence.models import Edge, Event, Node, Source, Sync, SyncStatus

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.invalid")


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    slug = factory.Sequence(lambda n: f"team-{n}")
    name = factory.Sequence(lambda n: f"Team {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    team = factory.SubFactory(TeamFactory)
    role = Role.VIEWER


class SystemFactory(DjangoModelFactory):
    class Meta:
        model = System

    slug = factory.Sequence(lambda n: f"system-{n}")
    name = factory.Sequence(lambda n: f"System {n}")
    team = factory.SubFactory(TeamFactory)


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    slug = factory.Sequence(lambda n: f"source-{n}")
    name = factory.Sequence(lambda n: f"Source {n}")
    kind = "mlflow"
    url = "http://mlflow.example.invalid"
    team = factory.SubFactory(TeamFactory)


class SyncFactory(DjangoModelFactory):
    class Meta:
        model = Sync

    source = factory.SubFactory(SourceFactory)
    status = SyncStatus.SUCCEEDED
    queued_at = NOON
    started_at = NOON
    finished_at = NOON


class NodeFactory(DjangoModelFactory):
    class Meta:
        model = Node

    kind = "run"
    uid = factory.Sequence(lambda n: f"urn:rashinban:run:test:{n}")
    label = factory.Sequence(lambda n: f"run {n}")
    first_seen = NOON
    last_seen = NOON


class EdgeFactory(DjangoModelFactory):
    class Meta:
        model = Edge

    src = factory.SubFactory(NodeFactory)
    dst = factory.SubFactory(NodeFactory)
    kind = "code_of"
    method = "tag"
    confidence = "observed"
    first_seen = NOON
    last_seen = NOON


class EventFactory(DjangoModelFactory):
    class Meta:
        model = Event

    kind = "deployed"
    node = factory.SubFactory(NodeFactory)
    at = NOON
    dedupe = factory.Sequence(lambda n: f"event-{n}")
