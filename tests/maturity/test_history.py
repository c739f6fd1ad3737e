"""History, comparison, replay: pages, API and command say the same, and why."""

import json
import re
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from core.models import System
from maturity import services
from maturity.comparison import MomentError, compare
from maturity.facts import SystemFacts
from maturity.facts_json import read, written
from maturity.models import Announcement, Assessment, Confirmation, FactsSnapshot
from maturity.past import section
from maturity.replay import ReplayError, replay
from maturity.rubric import FOLDER, rubric
from maturity.services import assess_system
from maturity.timeline import answers, timeline
from tests.conftest import World
from tests.factories import SystemFactory
from tests.maturity.made import DAY, NOW, commit, facts, with_version

GOOD, BAD = facts(), with_version(commit=None)
UNMERGED = with_version(commit=commit(on_default_branch=False))
PAGES = ["history", "compare", "scorecard"]
APIS = ["history", "compare", "replay"]


MOMENT = re.compile(rb'"(\d{4}-\d\d-\d\dT[^"]+)"')


def later(given: SystemFacts, by: timedelta) -> SystemFacts:
    """The same facts, everything in them moved in time."""
    return read(
        MOMENT.sub(
            lambda found: f'"{(datetime.fromisoformat(found[1].decode()) + by).isoformat()}"'.encode(),
            written(given),
        )
    )


def assess(system: System, given: SystemFacts, *, day: float) -> None:
    given = later(given, day * DAY)
    with patch.object(services, "load_facts", return_value=given):
        assess_system(system, now=given.now)


@pytest.fixture
def lived(world: World) -> World:
    """A system that lost its commit two days ago and found it again yesterday."""
    for day, given in ((-3, GOOD), (-2, BAD), (-1, GOOD), (0, GOOD)):
        assess(world.system, given, day=day)
    return world


@pytest.fixture(autouse=True)
def _clock() -> object:
    with travel(NOW, tick=False):
        yield


def numbers(system: System) -> list[int]:
    rows = Assessment.objects.filter(system=system, rubric="google").order_by("assessed_at")
    return list(rows.values_list("pk", flat=True))


def page(client: Client, name: str, *args: str, query: str = "", status: int = 200) -> str:
    response = client.get(reverse(f"maturity:{name}", args=args) + query)
    assert response.status_code == status, response.content
    return response.content.decode()


def api(client: Client, path: str, *, status: int = 200) -> dict[str, object]:
    response = client.get(f"/api/v1/systems/{path}")
    assert response.status_code == status, response.content
    found: dict[str, object] = response.json()
    return found


def test_an_assessment_is_kept_with_its_causes(lived: World) -> None:
    first, second, third = Assessment.objects.filter(rubric="google").order_by("assessed_at")
    assert first.causes == []
    lost = next(c for c in second.causes if c["criterion"] == "repro-commit-bound")
    assert (lost["kind"], lost["was"], lost["now"]) == ("evidence", "met", "not_met")
    found = next(c for c in third.causes if c["criterion"] == "repro-commit-bound")
    assert (found["was"], found["now"]) == ("not_met", "met")


def test_timeline_tells_moves_and_causes(lived: World) -> None:
    found = timeline(lived.system, under=rubric(), now=NOW)
    assert [step.is_first for step in found.steps] == [True, False, False]
    assert {move.capability for move in found.steps[1].moved} >= {"repro"}
    assert [m.direction for m in found.steps[1].moved if m.capability == "repro"] == ["down"]
    assert found.moments("repro")[1].kind == "evidence"


def test_what_is_too_old_is_not_shown_as_held(lived: World) -> None:
    late = NOW + 9 * DAY
    found = timeline(lived.system, under=rubric(), now=late)
    assert found.aged is not None
    assert found.stands().confirmed == -1
    assert found.moments()[-1].kind == "expiry"
    shown = section(found, under=rubric(), now=late)
    assert shown is not None
    assert "below 0" in shown.reading


def test_section_draws_as_many_marks_as_moves(lived: World) -> None:
    found = timeline(lived.system, under=rubric(), now=NOW)
    shown = section(found, under=rubric(), now=NOW)
    assert shown is not None
    assert shown.chart is not None
    assert len(shown.chart.marks) == len(found.moments())
    assert {trend.name for trend in shown.trends} == {c.name for c in rubric().capabilities}


def test_scorecard_tells_why_with_links(lived: World) -> None:
    html = page(lived.client(lived.bob), "scorecard", lived.system.slug)
    assert "Reproducibility: level" in html
    assert "no commit" in html
    assert "/lineage/" in html
    assert f'id="change-{numbers(lived.system)[1]}"' in html


def test_history_page_shows_every_criterion(lived: World) -> None:
    html = page(lived.client(lived.bob), "history", lived.system.slug)
    assert "First assessment" in html
    assert html.count('class="name-link"') == len(rubric().criteria)


def test_history_of_a_system_without_any(world: World) -> None:
    assert "Not assessed yet" in page(world.client(world.bob), "history", world.system.slug)


def test_answers_are_told_as_often_as_they_changed(lived: World) -> None:
    found = answers(timeline(lived.system, under=rubric(), now=NOW).steps)
    assert [a.verdict for a in found["repro-commit-bound"]] == ["met", "not_met", "met"]
    assert len(found["gov-owner"]) == 1


@pytest.mark.parametrize(
    ("start", "end"), [("2026-11-17", "2026-11-18"), ("2026-11-17T13:00:00+00:00", "2026-11-18T12:00")]
)
def test_compare_two_moments(lived: World, start: str, end: str) -> None:
    found = compare(lived.system, under=rubric(), start=start, end=end, now=NOW)
    row = next(r for r in found.changed if r.criterion == "repro-commit-bound")
    assert row.was is not None
    assert row.now is not None
    assert (row.was.verdict, row.now.verdict, len(row.causes)) == ("met", "not_met", 1)
    assert next(m for m in found.moves if m.capability == "repro").direction == "down"


def test_compare_tells_what_happened_between_equal_ends(lived: World) -> None:
    found = compare(lived.system, under=rubric(), start="2026-11-17", end="", now=NOW)
    row = next(r for r in found.changed if r.criterion == "repro-commit-bound")
    assert (row.differs, len(row.causes), found.steps) == (False, 2, 2)


def test_compare_by_numbers_of_assessments(lived: World) -> None:
    first, second, _third = numbers(lived.system)
    found = compare(lived.system, under=rubric(), start=str(first), end=str(second), now=NOW)
    assert (found.start.assessment.pk, found.end.assessment.pk) == (first, second)


def test_compare_reads_stale_evidence_as_unknown(lived: World) -> None:
    late = NOW + 3 * DAY
    found = compare(lived.system, under=rubric(), start="2026-11-20", end="", now=late)
    row = next(r for r in found.changed if r.criterion == "repro-commit-bound")
    assert row.now is not None
    assert row.now.verdict == "unknown"
    assert found.moves[0].now.confirmed == -1


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("yesterday", "", "neither a date"),
        ("2026-11-31", "", "neither a date"),
        ("2020-01-01", "", "was not assessed under"),
        ("", "2020-01-01", "was not assessed under"),
        ("987654", "", "has no assessment 987654"),
        ("2026-11-19", "2026-11-18", "swap them"),
        ("9" * 30, "", "neither a date"),
        ("2026-11-20\0", "", "neither a date"),
    ],
)
def test_a_moment_that_cannot_be_shown_says_why(lived: World, start: str, end: str, words: str) -> None:
    with pytest.raises(MomentError, match=words):
        compare(lived.system, under=rubric(), start=start, end=end, now=NOW)


def test_compare_page_and_api_agree(lived: World) -> None:
    client, slug = lived.client(lived.bob), lived.system.slug
    query = "?from=2026-11-17&to=2026-11-18"
    html = page(client, "compare", slug, query=query)
    found = api(client, f"{slug}/compare/{query}")
    assert isinstance(found["criteria"], list)
    assert f"{len(found['criteria'])} criteria changed" in html
    assert "no commit" in html
    bad = api(client, f"{slug}/compare/?from=x", status=400)
    assert "neither a date" in str(bad)
    assert "neither a date" in page(client, "compare", slug, query="?from=x", status=400)


def test_a_rubric_that_does_not_exist_is_404(lived: World) -> None:
    client, slug = lived.client(lived.bob), lived.system.slug
    for name in ("history", "compare"):
        page(client, name, slug, query="?rubric=nothing", status=404)
    for name in APIS:
        api(client, f"{slug}/{name}/?rubric=nothing", status=404)


def test_api_history_says_what_the_page_says(lived: World) -> None:
    client, slug = lived.client(lived.bob), lived.system.slug
    steps = api(client, f"{slug}/history/")["steps"]
    assert isinstance(steps, list)
    assert [step["assessment"] for step in steps] == numbers(lived.system)[::-1]
    html = page(client, "history", slug)
    assert all(f'id="change-{step["assessment"]}"' in html for step in steps)
    listed = client.get(f"/api/v1/assessments/?system={slug}&rubric=google").json()["results"]
    assert {a["id"] for a in listed} >= set(numbers(lived.system))
    assert any(cause["criterion"] == "repro-commit-bound" for a in listed for cause in a["causes"])


@pytest.mark.parametrize("name", PAGES)
def test_page_for_mate_outsider_and_anonymous(lived: World, name: str) -> None:
    url = reverse(f"maturity:{name}", args=[lived.system.slug])
    seen = [lived.client(u).get(url).status_code for u in (lived.alice, lived.bob, lived.charlie, None)]
    assert seen == [200, 200, 404, 302]


@pytest.mark.parametrize("name", APIS)
def test_api_for_mate_outsider_and_anonymous(lived: World, name: str) -> None:
    url = f"/api/v1/systems/{lived.system.slug}/{name}/"
    seen = [lived.client(u).get(url).status_code for u in (lived.alice, lived.bob, lived.charlie)]
    assert seen == [200, 200, 404]
    assert lived.client(None).get(url).status_code in (401, 403)


def test_preview_for_mate_outsider_and_anonymous(lived: World) -> None:
    url = reverse("maturity:preview", args=[lived.team.slug])
    seen = [lived.client(u).get(url).status_code for u in (lived.alice, lived.bob, lived.charlie, None)]
    assert seen == [200, 200, 404, 302]


def test_preview_shows_the_days_under_another_rubric(lived: World) -> None:
    client = lived.client(lived.alice)
    html = page(client, "preview", lived.team.slug, query="?rubric=google&days=2")
    assert lived.system.name in html
    assert html.count('class="step"') == 2
    page(client, "preview", lived.team.slug, query="?rubric=" + "0" * 64, status=404)


def test_announcements_are_listed_for_the_team_only(lived: World) -> None:
    held = Assessment.objects.filter(rubric="google")[0]
    Announcement.objects.create(
        system=lived.system,
        rubric="google",
        capability="own",
        before=1,
        after=0,
        assessment=held,
        at=NOW,
    )
    rows = lived.client(lived.bob).get("/api/v1/announcements/?capability=own").json()["results"]
    assert [(r["system"], r["before"], r["after"]) for r in rows] == [(lived.system.slug, 1, 0)]
    assert lived.client(lived.charlie).get("/api/v1/announcements/").json()["results"] == []


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "url", ["/systems/{}/history/", "/systems/{}/compare/", "/api/v1/systems/{}/history/"]
)
def test_a_long_history_takes_as_many_queries(lived: World, url: str) -> None:
    client = lived.client(lived.bob)
    url = url.format(lived.system.slug)
    client.get(url)
    before = _queries(client, url)
    for hour in range(1, 12):
        assess(lived.system, (BAD, GOOD, UNMERGED)[hour % 3], day=hour / 24)
    with travel(NOW + DAY / 2, tick=False):
        assert _queries(client, url) <= before + 1  # + 1: counting what is left out


def test_lists_of_assessments_and_announcements_take_constant_queries(lived: World) -> None:
    client, counts = lived.client(lived.bob), []
    for more in (2, 6):
        for _ in range(more):
            system = SystemFactory.create(team=lived.team)
            assess(system, GOOD, day=0)
            held = Confirmation.objects.filter(system=system)[0]
            Announcement.objects.create(
                system=system, rubric="google", after=1, assessment=held.assessment, at=NOW
            )
        counts.append(
            [_queries(client, f"/api/v1/{name}/?page_size=500") for name in ("assessments", "announcements")]
        )
    assert counts[0] == counts[1]


def test_replay_of_a_day_agrees_with_what_held(lived: World) -> None:
    found = replay(lived.system, at=(NOW - 2 * DAY).date(), under=rubric())
    assert (found.differs, found.causes) == (False, ())
    assert found.held is not None
    assert found.held.assessed_at == NOW - 2 * DAY


def test_replay_under_another_text_tells_the_rubrics_effect(lived: World, tmp_path: Path) -> None:
    file = _stricter(tmp_path)
    before = _written()
    out = StringIO()
    call_command("assess", lived.system.slug, at="2026-11-18", rubric=str(file), stdout=out)
    assert "under google next" in out.getvalue()
    assert "gov-owner: met → unknown" in out.getvalue()
    assert "least strength attested → verified" in out.getvalue() or "→ verified" in out.getvalue()
    assert "Nothing was written." in out.getvalue()
    assert _written() == before


def test_replay_as_json_is_what_the_api_says(lived: World) -> None:
    out = StringIO()
    call_command("assess", lived.system.slug, at="2026-11-18", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert told == api(lived.client(lived.bob), f"{lived.system.slug}/replay/?at=2026-11-18")
    assert (told["differs"], told["causes"], told["day"]) == (False, [], "2026-11-18")


def test_replay_under_every_shipped_rubric(lived: World) -> None:
    for path in sorted(FOLDER.glob("*.yaml")):
        found = replay(lived.system, at=NOW.date(), under=rubric(path.stem))
        assert found.moves[0].now.confirmed is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"at": "2020-01-01"}, "No facts of .* were kept on 2020-01-01. Kept days: 2026-11-20"),
        ({"at": "soon"}, "write it like 2026-11-20"),
        ({"rubric": "/nowhere/at-all.yaml"}, "cannot be read"),
        ({"rubric": "{broken}"}, "no valid YAML"),
    ],
)
def test_command_says_what_is_wrong(
    lived: World, tmp_path: Path, options: dict[str, str], words: str
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    given = {name: value.replace("{broken}", str(broken)) for name, value in options.items()}
    with pytest.raises(CommandError, match=words):
        call_command("assess", lived.system.slug, **given)


def test_command_asks_for_a_system(lived: World) -> None:
    with pytest.raises(CommandError, match="ask for one system"):
        call_command("assess", at="2026-11-18")


def test_replay_before_anything_was_kept(world: World) -> None:
    with pytest.raises(ReplayError, match=r"No facts of .* were kept yet"):
        replay(world.system, at=NOW.date(), under=rubric())
    assert "at" in api(world.client(world.bob), f"{world.system.slug}/replay/", status=400)["errors"]  # type: ignore[operator]
    api(world.client(world.bob), f"{world.system.slug}/replay/?at=soon", status=400)


def test_replay_of_an_unknown_format_says_so(lived: World) -> None:
    FactsSnapshot.objects.update(format=9)
    with pytest.raises(ReplayError, match="kept in format 9"):
        replay(lived.system, at=NOW.date(), under=rubric())
    html = page(lived.client(lived.bob), "preview", lived.team.slug)
    assert "No day of it was kept yet" in html


def _stricter(folder: Path) -> Path:
    """Google's rubric with one criterion that asks for stronger evidence."""
    text = (FOLDER / "google.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    place = lines.index("  - id: gov-owner")
    lines.insert(place + 1, "    min_strength: verified")
    at = next(n for n, line in enumerate(lines) if line.startswith("version:"))
    lines[at] = "version: next"
    file = folder / "stricter.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def _written() -> tuple[int, int, object]:
    rows = Confirmation.objects.order_by("pk").values_list("pk", "confirmed_at")
    return Assessment.objects.count(), FactsSnapshot.objects.count(), list(rows)


def test_the_hour_of_an_assessment_is_not_lost(lived: World) -> None:
    step = timeline(lived.system, under=rubric(), now=NOW).steps[1]
    assert step.at == NOW - timedelta(days=2)
