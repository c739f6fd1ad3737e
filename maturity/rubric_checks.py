"""What one field of a rubric alone cannot tell: doubles, strangers, levels that nobody can reach. Pure.

A criterion that silently disappeared would look like a level reached, so nothing is guessed.
"""

from collections.abc import Iterable

from maturity.criterion import Criterion, Rubric
from maturity.finding import Strength
from maturity.probe import Catalogue
from maturity.rubric_fields import RubricError


def check(found: Rubric, *, where: str, known: Catalogue) -> None:
    """Refuse a rubric whose parts do not fit together."""
    _refuse_doubles([c.id for c in found.capabilities], what="capability", where=where)
    _refuse_doubles([c.id for c in found.criteria], what="criterion", where=where)
    for criterion in found.criteria:
        _check_criterion(criterion, found, place=f"{where}: criterion {criterion.id}", known=known)
    empty = [c.id for c in found.capabilities if not any(x.gating for x in found.of(c.id))]
    if empty:
        raise RubricError(
            f"{where}: capability {empty[0]} has no gating criterion, so its levels would mean nothing."
        )
    if found.counts_points:
        _check_bands(found, where=where)
    else:
        _check_levels(found, where=where)


def refuse_stranger(name: str, known: Iterable[str], *, what: str, place: str) -> None:
    if name not in known:
        raise RubricError(
            f"{place} names the {what} {name!r}, which does not exist. Known: {', '.join(sorted(known))}."
        )


def _check_criterion(criterion: Criterion, found: Rubric, *, place: str, known: Catalogue) -> None:
    refuse_stranger(criterion.capability, [c.id for c in found.capabilities], what="capability", place=place)
    if criterion.level > found.top:
        raise RubricError(f"{place} is at level {criterion.level}, but the rubric ends at level {found.top}.")
    if criterion.probe:
        refuse_stranger(criterion.probe, known.probes, what="probe", place=place)
    if criterion.condition:
        refuse_stranger(criterion.condition, known.conditions, what="condition", place=place)
    if criterion.parts and (criterion.probe or criterion.attested or criterion.condition):
        raise RubricError(
            f"{place} takes other criteria and is asked itself; "
            "take either 'takes' away, or probe, attested and not_applicable_if."
        )
    if not (criterion.probe or criterion.parts or criterion.attested or criterion.needs):
        raise RubricError(
            f"{place} has neither a probe nor a source it waits for, takes no other criterion "
            "and is not attested; give it one of them."
        )
    if not found.counts_points:
        _refuse_unreachable(criterion, place=place)


def _refuse_unreachable(criterion: Criterion, *, place: str) -> None:
    """A level that gates on a person's word where words do not count can never be reached."""
    counted = criterion.min_strength is Strength.ATTESTED
    if criterion.gating and criterion.needs_word and not counted:
        raise RubricError(
            f"{place}: level {criterion.level} cannot be reached: it asks for {criterion.min_strength} "
            "evidence, and only a person's word can answer; say 'gating: false' or give it a probe."
        )


def _check_levels(found: Rubric, *, where: str) -> None:
    for level in range(1, found.top + 1):
        if not any(c.gating and c.level == level for c in found.criteria):
            raise RubricError(
                f"{where}: level {level} ({found.levels[level]}) has no gating criterion, so nothing tells "
                f"it from level {level - 1}; give it one or take the level away."
            )
    for capability in found.capabilities:
        asked = sorted({c.level for c in found.of(capability.id) if c.gating})
        gaps = sorted(set(range(max(asked[0], 1), asked[-1])) - set(asked))
        if gaps:
            raise RubricError(
                f"{where}: capability {capability.id} asks for level {asked[-1]} but not for level "
                f"{gaps[0]}, which would be reached for nothing; give it a gating criterion there."
            )


def _check_bands(found: Rubric, *, where: str) -> None:
    if len(found.bands) != found.top:
        raise RubricError(
            f"{where}: bands: {found.top} bounds were expected, one below each level from 1 to {found.top}; "
            f"there are {len(found.bands)}."
        )
    fewest = min(len(found.of(c.id)) for c in found.capabilities)
    if found.bands and found.bands[-1] >= fewest:
        raise RubricError(
            f"{where}: bands: level {found.top} cannot be reached: it asks for more than {found.bands[-1]:g} "
            f"points, and a section has only {fewest} tests."
        )


def _refuse_doubles(ids: list[str], *, what: str, where: str) -> None:
    doubled = sorted({each for each in ids if ids.count(each) > 1})
    if doubled:
        raise RubricError(f"{where}: {what} {doubled[0]} stands there twice; ids are unique.")
