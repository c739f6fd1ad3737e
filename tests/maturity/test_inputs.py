"""The acts of people: who may, what is refused, and that doing it twice does it once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent, User
from core.permissions import Role, TokenPrincipal
from core.tokens import create_token
from evidence.models import Node
from maturity.inputs.attestations import attest, revoke_attestation
from maturity.inputs.disputes import answer_dispute, raise_dispute
from maturity.inputs.drills import finish_drill, finish_proven, look_for_proofs, record_drill, start_drill
from maturity.inputs.ground import RefusedError
from maturity.inputs.mappings import approve_mapping, propose_mapping, revoke_mapping
from maturity.inputs.waivers import approve_waiver, decline_waiver, request_waiver, revoke_waiver
from maturity.load_people import with_people
from maturity.marks import Saying, marks
from maturity.models import Assessment, Attestation, Drill, Mapping, Waiver
from maturity.models.inputs import DrillKind, DrillOutcome
from maturity.probe import catalogue
from maturity.selectors import scorecard
from maturity.services import assess_system
from tests.conftest import World
from tests.factories import MembershipFactory, UserFactory
from tests.maturity.made import DAY, NOW, facts
from tests.maturity.stored import fill

GATING = "repro-image-pinned"
OTHER = "repro-gitops-synced"
LINK = "https://tickets.example.invalid/7"


@pytest.fixture
def dora(world: World) -> User:
    """A second manager."""
    user: User = UserFactory.create(username="dora")
    MembershipFactory.create(user=user, team=world.team, role=Role.MANAGER)
    return user


@pytest.fixture
def erin(world: World) -> User:
    """An editor."""
    user: User = UserFactory.create(username="erin")
    MembershipFactory.create(user=user, team=world.team, role=Role.EDITOR)
    return user


def program(world: World, *, scope: str = "write") -> TokenPrincipal:
    token, _clear = create_token(team=world.team, name="ci", scope=scope, by=world.alice)
    return TokenPrincipal(token)


def asked(world: World, *, by: User | TokenPrincipal, criterion: str = GATING, **changes: object) -> Waiver:
    values = {"reason": "次の四半期まで待つ", "link": LINK, "expires_at": NOW + 30 * DAY, **changes}
    return request_waiver(world.system, criterion=criterion, by=by, now=NOW, **values)  # type: ignore[arg-type]


def test_waiver_is_asked_by_one_and_approved_by_another(world: World, dora: User) -> None:
    made = asked(world, by=world.alice)
    approved = approve_waiver(made, by=dora, now=NOW)
    assert (approved.requested_by, approved.approved_by, approved.reason) == (
        world.alice,
        dora,
        "次の四半期まで待つ",
    )
    assert list(AuditEvent.objects.values_list("action", "actor").order_by("pk")) == [
        ("waiver.requested", "alice"),
        ("waiver.approved", "dora"),
    ]


def test_act_queues_an_assessment_once_it_is_written(
    world: World, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks() as queued:  # type: ignore[attr-defined]
        asked(world, by=world.alice)
        asked(world, by=world.alice)
    assert len(queued) == 1


def test_double_submit_asks_once(world: World, dora: User) -> None:
    first, again = asked(world, by=world.alice), asked(world, by=world.alice)
    approve_waiver(first, by=dora, now=NOW)
    approve_waiver(first, by=dora, now=NOW + DAY)
    revoke_waiver(first, by=dora, now=NOW)
    revoke_waiver(first, by=dora, now=NOW + DAY)
    assert first.pk == again.pk
    assert Waiver.objects.get().revoked_at == NOW
    assert AuditEvent.objects.count() == 3


def test_second_request_waits_for_the_first(world: World, erin: User) -> None:
    asked(world, by=world.alice)
    with pytest.raises(RefusedError, match="already waits, asked by alice"):
        asked(world, by=erin)


def test_requester_cannot_approve(world: World) -> None:
    made = asked(world, by=world.alice)
    with pytest.raises(RefusedError, match="another manager"):
        approve_waiver(made, by=world.alice, now=NOW)
    with pytest.raises(IntegrityError, match="waiver_approved_by_another"), transaction.atomic():
        Waiver.objects.filter(pk=made.pk).update(approved_by=world.alice, approved_at=NOW)


def test_whoever_made_the_token_cannot_approve_what_it_asked(world: World) -> None:
    made = asked(world, by=program(world))
    assert (made.requested_by, made.through) == (world.alice, "ci")
    with pytest.raises(RefusedError, match="another manager"):
        approve_waiver(made, by=world.alice, now=NOW)


def test_editor_asks_and_cannot_approve(world: World, erin: User) -> None:
    made = asked(world, by=world.alice)
    with pytest.raises(PermissionDenied, match="manager"):
        approve_waiver(made, by=erin, now=NOW)
    assert asked(world, by=erin, criterion="gov-owner").requested_by == erin


def test_viewer_outsider_and_reading_token_say_nothing(world: World) -> None:
    for by in (world.bob, world.charlie, program(world, scope="read")):
        with pytest.raises(PermissionDenied, match="editor"):
            asked(world, by=by)


def test_program_never_decides(world: World) -> None:
    made, by = asked(world, by=world.alice), program(world)
    with pytest.raises(PermissionDenied, match="person"):
        approve_waiver(made, by=by, now=NOW)
    with pytest.raises(PermissionDenied, match="person"):
        decline_waiver(made, by=by, now=NOW)
    with pytest.raises(PermissionDenied, match="person"):
        attest(world.system, criterion="att-debuggable", statement="x", link=LINK, by=by, now=NOW)


@pytest.mark.parametrize("end", [NOW, NOW - DAY, NOW + 366 * DAY])
def test_waiver_ends_within_a_year(world: World, end: object) -> None:
    with pytest.raises(RefusedError, match="365 days"):
        asked(world, by=world.alice, expires_at=end)


def test_waiver_of_what_no_rubric_asks_is_refused(world: World) -> None:
    with pytest.raises(RefusedError, match="No rubric asks nothing-here"):
        asked(world, by=world.alice, criterion="nothing-here")


def test_waiver_of_an_optional_criterion_is_refused(world: World) -> None:
    with pytest.raises(RefusedError, match="holds no level back"):
        asked(world, by=world.alice, criterion="att-debuggable")


def test_cap_is_kept_at_approval(world: World, dora: User) -> None:
    approve_waiver(asked(world, by=world.alice), by=dora, now=NOW)
    second = asked(world, by=world.alice, criterion=OTHER)
    with pytest.raises(RefusedError, match=rf"as many waivers as the rubric allows \(1\): {GATING}"):
        approve_waiver(second, by=dora, now=NOW)
    renewed = asked(world, by=world.alice, expires_at=NOW + 60 * DAY, reason="longer")
    assert approve_waiver(renewed, by=dora, now=NOW).approved_at == NOW


def test_cap_is_free_again_when_the_first_has_ended(world: World, dora: User) -> None:
    first = approve_waiver(asked(world, by=world.alice), by=dora, now=NOW)
    second = asked(world, by=world.alice, criterion=OTHER)
    revoke_waiver(first, by=world.alice, now=NOW)
    assert approve_waiver(second, by=dora, now=NOW).approved_at == NOW


def test_declined_or_lapsed_request_is_not_approved(world: World, dora: User) -> None:
    made = asked(world, by=world.alice)
    with pytest.raises(RefusedError, match="has passed"):
        approve_waiver(made, by=dora, now=NOW + 31 * DAY)
    decline_waiver(made, by=dora, now=NOW)
    with pytest.raises(RefusedError, match="was declined"):
        approve_waiver(made, by=dora, now=NOW)
    assert decline_waiver(made, by=dora, now=NOW + DAY).declined_at == NOW


def test_requester_takes_back_and_another_editor_does_not(world: World, erin: User) -> None:
    made = asked(world, by=erin)
    other = UserFactory.create()
    MembershipFactory.create(user=other, team=world.team, role=Role.EDITOR)
    with pytest.raises(PermissionDenied):
        decline_waiver(made, by=other, now=NOW)
    assert decline_waiver(made, by=erin, now=NOW).declined_by == erin


def test_waived_gap_lifts_the_level_until_its_end(world: World, dora: User) -> None:
    fill(world.system)
    approve_waiver(asked(world, by=world.alice), by=dora, now=NOW)
    assess_system(world.system, now=NOW)
    card = scorecard(world.system, now=NOW)
    assert card is not None
    found = {r.criterion: r for r in card.results}[GATING]
    assert (found.verdict, found.otherwise) == ("waived", "not_met")
    later = scorecard(world.system, now=NOW + 30 * DAY)
    assert later is not None
    assert {r.criterion: r for r in later.results}[GATING].verdict != "waived"


def test_renewal_is_written_though_the_verdict_is_the_same(world: World, dora: User) -> None:
    fill(world.system)
    approve_waiver(asked(world, by=world.alice), by=dora, now=NOW)
    first = assess_system(world.system, now=NOW)
    renewed = asked(world, by=world.alice, reason="longer", expires_at=NOW + 90 * DAY)
    approve_waiver(renewed, by=dora, now=NOW)
    second = assess_system(world.system, now=NOW + timedelta(minutes=1))
    assert second.assessment_id != first.assessment_id
    assert second.words_until == NOW + 90 * DAY


def test_attestation_is_kept_once_and_for_180_days(world: World, erin: User) -> None:
    said: dict[str, Any] = {
        "criterion": "att-debuggable",
        "statement": "単純な基準と比べた",
        "link": LINK,
    }
    first = attest(world.system, **said, by=erin, now=NOW)
    assert attest(world.system, **said, by=erin, now=NOW + DAY).pk == first.pk
    assert first.expires_at == NOW + 180 * DAY
    assert attest(world.system, **said, by=erin, now=NOW + 181 * DAY).pk != first.pk
    revoke_attestation(first, by=erin, now=NOW)
    assert Attestation.objects.get(pk=first.pk).revoked_by == erin


def test_attestation_of_what_needs_evidence_is_refused(world: World) -> None:
    with pytest.raises(RefusedError, match="needs evidence"):
        attest(world.system, criterion=GATING, statement="x", link=LINK, by=world.alice, now=NOW)


@pytest.fixture
def assessment(world: World) -> Assessment:
    fill(world.system)
    return assess_system(world.system, now=NOW).assessment


def test_dispute_is_answered_by_somebody_else(world: World, assessment: Assessment, erin: User) -> None:
    raised = raise_dispute(assessment, criterion=GATING, text="タグは固定", by=erin, now=NOW)
    again = raise_dispute(assessment, criterion=GATING, text="タグは固定", by=erin, now=NOW)
    assert again.pk == raised.pk
    with pytest.raises(RefusedError, match="somebody else"):
        answer_dispute(raised, accept=True, answer="yes", by=erin, now=NOW)
    answered = answer_dispute(raised, accept=True, answer="はい", by=world.alice, now=NOW)
    assert (answered.state, answered.answered_by) == ("accepted", world.alice)
    with pytest.raises(RefusedError, match="answered already"):
        answer_dispute(raised, accept=False, answer="no", by=world.alice, now=NOW)


def test_raiser_withdraws(world: World, assessment: Assessment) -> None:
    raised = raise_dispute(assessment, criterion=GATING, text="no", by=world.alice, now=NOW)
    assert (
        answer_dispute(raised, accept=False, answer="my error", by=world.alice, now=NOW).state == "rejected"
    )


def test_dispute_of_nothing_found_is_refused(world: World, assessment: Assessment) -> None:
    with pytest.raises(RefusedError, match="says nothing about"):
        raise_dispute(assessment, criterion="nothing", text="x", by=world.alice, now=NOW)
    with pytest.raises(RefusedError, match="no such finding"):
        raise_dispute(assessment, criterion=GATING, subject="urn:x", text="x", by=world.alice, now=NOW)


def test_accepted_dispute_stands_beside_the_verdict_until_the_evidence_changes(
    world: World, assessment: Assessment, erin: User
) -> None:
    raised = raise_dispute(assessment, criterion=GATING, text="wrong", by=erin, now=NOW)
    answer_dispute(raised, accept=True, answer="yes", by=world.alice, now=NOW)

    def said() -> list[Saying]:
        return [mark.saying for mark in marks([world.system.pk], now=NOW)[world.system.pk].get(GATING, ())]

    assert said() == [Saying.DISPUTE_ACCEPTED]
    pipeline = Node.objects.get(kind="pipeline_version", system=world.system)
    steps = pipeline.attrs["ir"]["components"]
    pipeline.attrs["ir"]["components"] = [{**step, "image_pinned": True} for step in steps]
    pipeline.save()
    assess_system(world.system, now=NOW + DAY / 24)
    assert said() == []


def mapped() -> tuple[str, str]:
    """A probe that takes mappings, and a kind it takes."""
    return next((p.name, p.means[0]) for p in catalogue().probes.values() if p.means)


def test_mapping_counts_when_a_second_person_agrees(world: World, dora: User) -> None:
    probe, kind = mapped()
    values: dict[str, Any] = {"probe": probe, "kind": kind, "name": "検査-*", "reason": "does it"}
    made = propose_mapping(world.system, **values, by=world.alice, now=NOW)
    assert propose_mapping(world.system, **values, by=world.alice, now=NOW).pk == made.pk
    assert with_people(facts(), world.system).means == ()
    with pytest.raises(RefusedError, match="another manager"):
        approve_mapping(made, by=world.alice, now=NOW)
    with pytest.raises(IntegrityError, match="mapping_approved_by_another"), transaction.atomic():
        Mapping.objects.update(approved_by=world.alice)
    approve_mapping(made, by=dora, now=NOW)
    (means,) = with_people(facts(), world.system).means
    assert means.covers("検査-daily")
    revoke_mapping(made, by=dora, now=NOW)
    assert with_people(facts(), world.system).means == ()


@pytest.mark.parametrize("name", ["*", " ** ", "?"])
def test_mapping_of_everything_is_refused(world: World, name: str) -> None:
    probe, kind = mapped()
    with pytest.raises(RefusedError, match="would mean everything"):
        propose_mapping(world.system, probe=probe, kind=kind, name=name, reason="x", by=world.alice, now=NOW)


def test_mapping_to_a_probe_that_looks_for_no_names_is_refused(world: World) -> None:
    with pytest.raises(RefusedError, match="none can be mapped"):
        propose_mapping(
            world.system,
            probe="governance.owner",
            kind="task",
            name="x",
            reason="x",
            by=world.alice,
            now=NOW,
        )


def runs(world: World) -> list[int]:
    found = Node.objects.filter(system=world.system, kind="run", label__startswith="kite")
    return list(found.order_by("pk").values_list("pk", flat=True))


def same_recipe(world: World) -> None:
    """Let every run of the system have read the same data."""
    for node in Node.objects.filter(pk__in=runs(world)):
        node.attrs["datasets"] = [{**each, "digest": "1"} for each in node.attrs["datasets"]]
        node.save()


def test_drill_is_started_once_and_ends_with_its_proof(world: World, assessment: Assessment) -> None:
    same_recipe(world)
    began = NOW - 4 * DAY
    drill = start_drill(world.system, kind=DrillKind.REPLAY, by=world.alice, now=began)
    assert start_drill(world.system, kind=DrillKind.REPLAY, by=world.alice, now=NOW).pk == drill.pk
    ended = finish_drill(drill, outcome=DrillOutcome.PASSED, nodes=runs(world)[-2:], by=world.alice, now=NOW)
    assert (ended.outcome, len(ended.nodes)) == ("passed", 2)
    assert "and got the same metrics" in ended.notes
    (exercise,) = with_people(facts(), world.system).drills
    assert (exercise.passed, len(exercise.proofs)) == (True, 2)
    again = finish_drill(drill, outcome=DrillOutcome.FAILED, link=LINK, by=world.alice, now=NOW)
    assert again.outcome == "passed"


def test_nodes_that_prove_nothing_are_refused(world: World, assessment: Assessment) -> None:
    drill = start_drill(world.system, kind=DrillKind.REPLAY, by=world.alice, now=NOW - 4 * DAY)
    with pytest.raises(RefusedError, match="same commit, data and parameters"):
        finish_drill(drill, outcome=DrillOutcome.PASSED, nodes=runs(world), by=world.alice, now=NOW)


def test_outcome_against_the_store_is_refused(world: World, assessment: Assessment) -> None:
    same_recipe(world)
    drill = start_drill(world.system, kind=DrillKind.REPLAY, by=world.alice, now=NOW - 4 * DAY)
    with pytest.raises(RefusedError, match="The store says otherwise"):
        finish_drill(drill, outcome=DrillOutcome.FAILED, nodes=runs(world)[-2:], by=world.alice, now=NOW)


def test_drill_without_proof_needs_a_link_and_is_attested(world: World) -> None:
    drill = start_drill(world.system, kind=DrillKind.DRIFT, by=world.alice, now=NOW - DAY)
    with pytest.raises(RefusedError, match="give a link"):
        finish_drill(drill, outcome=DrillOutcome.PASSED, by=world.alice, now=NOW)
    finish_drill(drill, outcome=DrillOutcome.PASSED, link=LINK, by=world.alice, now=NOW)
    (exercise,) = with_people(facts(), world.system).drills
    assert (exercise.link, exercise.proofs) == (LINK, ())


def test_drill_ends_by_itself_when_the_store_shows_its_proof(world: World, assessment: Assessment) -> None:
    drill = start_drill(world.system, kind=DrillKind.REPLAY, by=world.alice, now=NOW - 4 * DAY)
    assert finish_proven(world.system, now=NOW) == []
    same_recipe(world)
    (ended,) = finish_proven(world.system, now=NOW)
    assert (ended.pk, ended.outcome, len(ended.nodes)) == (drill.pk, "passed", 2)
    assert finish_proven(world.system, now=NOW) == []
    assert AuditEvent.objects.filter(action="drill.finished").get().actor == "evidence"


def test_only_systems_with_a_drill_are_looked_at(
    world: World, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks() as queued:  # type: ignore[attr-defined]
        look_for_proofs([world.system.pk])
    assert queued == []
    start_drill(world.system, kind=DrillKind.REPLAY, by=world.alice, now=NOW)
    with django_capture_on_commit_callbacks() as queued:  # type: ignore[attr-defined]
        look_for_proofs([world.system.pk])
    assert len(queued) == 1


def test_drill_that_is_over_is_recorded_once(world: World) -> None:
    values: dict[str, Any] = {
        "kind": DrillKind.ROLLBACK,
        "started_at": NOW - 2 * DAY,
        "finished_at": NOW - DAY,
        "outcome": DrillOutcome.FAILED,
        "link": LINK,
    }
    first = record_drill(world.system, **values, by=world.alice, now=NOW)
    assert record_drill(world.system, **values, by=world.alice, now=NOW).pk == first.pk
    assert Drill.objects.get().outcome == "failed"


@pytest.mark.parametrize(
    ("start", "end"), [(NOW, NOW - DAY), (NOW - DAY, NOW + DAY), (NOW - 181 * DAY, NOW - 180 * DAY)]
)
def test_drill_of_impossible_times_is_refused(world: World, start: object, end: object) -> None:
    with pytest.raises(RefusedError):
        record_drill(
            world.system,
            kind=DrillKind.DRIFT,
            started_at=start,  # type: ignore[arg-type]
            finished_at=end,  # type: ignore[arg-type]
            outcome=DrillOutcome.PASSED,
            link=LINK,
            by=world.alice,
            now=NOW,
        )


def test_words_are_read_in_as_many_statements_whatever_their_number(world: World, dora: User) -> None:
    counts = []
    for more in (1, 6):
        for number in range(more):
            made = asked(world, by=world.alice, criterion=GATING, reason=f"{more} {number}")
            approve_waiver(made, by=dora, now=NOW)
            attest(
                world.system,
                criterion="att-debuggable",
                statement=f"{more} {number}",
                link=LINK,
                by=dora,
                now=NOW,
            )
            started = NOW - (more * 10 + number + 1) * DAY
            record_drill(
                world.system,
                kind=DrillKind.DRIFT,
                started_at=started,
                finished_at=started,
                outcome=DrillOutcome.PASSED,
                link=LINK,
                by=dora,
                now=NOW,
            )
        with CaptureQueriesContext(connection) as queries:
            with_people(facts(), world.system)
            marks([world.system.pk], now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 11
