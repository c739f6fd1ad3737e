"""A rubric that cannot be used says where and why."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from maturity.coverage_text import coverage_text
from maturity.load_facts import readable_kinds
from maturity.probe import catalogue
from maturity.rubric import FOLDER, Measure, Rubric, RubricError, parse, rubric, shipped, whole
from maturity.rubric_tally import tally

TEXT = (FOLDER / "google.yaml").read_text(encoding="utf-8")


def parsed(document: object) -> Rubric:
    return parse(yaml.safe_dump(document), where="mine.yaml", known=catalogue())


def changed(**fields: object) -> dict[str, object]:
    """The rubric with its second criterion changed; None takes a field away."""
    document = yaml.safe_load(TEXT)
    entry = {**document["criteria"][1], **fields}
    document["criteria"][1] = {key: value for key, value in entry.items() if value is not None}
    return dict(document)


def test_google_has_three_answerable_criteria_in_each_capability_of_the_seed() -> None:
    for capability in ("exec", "deploy", "repro", "monitor"):
        assert sum(bool(c.probe) for c in rubric().of(capability)) >= 3


def test_google_asks_at_every_level() -> None:
    assert {c.level for c in rubric().criteria} == {0, 1, 2}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"probe": "execution.magic"}, "probe 'execution.magic', which does not exist. Known: "),
        ({"id": "exec-code-in-git"}, "criterion exec-code-in-git stands there twice"),
        ({"capability": "magic"}, "capability 'magic'"),
        ({"level": 3}, "the rubric ends at level 2"),
        ({"level": "high"}, "level: a number from 0 to 9"),
        ({"threshold": 90}, "threshold: a number from 0.01 to 1"),
        ({"effort": "XL"}, "effort: one of S, M, L"),
        ({"not_applicable_if": "data.nothing"}, "condition 'data.nothing'"),
        ({"question": None}, "question: it is missing"),
        ({"question": "  "}, "question: text was expected"),
        ({"tresholt": 0.9}, "unknown key 'tresholt'"),
        ({"gating": "yes please"}, "gating: true or false"),
        ({"needs": "mlflow"}, "needs: a list of texts"),
        ({"probe": None, "needs": None}, "neither a probe nor a source"),
        ({"takes": ["exec-code-in-git"]}, "takes: the rubric has no line 'reads: …'"),
        ({"attested": True, "probe": None, "level": 2}, "level 2 cannot be reached"),
        ({"id": "Has Spaces"}, "lower-case letters"),
    ],
)
def test_rubric_refuses(fields: dict[str, object], words: str) -> None:
    with pytest.raises(RubricError, match=r"mine\.yaml") as refused:
        parsed(changed(**fields))
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["a: [", "just words", "[]", ""])
def test_rubric_refuses_what_is_no_mapping(text: str) -> None:
    with pytest.raises(RubricError, match=r"mine\.yaml"):
        parse(text, where="mine.yaml", known=catalogue())


def test_rubric_refuses_a_capability_without_gating_criteria() -> None:
    document = yaml.safe_load(TEXT)
    document["capabilities"].append({"id": "extra", "name": "Extra", "short": "X"})
    with pytest.raises(RubricError, match="capability extra has no gating criterion"):
        parsed(document)


def test_digest_changes_with_the_file() -> None:
    assert parse(TEXT + "\n", where="a", known=catalogue()).digest != rubric().digest


def test_every_probe_is_asked() -> None:
    assert set(catalogue().probes) == {c.probe for c in rubric().criteria if c.probe}


ASKED = {
    "id": "code-some",
    "capability": "code",
    "level": 1,
    "question": "Is the code kept?",
    "why": "It has to be.",
    "takes": ["exec-code-in-git", "repro-deps-locked"],
}
READING = {
    "id": "mine",
    "version": "1",
    "name": "Mine",
    "reads": "google",
    "levels": ["none", "some", "all"],
    "capabilities": [{"id": "code", "name": "Code", "short": "Code"}],
    "criteria": [
        ASKED,
        {
            "id": "code-all",
            "capability": "code",
            "level": 2,
            "question": "Is it merged?",
            "why": "It has to be.",
            "takes": ["repro-commit-verified"],
        },
    ],
}


def read(**changes: object) -> Rubric:
    """The reading with some of its keys changed."""
    text = yaml.safe_dump({**READING, **changes})
    return parse(whole(text, where="mine.yaml"), where="mine.yaml", known=catalogue())


def test_reading_takes_texts_and_needs_of_its_parts() -> None:
    found = read()
    both = found.criterion("code-some")
    assert both is not None
    parts = [rubric().criterion(name) for name in both.takes]
    assert both.how == " ".join(part.how for part in parts if part)
    assert {need.kind for need in both.needs} == {"git", "mlflow"} & {
        need.kind for part in parts if part for need in part.needs
    }
    assert (both.measure, found.base, found.ttl) == (Measure.AUTOMATIC, carried(found), rubric().ttl)


def carried(found: Rubric) -> Rubric:
    """Google's rubric as the reading carries it: the same but for the digest of the whole."""
    assert found.base is not None
    assert found.base.criteria == rubric().criteria
    return found.base


def test_reading_changes_with_what_it_reads() -> None:
    text = yaml.safe_dump(READING)
    older = parse(whole(text, where="a"), where="a", known=catalogue())
    newer = whole(text, where="a", find=lambda _: TEXT.replace("Is the training code", "Is code"))
    assert parse(newer, where="a", known=catalogue()).digest != older.digest


def test_reading_needs_what_it_reads() -> None:
    with pytest.raises(RubricError, match="the text of the rubric 'google' is missing behind this one"):
        parse(yaml.safe_dump(READING), where="mine.yaml", known=catalogue())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reads": "nobody"}, "names the rubric 'nobody', which does not exist. Known: google"),
        ({"id": "google"}, "google reads google: a rubric cannot read itself"),
        ({"levels": ["none", "some", "all", "more"]}, r"level 3 \(more\) has no gating criterion"),
        ({"scoring": "points"}, "bands: it is missing"),
        ({"scoring": "points", "bands": [0]}, "bands: 2 bounds were expected"),
        ({"scoring": "points", "bands": [1, 0]}, "a list of ascending numbers"),
        ({"scoring": "points", "bands": [0, 2]}, "level 2 cannot be reached: it asks for more than 2 points"),
        ({"scoring": "guess"}, "scoring: one of levels, points"),
    ],
)
def test_reading_refuses(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RubricError, match=words):
        read(**changes)


def test_reading_refuses_a_circle() -> None:
    one, two = (
        yaml.safe_dump(READING | {"reads": "two"}),
        yaml.safe_dump(READING | {"id": "two", "reads": "mine"}),
    )
    with pytest.raises(RubricError, match="mine reads two reads mine"):
        whole(one, where="mine.yaml", find=lambda name: two if name == "two" else one)


def test_rubric_refuses_a_gap_in_a_capability() -> None:
    criteria = [{**ASKED, "level": level, "id": f"c{level}"} for level in (1, 3)]
    other = [{**ASKED, "capability": "more", "level": 2, "id": "c2"}]
    capabilities = [{"id": each, "name": each, "short": each} for each in ("code", "more")]
    with pytest.raises(RubricError, match="capability code asks for level 3 but not for level 2"):
        read(levels=["0", "1", "2", "3"], capabilities=capabilities, criteria=[*criteria, *other])


def test_rubric_refuses_an_endless_text() -> None:
    with pytest.raises(RubricError, match="longer than 400,000 characters"):
        parse("a" * 400_001, where="mine.yaml", known=catalogue())


def test_coverage_page_is_in_step() -> None:
    page = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_text(shipped(), readable=readable_kinds()), "run: manage.py rubric coverage"


@pytest.mark.parametrize(("name", "asked"), [("google", 60), ("microsoft", 21), ("ml_test_score", 28)])
def test_every_criterion_is_counted_once(name: str, asked: int) -> None:
    found = tally(rubric(name), readable=readable_kinds())
    assert found.asked == asked == len(rubric(name).criteria)
    sections = [
        tally(rubric(name), readable=readable_kinds(), capability=c.id) for c in rubric(name).capabilities
    ]
    assert sum(each.automatic for each in sections) == found.automatic


def test_ml_test_score_has_four_sections_of_seven_tests() -> None:
    under = rubric("ml_test_score")
    assert [len(under.of(c.id)) for c in under.capabilities] == [7, 7, 7, 7]


def test_rubric_check_describes_a_file(tmp_path: Path) -> None:
    file, said = tmp_path / "mine.yaml", StringIO()
    file.write_text(yaml.safe_dump(READING), encoding="utf-8")
    call_command("rubric", "check", str(file), stdout=said)
    assert "2 criteria: 2 automatic, 0 attested" in said.getvalue()


def test_rubric_check_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({**READING, "reads": "nobody"}), encoding="utf-8")
    with pytest.raises(CommandError, match="names the rubric 'nobody', which does not exist"):
        call_command("rubric", "check", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rubric", "check", str(tmp_path / "none.yaml"))
