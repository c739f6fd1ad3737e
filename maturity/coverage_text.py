"""docs/coverage.md: which criteria of each rubric a source answers, a person, or nobody. Pure."""

from collections.abc import Iterable, Iterator

from maturity.criterion import Criterion, Measure, Rubric
from maturity.rubric_tally import measure_of, tally

HEAD = """# What the rubrics can see

Written by `python manage.py rubric coverage`; a test keeps it in step with `maturity/rubrics/`.

A criterion is **automatic** when a probe answers it from connected sources, **attested** when only a named
person's word can (where it says so, evidence that is there replaces the word), and **waiting** when no
source that this version reads can show it: it is then unknown, never passed. **Not observable** is what a
framework asks and no source can show; it is left out and counted here. A criterion that reads several others
is as good as the worst of them, also in this table.
"""

WORDS = {
    Measure.AUTOMATIC: "automatic",
    Measure.ATTESTED: "attested",
    Measure.WAITING: "waiting",
}


def coverage_text(rubrics: Iterable[Rubric], *, readable: frozenset[str]) -> str:
    """The whole page as Markdown; `readable` are the kinds of source that this version reads."""
    found = tuple(rubrics)
    parts = [HEAD, *_summary(found, readable=readable)]
    for each in found:
        parts += ["", *_chapter(each, readable=readable)]
    return "\n".join(parts) + "\n"


def _summary(rubrics: Iterable[Rubric], *, readable: frozenset[str]) -> Iterator[str]:
    yield "| Rubric | Asked by the framework | Automatic | Attested | Waiting | Not observable |"
    yield "|---|---|---|---|---|---|"
    for each in rubrics:
        found = tally(each, readable=readable)
        cells = (found.all, found.automatic, found.attested, found.waiting, found.omitted)
        yield f"| {each.name} | {' | '.join(str(cell) for cell in cells)} |"


def _chapter(under: Rubric, *, readable: frozenset[str]) -> Iterator[str]:
    yield f"## {under.name} ({under.id} {under.version})"
    yield ""
    yield "| Criterion | Level | Question | Answered | From |"
    yield "|---|---|---|---|---|"
    for capability in under.capabilities:
        found = tally(under, readable=readable, capability=capability.id)
        counts = f"{found.automatic} automatic, {found.attested} attested, {found.waiting} waiting"
        yield f"| **{capability.name}** | | {counts} | | |"
        for criterion in under.of(capability.id):
            yield _line(criterion, under=under, readable=readable)
    for omitted in under.omitted:
        yield f"| | | {omitted.what} | not observable | {omitted.why} |"


def _line(criterion: Criterion, *, under: Rubric, readable: frozenset[str]) -> str:
    level = "test" if under.counts_points else str(criterion.level)
    optional = "" if criterion.gating else " (optional)"
    cells = (
        f"`{criterion.id}`",
        level + optional,
        criterion.question,
        answered(criterion, readable=readable),
        _source(criterion),
    )
    return f"| {' | '.join(cells)} |"


def answered(criterion: Criterion, *, readable: frozenset[str]) -> str:
    """How it is answered, with the exception that an attested one may have, and what one waits for."""
    measure = measure_of(criterion, readable=readable)
    if measure is Measure.ATTESTED and not criterion.needs_word:
        return f"{WORDS[measure]}, or by evidence where it is"
    if measure is Measure.WAITING:
        unread = sorted({need.kind for need in criterion.needs} - readable)
        return f"{WORDS[measure]} for {', '.join(unread) or 'a probe'}"
    return WORDS[measure]


def _source(criterion: Criterion) -> str:
    if criterion.parts:
        return ", ".join(f"`{name}`" for name in criterion.takes)
    return f"`{criterion.probe}`" if criterion.probe else "a named person" if criterion.attested else "–"
