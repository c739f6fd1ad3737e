"""The Japanese texts: whole, certain, and compiled as they are written."""

import gettext
import re
from pathlib import Path

import pytest

from maturity.blindness import NAMES
from maturity.rubric import shipped

FOLDER = Path(__file__).parent.parent.parent / "locale" / "ja" / "LC_MESSAGES"
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
PLACE = re.compile(r"%\((\w+)\)")


def entries() -> list[str]:
    """The blocks of the file, without its head."""
    return (FOLDER / "django.po").read_text().strip().split("\n\n")[1:]


def part(entry: str, keyword: str) -> str:
    """The text after `msgid`, `msgid_plural` or `msgstr`; its lines joined, escapes as written."""
    found = re.search(rf'^{keyword}(?:\[0\])? ((?:"(?:[^"\\]|\\.)*"\n?)+)', entry, re.MULTILINE)
    return "".join(TEXT.findall(found[1])) if found else ""


def test_no_text_is_left_in_english() -> None:
    assert [part(entry, "msgid") for entry in entries() if not part(entry, "msgstr")] == []


def test_no_translation_is_a_guess() -> None:
    guesses = [entry for entry in entries() if re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE)]
    assert guesses == []


def test_translations_fill_in_the_same_values() -> None:
    for entry in entries():
        offered = set(PLACE.findall(part(entry, "msgid") + part(entry, "msgid_plural")))
        assert set(PLACE.findall(part(entry, "msgstr"))) <= offered, entry


@pytest.mark.parametrize("english", ["Systems", "Sources", "Baseline", "Make a team first"])
def test_the_compiled_file_says_what_is_written(english: str) -> None:
    with open(FOLDER / "django.mo", "rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    written = {part(entry, "msgid"): part(entry, "msgstr") for entry in entries() if "msgctxt" not in entry}
    assert compiled.gettext(english) == written[english]


def rubric_texts() -> set[str]:
    """Everything that a page shows of the rubrics that come with the product, and of what they need."""
    texts = set(NAMES.values())
    for each in shipped():
        texts |= {each.name, each.about, *each.levels}
        texts |= {text for capability in each.capabilities for text in (capability.name, capability.short)}
        texts |= {text for omitted in each.omitted for text in (omitted.what, omitted.why)}
        for asked in each.criteria:
            texts |= {asked.question, asked.why, asked.how, asked.remedy, asked.subject}
    return texts - {""}


def test_every_text_of_the_rubrics_is_said_in_japanese() -> None:
    """`{% translate variable %}` looks a text up with its percent signs doubled."""
    written = {part(entry, "msgid") for entry in entries() if "msgctxt" not in entry}
    looked_up = {text.replace("%", "%%").replace('"', r"\"") for text in rubric_texts()}
    assert looked_up - written == set()
