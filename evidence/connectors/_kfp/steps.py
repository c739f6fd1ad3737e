"""What a step of a pipeline is for: does it validate data, does it evaluate a model?

By what it imports, installs or runs in first, by its name last. Never by guessing from free text.
"""

import re

from evidence.connectors._kfp.components import Component

VALIDATORS = {
    "tensorflow_data_validation": "TensorFlow Data Validation",
    "great_expectations": "Great Expectations",
    "pandera": "pandera",
    "evidently": "Evidently",
    "deepchecks": "Deepchecks",
    "whylogs": "whylogs",
}
"""Python modules of data-validation libraries, and what people call them."""

ALSO_KNOWN_AS = {"tfdv": "tensorflow_data_validation"}
VALIDATES = re.compile(r"(?:^|-)(?:validat|check|verif)\w*", re.IGNORECASE)
OF_DATA = re.compile(r"(?:^|-)(?:data|dataset|schema|input|feature)s?(?:-|$)", re.IGNORECASE)
EVALUATES = re.compile(r"(?:^|-)(?:eval|evaluat\w*|metrics?|compar\w*|score|scoring)(?:-|$)", re.IGNORECASE)
OF_MODEL = re.compile(r"(?:^|-)models?(?:-|$)", re.IGNORECASE)
METRICS = frozenset(
    {"system.Metrics", "system.ClassificationMetrics", "system.SlicedClassificationMetrics"},
)


def validates_data(task: str, *, component: Component | None) -> str:
    """Why this task counts as data validation, in a few words; empty when it does not."""
    if component is None:
        return ""
    installed = {re.split(r"[\s\[<>=!~;@]", each)[0].lower().replace("-", "_") for each in component.installs}
    image = {ALSO_KNOWN_AS.get(each, each) for each in re.split(r"[/:@.]", _snake(component.image))}
    for module, library in VALIDATORS.items():
        if module in component.imports:
            return f"its code imports {library}"
        if module in installed:
            return f"it installs {library}"
        if module in image:
            return f"its image is named after {library}"
    return next((f"its name is {name}" for name in _names(task, component) if _says_data(name)), "")


def evaluates_model(task: str, *, component: Component | None) -> bool:
    """True when the task writes metrics or is named as an evaluation."""
    if component is None:
        return False
    if METRICS & set(component.outputs.values()):
        return True
    return any(
        EVALUATES.search(name) or (VALIDATES.search(name) and OF_MODEL.search(name))
        for name in _names(task, component)
    )


def _says_data(name: str) -> bool:
    return bool(VALIDATES.search(name) and OF_DATA.search(name)) or "tfdv" in name.split("-")


def _names(task: str, component: Component) -> list[str]:
    return list(dict.fromkeys(re.sub(r"[_\s]+", "-", name).lower() for name in (task, component.name)))


def _snake(text: str) -> str:
    return text.lower().replace("-", "_")
