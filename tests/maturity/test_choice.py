"""Which rubrics judge a system: all of them; one stands for the team, newest or pinned."""

import pytest
import yaml
from django.db.models import Q

from core.models import AuditEvent
from maturity.choice import by_digest, explaining, headline_of, in_headline, offered, rubrics_of
from maturity.models import Assessment, Confirmation, CriterionResult, RubricText
from maturity.probe import catalogue
from maturity.rubric import RubricError, parse, rubric, shipped, text_of
from maturity.rubric_services import add_text, choose, versions
from maturity.selectors import overview, scorecard, summaries
from maturity.services import assess_system
from tests.conftest import World
from tests.factories import SystemFactory, TeamFactory
from tests.maturity.made import NOW
from tests.maturity.test_rubric import READING


def own_text(**changes: object) -> str:
    return yaml.safe_dump({**READING, "id": "own", **changes})


def test_every_system_is_judged_under_every_shipped_rubric(world: World) -> None:
    held = assess_system(world.system, now=NOW)
    assert held.rubric == "google"
    assert set(Confirmation.objects.values_list("rubric", flat=True)) == {each.id for each in shipped()}
    assert set(RubricText.objects.values_list("digest", flat=True)) == {each.digest for each in shipped()}
    assess_system(world.system, now=NOW)
    assert Assessment.objects.count() == len(shipped())


def test_score_is_kept_as_an_interval(world: World) -> None:
    assess_system(world.system, now=NOW)
    kept = Assessment.objects.get(rubric="ml_test_score")
    assert kept.score is not None
    assert kept.score_potential is not None
    assert 0 <= kept.score <= kept.score_potential <= 7
    card = scorecard(world.system, now=NOW, asked="ml_test_score")
    assert card is not None
    assert (card.summary.score, card.summary.score_potential) == (kept.score, kept.score_potential)


def test_team_chooses_its_headline(world: World) -> None:
    assert headline_of(world.team) == rubric()
    choose(world.team, rubric="microsoft", by=world.alice)
    assert rubrics_of(world.system)[0].id == "microsoft"
    assert assess_system(world.system, now=NOW).rubric == "microsoft"
    assert summaries([world.system], now=NOW)[world.system.pk].rubric.id == "microsoft"
    assert Assessment.objects.filter(in_headline()).get().rubric == "microsoft"
    assert set(
        CriterionResult.objects.filter(in_headline("assessment__")).values_list("criterion", flat=True)
    ) == {each.id for each in rubric("microsoft").criteria}
    assert AuditEvent.objects.filter(action="rubric.chosen", team_id=world.team.pk).count() == 1
    choose(world.team, rubric="microsoft", by=world.alice)
    assert AuditEvent.objects.filter(action="rubric.chosen").count() == 1


def test_pinned_version_is_judged_by_its_own_text(world: World) -> None:
    text = text_of("google").replace('version: "', 'version: "0.', 1)
    old = parse(text, where="old", known=catalogue())
    RubricText.objects.create(digest=old.digest, rubric="google", version=old.version, text=text)
    choose(world.team, rubric="google", pinned=old.digest, by=world.alice)
    assert assess_system(world.system, now=NOW).assessment.rubric_digest == old.digest
    assert summaries([world.system], now=NOW)[world.system.pk].rubric == old
    with pytest.raises(RubricError, match="so it cannot be pinned"):
        choose(world.team, rubric="google", pinned="f" * 64, by=world.alice)
    choose(world.team, rubric="google", by=world.alice)
    assert headline_of(world.team) == rubric()


def test_own_rubric_judges_the_team_and_nobody_else(world: World) -> None:
    other = SystemFactory.create(team=TeamFactory.create())
    kept = add_text(world.team, text=own_text(), by=world.alice)
    assert add_text(world.team, text=own_text(), by=world.alice) == kept
    assert [each.id for each in rubrics_of(world.system)][-1] == "own"
    assert "own" not in {each.id for each in rubrics_of(other)}
    assert "own" in {each.id for each in offered(world.bob, team=None)}
    assert "own" not in {each.id for each in offered(world.charlie, team=None)}
    assert by_digest(kept.digest).criteria[0].takes
    assert kept in versions(world.team)
    assess_system(world.system, now=NOW)
    choose(world.team, rubric="own", pinned=kept.digest, by=world.alice)
    assert headline_of(world.team).digest == kept.digest


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "microsoft"}, "is taken by another rubric"),
        ({"levels": ["only"]}, "the rubric ends at level 0"),
        ({"name": "x" * 200_001}, "is longer than 200,000 characters"),
    ],
)
def test_own_rubric_is_refused(world: World, changes: dict[str, object], words: str) -> None:
    with pytest.raises(RubricError, match=words):
        add_text(world.team, text=own_text(**changes), by=world.alice)
    assert not RubricText.objects.exists()


def test_own_rubric_needs_a_new_version_for_a_new_text(world: World) -> None:
    add_text(world.team, text=own_text(), by=world.alice)
    with pytest.raises(RubricError, match="give this one a new version"):
        add_text(world.team, text=own_text(name="Other"), by=world.alice)
    newer = add_text(world.team, text=own_text(name="Other", version="2"), by=world.alice)
    assert rubrics_of(world.system)[-1].digest == newer.digest


def test_lost_text_is_explained_by_todays(world: World) -> None:
    assess_system(world.system, now=NOW)
    lost = Assessment.objects.filter(Q(rubric="google")).get()
    lost.rubric_digest = "0" * 64
    assert explaining([lost]) == {"0" * 64: rubric()}
    lost.rubric = "nobody"
    assert explaining([lost]) == {"0" * 64: rubric()}
    with pytest.raises(LookupError, match="No rubric text"):
        by_digest("0" * 64)


def test_overview_shows_the_asked_rubric_and_refuses_a_stranger(world: World) -> None:
    assess_system(world.system, now=NOW)
    found = overview(world.bob, team=None, now=NOW, asked="microsoft")
    assert found is not None
    assert found.rubric.id == "microsoft"
    assert found.rows[0].summary is not None
    assert overview(world.bob, team=None, now=NOW, asked="nobody") is None


def test_overview_of_teams_that_differ_shows_the_common_rubric(world: World) -> None:
    other = SystemFactory.create(team=TeamFactory.create())
    choose(world.team, rubric="microsoft", by=world.alice)
    for system in (world.system, other):
        assess_system(system, now=NOW)
    world.alice.is_superuser = True
    found = overview(world.alice, team=None, now=NOW)
    assert found is not None
    assert found.rubric.id == "google"
    assert all(row.summary for row in found.rows)
    mine = overview(world.alice, team=world.team, now=NOW)
    assert mine is not None
    assert mine.rubric.id == "microsoft"
