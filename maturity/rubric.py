"""Rubrics: versioned YAML files of criteria, checked when they are loaded.

A rubric names capabilities, and criteria that ask a probe one question at one level, or take the
verdicts of another rubric's criteria. The text of such a reading brings the other's text along as
a second YAML document, so that a text always holds everything that decides.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from maturity.criterion import Capability, Criterion, Effort, Measure, Need, Omitted, Rubric, Scoring
from maturity.probe import catalogue
from maturity.rubric_fields import RubricError
from maturity.rubric_file import id_of, parse, read_id

__all__ = [
    "FOLDER",
    "GOOGLE",
    "Capability",
    "Criterion",
    "Effort",
    "Measure",
    "Need",
    "Omitted",
    "Rubric",
    "RubricError",
    "Scoring",
    "parse",
    "rubric",
    "shipped",
    "whole",
]

FOLDER = Path(__file__).parent / "rubrics"
GOOGLE = "google"


@cache
def rubric(name: str = GOOGLE) -> Rubric:
    """The rubric of that name from `maturity/rubrics/`."""
    return parse(text_of(name), where=f"{name}.yaml", known=catalogue())


@cache
def shipped() -> tuple[Rubric, ...]:
    """All rubrics that come with the product, Google's levels first."""
    names = sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda name: (name != GOOGLE, name))
    return tuple(rubric(name) for name in names)


def text_of(name: str) -> str:
    """The whole text of a shipped rubric."""
    return whole(_file(name, where=f"{name}.yaml"), where=f"{name}.yaml")


def whole(text: str, *, where: str, find: Callable[[str], str] | None = None) -> str:
    """The text with the texts that it reads, each as one more YAML document.

    `find` gives the text of a rubric by its id; by default the shipped one. Raises RubricError for
    a rubric that does not exist or that reads itself in a circle.
    """
    find = find or (lambda name: _file(name, where=where))
    texts, seen = [text], [id_of(text, where=where)]
    while wanted := read_id(texts[-1], where=where):
        if wanted in seen:
            circle = " reads ".join([*seen[seen.index(wanted) :], wanted])
            raise RubricError(f"{where}: reads: {circle}: a rubric cannot read itself; take one of them out.")
        texts.append(find(wanted))
        seen.append(wanted)
    return "\n---\n".join(each.strip("\n") for each in texts) + "\n" if len(texts) > 1 else text


def _file(name: str, *, where: str) -> str:
    path = FOLDER / f"{name}.yaml"
    known = sorted(each.stem for each in FOLDER.glob("*.yaml"))
    if path.stem not in known:
        raise RubricError(
            f"{where} names the rubric {name!r}, which does not exist. Known: {', '.join(known)}."
        )
    return path.read_text(encoding="utf-8")
