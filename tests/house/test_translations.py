"""The Japanese texts: whole, certain, and compiled as they are written."""

import gettext
import re
from pathlib import Path

import pytest

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
