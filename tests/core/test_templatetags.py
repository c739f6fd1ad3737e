"""The tags behind the components."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import resolve

from core.templatetags.rashinban import level_sentence, relative

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def drawn(source: str, **context: object) -> str:
    return " ".join(Template("{% load rashinban %}" + source).render(Context(context)).split())


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=14), "14 min ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=90), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
        (-timedelta(days=3), "in 3 days"),
    ],
)
def test_relative_words(ago: timedelta, words: str) -> None:
    assert relative(NOW - ago, now=NOW) == words


def test_reltime_keeps_the_absolute_moment() -> None:
    html = drawn("{% reltime moment %}", moment=NOW)
    assert 'datetime="2026-11-20T12:00:00+00:00"' in html
    assert 'title="2026-11-20 12:00 UTC"' in html
    assert drawn("{% reltime moment %}", moment=None) == "never"


def test_level_sentence_says_everything() -> None:
    said = level_sentence(1, potential=2, target=2, waived={1})
    assert said == "level 1 confirmed, level 2 possible, level 1 by waiver, target level 2"
    assert level_sentence(None, target=1) == "not assessed, target level 1"
    assert level_sentence(1, potential=1) == "level 1 confirmed"


def test_levelbar_is_named() -> None:
    html = drawn('{% levelbar 0 1 2 label="Deployment" %}')
    assert 'role="img" aria-label="Deployment: level 0 confirmed, level 1 possible, target level 2"' in html
    assert html.count('class="target"') == 1


def test_levelbar_grows_with_its_ladder() -> None:
    assert drawn("{% levelbar 3 4 %}").count("<g class=") == 5
    assert drawn("{% levelbar 0 top=4 %}").count("<g class=") == 5


def test_levelbar_of_points_says_the_interval() -> None:
    html = drawn('{% levelbar 4 label="Data" score=3.5 score_potential=5.0 most=7 %}')
    assert 'aria-label="Data: 3.5 of 7, at most 5"' in html
    assert html.count("<g class=") == 7
    assert 'aria-label="2 of 7"' in drawn("{% levelbar 2 score=2.0 most=7 %}")


def test_levelbar_beside_its_words_is_hidden() -> None:
    assert 'aria-hidden="true"' in drawn("{% levelbar 1 decorative=True %}")


@pytest.mark.parametrize(
    ("value", "tone", "word"),
    [
        ("MET", "met", "met"),
        ("NOT_MET", "fail", "not met"),
        ("UNKNOWN", "unknown", "unknown"),
        ("NOT_APPLICABLE", "unknown", "not applicable"),
    ],
)
def test_verdict_has_word_and_tone(value: str, tone: str, word: str) -> None:
    html = drawn("{% verdict value %}", value=value)
    assert f"tone-{tone}" in html
    assert f"</svg>{word}</span>" in html


def test_icon_of_a_node_kind() -> None:
    assert "icons.svg#i-model" in drawn('{% icon "model_version" %}')
    assert 'aria-label="Failed"' in drawn('{% icon "fail" "Failed" %}')


class OneField(forms.Form):
    name = forms.CharField(help_text="What it is called.")


def test_field_ties_help_and_error_to_the_control() -> None:
    html = drawn("{% field form.name %}", form=OneField({"name": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html


def test_chart_escapes_its_data() -> None:
    html = drawn(
        '{% chart "psi" title="Drift" figure=figure headers=headers rows=rows %}',
        figure={"data": [{"name": "</script><b>"}], "layout": {}},
        headers=["Window"],
        rows=[["<b>"]],
    )
    assert "<b>" not in html
    assert 'id="psi-figure"' in html


def test_current_if_marks_the_open_section() -> None:
    request = RequestFactory().get("/reports/")
    request.resolver_match = resolve("/reports/")
    assert drawn('{% current_if "core:reports" %}', request=request) == 'aria-current="page"'
    assert drawn('{% current_if "lineage:" %}', request=request) == ""
