"""The words of comparisons and reproductions."""

from collections.abc import Iterable

from django.utils.translation import gettext, gettext_lazy

from lineage.comparison import Aspect, Comparison, Section
from lineage.reproduction import Lack, Part

ASPECTS = {
    Aspect.CODE: gettext_lazy("code"),
    Aspect.DATA: gettext_lazy("data"),
    Aspect.PARAMETERS: gettext_lazy("parameters"),
    Aspect.METRICS: gettext_lazy("metrics"),
    Aspect.ENVIRONMENT: gettext_lazy("environment"),
    Aspect.SIGNATURE: gettext_lazy("signature"),
}
PARTS = {
    Part.CODE: gettext_lazy("Code"),
    Part.DATA: gettext_lazy("Data"),
    Part.ENVIRONMENT: gettext_lazy("Environment"),
    Part.TRAINING: gettext_lazy("Training"),
}
LACKS = {
    Lack.COMMIT: gettext_lazy(
        "No commit is known. Set the tag mlflow.source.git.commit to the full SHA when the run starts."
    ),
    Lack.REPOSITORY: gettext_lazy(
        "No connected repository holds this commit. Connect the repository as a source."
    ),
    Lack.DIRTY: gettext_lazy(
        "The run started with uncommitted changes, which nobody kept. Train from a clean checkout."
    ),
    Lack.DATASET: gettext_lazy(
        'No training data is known. Log it with mlflow.log_input(dataset, context="training").'
    ),
    Lack.DATA_VERSION: gettext_lazy(
        "The address names no version: the data there may have changed since. Compare the digest, or keep"
        " the data in a store with versions."
    ),
    Lack.DATA_ADDRESS: gettext_lazy("Only a name and a digest are known, not where the data lies."),
    Lack.REQUIREMENTS: gettext_lazy("The packages are not known: the model's requirements were not read."),
    Lack.LOOSE: gettext_lazy("Some packages have no exact version."),
    Lack.ENTRY: gettext_lazy("Neither a pipeline version nor a program inside the repository is known."),
    Lack.RUN: gettext_lazy("No run is known that made this version."),
}
MOST_NAMES = 3


def summary(comparison: Comparison) -> str:
    """What differs, what is the same and what cannot be compared, in one paragraph."""
    differing = [each for each in comparison.sections if each.differing]
    same = [each for each in comparison.sections if each.comparable and not each.differing]
    untold = [each for each in comparison.sections if not each.comparable]
    sentences = []
    if differing:
        sentences.append(gettext("Different: %(what)s.") % {"what": _listed(map(_differing, differing))})
    if same:
        sentences.append(gettext("The same: %(what)s.") % {"what": _listed(map(_word, same))})
    if untold:
        sentences.append(gettext("Not comparable: %(what)s.") % {"what": _listed(map(_untold, untold))})
    return " ".join(sentences)


def _differing(section: Section) -> str:
    names = [row.name for row in section.differing]
    shown = ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
    counts = {"what": _word(section), "count": len(names), "of": len(section.rows), "names": shown}
    return gettext("%(what)s (%(count)d of %(of)d: %(names)s)") % counts


def _untold(section: Section) -> str:
    told = {"what": _word(section), "versions": ", ".join(dict.fromkeys(section.untold))}
    return gettext("%(what)s (not known of %(versions)s)") % told


def _word(section: Section) -> str:
    return str(ASPECTS[section.aspect])


def _listed(words: Iterable[str]) -> str:
    return "; ".join(words)
