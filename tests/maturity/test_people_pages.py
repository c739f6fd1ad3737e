"""What people say, on the pages and through the API: who may, what is shown, and how much it costs."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from core.models import User
from core.permissions import Role
from core.tokens import create_token
from maturity.inputs.attestations import attest
from maturity.inputs.disputes import raise_dispute
from maturity.inputs.drills import record_drill, start_drill
from maturity.inputs.waivers import approve_waiver, request_waiver
from maturity.models import Assessment, Attestation, Dispute, Drill, Waiver
from maturity.models.inputs import DrillKind, DrillOutcome
from maturity.services import assess_system
from tests.conftest import World
from tests.factories import MembershipFactory, SystemFactory, UserFactory
from tests.maturity.made import DAY, NOW
from tests.maturity.stored import fill

GATING = "repro-image-pinned"
LINK = "https://tickets.example.invalid/7"
WAIVER = {"reason": "配布元を待つ", "link": LINK, "expires_on": "2026-12-20"}


@pytest.fixture(autouse=True)
def _clock() -> object:
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def judged(world: World) -> World:
    fill(world.system)
    assess_system(world.system, now=NOW)
    return world


@pytest.fixture
def dora(world: World) -> User:
    user: User = UserFactory.create(username="dora")
    MembershipFactory.create(user=user, team=world.team, role=Role.MANAGER)
    return user


def waived(world: World, *, by: User, approved_by: User | None = None) -> Waiver:
    made = request_waiver(
        world.system,
        criterion=GATING,
        reason="配布元を待つ",
        link=LINK,
        expires_at=NOW + 10 * DAY,
        by=by,
        now=NOW,
    )
    return approve_waiver(made, by=approved_by, now=NOW) if approved_by else made


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(f"maturity:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def held() -> Assessment:
    """The assessment under the headline."""
    return Assessment.objects.get(rubric="google")


def url(world: World, name: str, *args: object) -> str:
    return reverse(f"maturity:{name}", args=[world.system.slug, *args])


def statuses(world: World, address: str, data: dict[str, str] | None = None) -> list[int]:
    """What owner, team mate, outsider and a stranger get."""
    people = (world.alice, world.bob, world.charlie, None)
    clients = [world.client(person) for person in people]
    answers = [c.get(address) if data is None else c.post(address, data) for c in clients]
    return [answer.status_code for answer in answers]


@pytest.mark.parametrize("name", ["people", "drills"])
def test_page_is_for_who_sees_the_system(judged: World, name: str) -> None:
    assert statuses(judged, url(judged, name)) == [200, 200, 404, 302]


@pytest.mark.parametrize("act", ["waive", "dispute"])
def test_form_is_for_editors(judged: World, act: str) -> None:
    assert statuses(judged, url(judged, "say", act, GATING)) == [200, 403, 404, 302]


def test_empty_page_says_what_to_do(judged: World) -> None:
    html = page(judged.client(judged.alice), "people", judged.system.slug)
    assert "Nobody has said anything yet" in html
    assert "Nothing waits for an answer" in html
    assert "No drill has ended yet" in page(judged.client(judged.alice), "drills", judged.system.slug)


def test_scorecard_offers_what_fits_to_editors_only(judged: World) -> None:
    ours = page(judged.client(judged.alice), "scorecard", judged.system.slug)
    assert url(judged, "say", "waive", GATING) in ours
    assert url(judged, "say", "attest", GATING) not in ours
    assert url(judged, "say", "attest", "att-debuggable") in ours
    assert url(judged, "drills") + "#rollback" in ours
    assert url(judged, "say", "waive", GATING) not in page(
        judged.client(judged.bob), "scorecard", judged.system.slug
    )


def test_waiver_is_asked_shown_approved_and_drawn(judged: World, dora: User) -> None:
    asked = judged.client(judged.alice).post(url(judged, "say", "waive", GATING), WAIVER)
    assert (asked.status_code, asked.headers["Location"]) == (302, url(judged, "people"))
    made = Waiver.objects.get()
    html = page(judged.client(judged.alice), "people", judged.system.slug)
    assert "1 word waits for an answer" in html
    assert "配布元を待つ" in html
    assert "Another manager has to approve it" in html
    approve = url(judged, "decide", "waiver", made.pk, "approve")
    assert approve in page(judged.client(dora), "people", judged.system.slug)
    assert judged.client(dora).post(approve).status_code == 302
    assess_system(judged.system, now=NOW)
    scorecard = page(judged.client(judged.bob), "scorecard", judged.system.slug)
    assert "Waived until 2026-12-21, asked by alice, approved by dora: 配布元を待つ" in scorecard
    assert "1 waived" in page(judged.client(judged.bob), "badge", judged.system.slug)


def test_own_request_is_not_approved_on_the_page(judged: World) -> None:
    made = waived(judged, by=judged.alice)
    answer = judged.client(judged.alice).post(
        url(judged, "decide", "waiver", made.pk, "approve"), follow=True
    )
    assert "another manager has to approve it" in answer.content.decode()
    assert Waiver.objects.get().approved_at is None


def test_fault_in_a_form_says_what_to_do(judged: World) -> None:
    late = {**WAIVER, "expires_on": "2028-01-01"}
    answer = judged.client(judged.alice).post(url(judged, "say", "waive", GATING), late)
    assert answer.status_code == 200
    assert "A waiver ends within 365 days" in answer.content.decode()
    assert "配布元を待つ" in answer.content.decode()


def test_form_unfolds_as_a_fragment_and_redirects_the_page(judged: World) -> None:
    client, address = judged.client(judged.alice), url(judged, "say", "waive", GATING)
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'type="date"' in fragment
    sent = client.post(address, WAIVER, headers={"HX-Request": "true"})
    assert sent.headers["HX-Redirect"] == url(judged, "people")


@pytest.mark.parametrize(
    ("act", "criterion"), [("attest", GATING), ("map", GATING), ("praise", GATING), ("waive", "nothing")]
)
def test_word_that_does_not_fit_does_not_exist(judged: World, act: str, criterion: str) -> None:
    assert judged.client(judged.alice).get(url(judged, "say", act, criterion)).status_code == 404


def test_attestation_stands_beside_its_verdict(judged: World) -> None:
    criterion = "att-debuggable"
    sent = {"statement": "数値を確かめた", "link": LINK}
    judged.client(judged.alice).post(url(judged, "say", "attest", criterion), sent)
    assert Attestation.objects.get().attested_by == judged.alice
    assess_system(judged.system, now=NOW)
    html = page(judged.client(judged.bob), "scorecard", judged.system.slug)
    assert "数値を確かめた" in html
    assert "1 attested" in page(judged.client(judged.bob), "badge", judged.system.slug)
    assert "数値を確かめた" in page(judged.client(judged.bob), "criterion", criterion)


def test_dispute_is_raised_and_answered(judged: World, dora: User) -> None:
    subject = held().results.get(criterion=GATING).findings[0]["subject"]
    judged.client(judged.alice).post(
        url(judged, "say", "dispute", GATING), {"subject": subject, "text": "固定されている"}
    )
    dispute = Dispute.objects.get()
    assert "disputed" in page(judged.client(judged.bob), "scorecard", judged.system.slug)
    address = url(judged, "answer", dispute.pk)
    assert "Withdraw it" in page(judged.client(judged.alice), "answer", judged.system.slug, dispute.pk)
    answer = judged.client(dora).post(address, {"do": "accept", "answer": "その通り"})
    assert answer.status_code == 302
    dispute.refresh_from_db()
    assert (dispute.state, dispute.answer) == ("accepted", "その通り")
    assert statuses(judged, address, {"do": "reject", "answer": "x"}) == [200, 403, 404, 302]


def test_what_holds_is_ended_by_its_name(judged: World, dora: User) -> None:
    made = waived(judged, by=judged.alice, approved_by=dora)
    address = url(judged, "decide", "waiver", made.pk, "revoke")
    client = judged.client(judged.alice)
    assert f"Type “{GATING}” to confirm" in client.get(address).content.decode()
    wrong = client.post(address, {"name": "other"})
    assert "This is not the name" in wrong.content.decode()
    assert Waiver.objects.get().revoked_at is None
    client.post(address, {"name": GATING})
    assert Waiver.objects.get().revoked_by == judged.alice


def test_decision_that_does_not_exist_is_404(judged: World) -> None:
    client = judged.client(judged.alice)
    made = waived(judged, by=judged.alice)
    assert client.post(url(judged, "decide", "waiver", made.pk, "praise")).status_code == 404
    assert client.post(url(judged, "decide", "waiver", 987_654, "approve")).status_code == 404
    other = SystemFactory.create(team=judged.team)
    foreign = reverse("maturity:decide", args=[other.slug, "waiver", made.pk, "decline"])
    assert client.post(foreign).status_code == 404


def test_drill_is_started_and_ended_on_the_page(judged: World) -> None:
    start = url(judged, "start_drill", "rollback")
    assert statuses(judged, start, {}) == [302, 403, 404, 302]
    client, drill = judged.client(judged.alice), Drill.objects.get()
    html = page(client, "drills", judged.system.slug)
    assert "1 drill is under way" in html
    assert '"status": "rolled_back"' in html.replace("&quot;", '"')
    finish = url(judged, "finish_drill", drill.pk)
    assert "Choose what proves the drill" in client.post(finish, {"outcome": "passed"}).content.decode()
    client.post(finish, {"outcome": "passed", "link": LINK, "notes": "訓練"})
    shown = page(client, "drills", judged.system.slug)
    assert "訓練" in shown
    assert client.get(finish).status_code == 404


def test_drill_that_is_over_is_recorded_on_the_page(judged: World) -> None:
    sent = {
        "started_at": "2026-11-19T09:00",
        "finished_at": "2026-11-19T10:00",
        "outcome": "failed",
        "link": LINK,
    }
    client = judged.client(judged.alice)
    assert client.post(url(judged, "record_drill", "drift"), sent).status_code == 302
    assert (Drill.objects.get().outcome, Drill.objects.get().kind) == ("failed", "drift")
    assert client.get(url(judged, "record_drill", "fire")).status_code == 404


def test_exports_and_api_say_what_the_page_says(judged: World, dora: User) -> None:
    waived(judged, by=judged.alice, approved_by=dora)
    raise_dispute(held(), criterion=GATING, text="違う", by=judged.alice, now=NOW)
    assess_system(judged.system, now=NOW)
    client, slug = judged.client(judged.bob), judged.system.slug
    exported = client.get(url(judged, "export_json")).json()["results"]
    table = list(csv.DictReader(io.StringIO(page(client, "export_csv", slug))))
    rows = client.get(f"/api/v1/criteria-results/?system={slug}&current=true&criterion={GATING}").json()[
        "results"
    ]
    ours = next(r for r in exported if r["criterion"] == GATING)
    line = next(r for r in table if r["criterion"] == GATING)
    assert [m["saying"] for m in ours["people"]] == ["waived", "disputed"]
    assert rows[0]["people"] == ours["people"]
    assert (ours["verdict"], ours["otherwise"], ours["until"]) == (
        "waived",
        "not_met",
        (NOW + 10 * DAY).isoformat(),
    )
    assert line["otherwise"] == "not_met"
    assert line["people"].startswith("waived by dora until 2026-11-30: 配布元を待つ; disputed by alice")


def token(world: World, scope: str = "write") -> dict[str, str]:
    _made, clear = create_token(team=world.team, name="ci", scope=scope, by=world.alice)
    return {"Authorization": f"Bearer {clear}"}


def asked(world: World, **changes: Any) -> dict[str, Any]:
    end = (NOW + 30 * DAY).isoformat()
    body = {
        "system": world.system.slug,
        "criterion": GATING,
        "reason": "待つ",
        "link": LINK,
        "expires_at": end,
    }
    return {**body, **changes}


def send(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(
        f"/api/v1/{path}/", data=body or {}, content_type="application/json", headers=headers or None
    )


def test_token_asks_and_never_decides(judged: World) -> None:
    client, headers = judged.client(None), token(judged)
    made = send(client, "waivers", asked(judged), **headers)
    assert (made.status_code, made.json()["through"], made.json()["requested_by"]) == (201, "ci", "alice")
    assert send(client, "waivers", asked(judged), **headers).json()["id"] == made.json()["id"]
    for act in ("approve", "decline", "revoke"):
        answer = send(client, f"waivers/{made.json()['id']}/{act}", **headers)
        assert answer.status_code == 403
    word = {
        "system": judged.system.slug,
        "criterion": "att-debuggable",
        "statement": "x",
        "link": LINK,
    }
    assert send(client, "attestations", word, **headers).status_code == 403
    assert send(client, "waivers", asked(judged), **token(judged, "read")).status_code == 403


def test_api_of_waivers_for_owner_mate_outsider_and_stranger(judged: World, dora: User) -> None:
    people = (judged.alice, judged.bob, judged.charlie, None)
    codes = [send(judged.client(each), "waivers", asked(judged)).status_code for each in people]
    assert codes[:3] == [201, 403, 404]
    assert codes[3] in (401, 403)
    pk = Waiver.objects.get().pk
    refused = send(judged.client(judged.alice), f"waivers/{pk}/approve")
    assert refused.status_code == 409
    assert "another manager" in refused.json()["detail"]
    assert send(judged.client(judged.charlie), f"waivers/{pk}/approve").status_code == 404
    approved = send(judged.client(dora), f"waivers/{pk}/approve")
    assert (approved.status_code, approved.json()["approved_by"]) == (200, "dora")
    assert send(judged.client(dora), f"waivers/{pk}/revoke").json()["revoked_by"] == "dora"


def test_api_of_disputes_and_their_answers(judged: World, dora: User) -> None:
    body = {"assessment": held().pk, "criterion": GATING, "text": "違う"}
    made = send(judged.client(judged.alice), "disputes", body).json()
    answer = send(judged.client(dora), f"disputes/{made['id']}/answer", {"accept": True, "answer": "はい"})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert send(judged.client(judged.charlie), "disputes", body).status_code == 404


def test_api_of_drills(judged: World) -> None:
    client, headers = judged.client(None), token(judged)
    body = {"system": judged.system.slug, "kind": "rollback"}
    made = send(client, "drills", body, **headers)
    assert (made.status_code, made.json()["outcome"]) == (201, "")
    half = send(client, "drills", {**body, "outcome": "passed"}, **headers)
    assert half.status_code == 400
    refused = send(client, f"drills/{made.json()['id']}/finish", {"outcome": "passed"}, **headers)
    assert (refused.status_code, "give a link" in refused.json()["detail"]) == (409, True)
    done = send(client, f"drills/{made.json()['id']}/finish", {"outcome": "passed", "link": LINK}, **headers)
    assert (done.json()["outcome"], done.json()["nodes"]) == ("passed", [])


@pytest.mark.parametrize("path", ["waivers", "attestations", "disputes", "mappings", "drills"])
def test_api_lists_only_what_is_visible(judged: World, dora: User, path: str) -> None:
    waived(judged, by=judged.alice, approved_by=dora)
    start_drill(judged.system, kind=DrillKind.DRIFT, by=judged.alice, now=NOW)
    mate = judged.client(judged.bob).get(f"/api/v1/{path}/?system__slug={judged.system.slug}")
    assert len(mate.json()["results"]) == (1 if path in ("waivers", "drills") else 0)
    assert judged.client(judged.charlie).get(f"/api/v1/{path}/").json()["results"] == []
    assert judged.client(None).get(f"/api/v1/{path}/").status_code in (401, 403)


def test_pages_and_lists_take_a_constant_number_of_queries(judged: World, dora: User) -> None:
    addresses = [url(judged, "people"), url(judged, "drills"), url(judged, "scorecard")]
    addresses += [f"/api/v1/{path}/" for path in ("waivers", "attestations", "disputes", "drills")]
    assessment, counts = held(), []
    client = judged.client(judged.alice)
    for size in (2, 12):
        for number in range(size):
            waived(judged, by=judged.alice, approved_by=dora)
            Waiver.objects.update(reason=f"{size} {number}")
            word = {"criterion": "att-debuggable", "statement": f"{size} {number}", "link": LINK}
            attest(judged.system, **word, by=dora, now=NOW)
            text = f"{size} {number}"
            raise_dispute(assessment, criterion=GATING, text=text, by=judged.alice, now=NOW)
            began = NOW - timedelta(days=size, hours=number)
            record_drill(
                judged.system,
                kind=DrillKind.DRIFT,
                started_at=began,
                finished_at=began,
                outcome=DrillOutcome.PASSED,
                link=LINK,
                by=dora,
                now=NOW,
            )
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]
