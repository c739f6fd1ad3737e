"""The drawing and the outline in words and places."""

from typing import Any

import pytest

from lineage.chips import chip_of
from lineage.layout import CARD_WIDTH
from lineage.outline import outline
from lineage.picture import draw, shorten
from lineage.reading import reading
from lineage.state import ViewState, read_state
from lineage.wording import group_title, kind_word, title_and_detail, verb
from tests.lineage.views_made import a_node, a_view, gaps_of

STATE = ViewState(4)


def test_draw_makes_a_card_of_every_node_group_and_gap() -> None:
    view = a_view(with_gap=True)
    picture = draw(view, gaps=gaps_of(view), state=STATE)
    assert {card.key for card in picture.cards} == {"1", "2", "3", "4", "5", "1-down-code_of", "run_data"}
    (focus,) = [card for card in picture.cards if card.is_focus]
    assert (focus.title, focus.detail) == ("churn", "v3")


def test_draw_links_cards_and_edges_to_the_panel_of_this_view() -> None:
    picture = draw(a_view(), gaps=(), state=ViewState(4, up=2, select="2"))
    cards = {card.key: card for card in picture.cards}
    assert cards["3"].href == "/lineage/4/?up=2&select=3"
    assert cards["3"].focus_href == "/lineage/3/?up=2"
    assert cards["2"].is_selected
    assert {line.href for line in picture.lines} >= {"/lineage/4/?up=2&select=2-wrote-4"}


def test_draw_names_cards_and_edges_for_those_who_cannot_see_them() -> None:
    picture = draw(a_view(), gaps=(), state=STATE)
    names = {card.key: card.name for card in picture.cards}
    assert names["5"] == "deployment, churn-api, 2 alerts"
    assert names["1-down-code_of"] == "12 more, kind run, beside Add features"
    assert "kite wrote churn v3" in {line.name for line in picture.lines}


def test_draw_heads_columns_from_code_to_deployment() -> None:
    headings = [heading.text for heading in draw(a_view(), gaps=(), state=STATE).headings]
    assert headings == ["Code", "Data", "Run", "Model version", "Deployment"]


def test_draw_keeps_texts_inside_their_cards() -> None:
    assert shorten("short", 100) == "short"
    assert shorten("x" * 100, CARD_WIDTH).endswith("…")
    assert len(shorten("特徴量" * 20, CARD_WIDTH)) < len(shorten("x" * 60, CARD_WIDTH))


def test_outline_goes_from_the_furthest_cause_to_the_furthest_effect() -> None:
    view = a_view(with_gap=True)
    rows = outline(view, gaps=gaps_of(view), state=STATE)
    titles = [row.title for row in rows]
    assert (
        titles.index("Add features")
        < titles.index("kite")
        < titles.index("churn")
        < titles.index("churn-api")
    )
    assert len(rows) == 7
    assert [row.title for row in rows if row.is_focus] == ["churn"]


def test_outline_says_how_each_node_is_linked() -> None:
    rows = {row.title: row for row in outline(a_view(), gaps=(), state=STATE)}
    assert (rows["kite"].relation, rows["kite"].method) == ("wrote churn v3", "run output")
    assert (rows["churn-api"].relation, rows["churn-api"].strength) == (
        "churn v3 was deployed as this",
        "declared",
    )


def test_outline_shows_gaps_with_their_remedy() -> None:
    view = a_view(with_gap=True)
    (gap,) = [
        row for row in outline(view, gaps=gaps_of(view), state=STATE) if row.chip and row.chip.text == "gap"
    ]
    assert gap.relation == "missing at kite"
    assert "mlflow.log_input" in gap.method


def test_reading_names_code_data_and_what_is_live() -> None:
    assert reading(a_view(), gaps=()) == "Made by commit 9f3ab21 from gold. Live in churn-api."
    view = a_view(with_gap=True)
    assert reading(view, gaps=gaps_of(view)).endswith("1 kind of hop is missing.")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"is_gone": True, "alerts": 1}, "gone"),
        ({"alerts": 1, "state": "live"}, "1 alert"),
        ({"is_drifting": True, "state": "live"}, "drift"),
        ({"state": "live"}, "live"),
        ({"state": "FAILED"}, "failed"),
        ({"attrs": {"aliases": ["champion"]}}, "champion"),
        ({"attrs": {"git_dirty": True}}, "uncommitted changes"),
    ],
)
def test_chip_shows_the_gravest(fields: dict[str, Any], text: str) -> None:
    chip = chip_of(a_node(1, "model_version", **fields))
    assert chip is not None
    assert chip.text == text


def test_chip_of_an_ordinary_node_is_absent() -> None:
    assert chip_of(a_node(1, "run", state="FINISHED")) is None


def test_state_survives_its_address() -> None:
    state = ViewState(7, up=2, down=9, fan=3, select="3-wrote-4", before=12)
    query = dict(part.split("=") for part in state.url().partition("?")[2].split("&"))
    assert read_state(7, query) == state
    assert ViewState(7).url() == "/lineage/7/"


def test_state_moves_numbers_into_their_range() -> None:
    state = read_state(7, {"up": "99", "down": "-1", "fan": "0", "before": "x"})
    assert (state.up, state.down, state.fan, state.before) == (10, 4, 1, 0)


def test_words_for_what_is_not_known_here() -> None:
    assert kind_word("feature_store") == "feature store"
    assert verb("related_to") == "related to"
    assert title_and_detail(a_node(1, "whatever", "x")) == ("x", "")


def test_group_title_says_when_there_are_at_least_so_many() -> None:
    (group,) = a_view().groups
    assert group_title(group) == "12 more"
