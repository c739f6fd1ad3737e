"""The audit trail only grows."""

import pytest
from django.db import IntegrityError, transaction

from core import audit
from core.models import AuditEvent
from tests.conftest import World


def test_record_keeps_actor_action_and_team(world: World) -> None:
    event = audit.record(
        world.alice, "system.created", world.system, team=world.team, detail={"tier": "pilot"}
    )
    assert (event.actor, event.action, event.team_id) == ("alice", "system.created", world.team.pk)


def test_audit_refuses_update_and_delete(world: World) -> None:
    event = audit.record(world.alice, "system.created", world.system, team=world.team)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(actor="mallory")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).delete()
    assert AuditEvent.objects.get(pk=event.pk).actor == "alice"


def test_audit_visible_to_the_team_only(world: World) -> None:
    audit.record(world.alice, "system.created", world.system, team=world.team)
    assert AuditEvent.objects.visible_to(world.bob).count() == 1
    assert AuditEvent.objects.visible_to(world.charlie).count() == 0
