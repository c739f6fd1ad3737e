"""A rubric that cannot be used says where and why."""

import pytest
import yaml

from maturity.probe import catalogue
from maturity.rubric import FOLDER, Rubric, parse, rubric
from maturity.rubric_fields import RubricError

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
        ({"probe": "execution.magic"}, "probe 'execution.magic', which does not exist. Known: data."),
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
