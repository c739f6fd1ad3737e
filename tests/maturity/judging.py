"""Judging facts made by hand by one criterion, and the ways of spoiling them that tests share."""

from dataclasses import replace
from typing import TypeAlias

from maturity.evaluate import evaluate
from maturity.facts import Means, Signal, SystemFacts
from maturity.finding import Verdict
from maturity.probe import catalogue
from maturity.result import Result
from maturity.rubric import rubric
from tests.maturity import made, made_ci
from tests.maturity.made import facts

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
EXEMPT = Verdict.NOT_APPLICABLE

Table: TypeAlias = list[tuple[str, SystemFacts, Verdict, str]]
"""Criterion, facts, the verdict, and words that its sentence holds."""


def judged(criterion: str, given: SystemFacts) -> Result:
    found = evaluate(given, rubric(), known=catalogue())
    return next(result for result in found.results if result.criterion == criterion)


def says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    """Assert a row of a table."""
    result = judged(criterion, given)
    assert (result.verdict, words in result.sentence) == (verdict, True), (result.verdict, result.sentence)


def without(*kinds: str) -> SystemFacts:
    """The healthy system without the sources of these kinds."""
    whole = facts()
    return replace(whole, sources=tuple(s for s in whole.sources if s.kind not in kinds))


def pipeline(**changes: object) -> SystemFacts:
    """The healthy system, its pipeline version changed."""
    return facts(pipeline_versions=(made.pipeline_version(**changes),))


def only(*events: object) -> SystemFacts:
    """The healthy system with these events alone."""
    return facts(events=events)


def signalled(**signals: object) -> SystemFacts:
    """The healthy system, whose repository shows these signals too."""
    shown = {name: Signal(value, (f"{name}.yaml",)) for name, value in signals.items()}  # type: ignore[arg-type]
    return facts(
        repositories=(made_ci.repository(signals={**(made_ci.repository().signals or {}), **shown}),)
    )


def mapped(given: SystemFacts, probe: str, *, kind: str, name: str) -> SystemFacts:
    """The same facts, with a thing mapped to a probe."""
    return replace(given, means=(Means(probe, kind, name),))
