"""Reading YAML, JSON and TOML of strangers: safe, bounded, and without opinions about their shape.

Parsed documents are `object`; `at`, `mapping`, `items` and `words` look inside without a cast.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Final

import yaml

MOST_DEPTH = 60
MOST_NODES = 200_000
"""A document larger than this, with its aliases expanded, is refused: no real file comes near."""


class DocumentError(ValueError):
    """The text is no document of its kind; the message says why in a few words."""


class _Loader(yaml.CSafeLoader):
    """Plain data for every tag: `!Ref`, `!reference` and `!vault` become what they hold."""


def _untagged(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        value: object = loader.construct_sequence(node, deep=True)
        return {f"!{suffix}": value} if suffix == "reference" else value
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


def _as_text(loader: _Loader, node: yaml.Node) -> str:
    return str(node.value)


_Loader.add_multi_constructor("!", _untagged)
# A date stays text: `2024-13-45` must not break the file, and JSON knows no dates.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def load_yaml(text: str) -> tuple[object, ...]:
    """All documents of `text`, empty ones left out."""
    try:
        _refuse_bombs(text)
        return tuple(doc for doc in yaml.load_all(text, Loader=_Loader) if doc is not None)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError(f"no valid YAML: {error.problem} in line {line}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise DocumentError(f"no valid YAML: {_brief(error)}") from None


def _refuse_bombs(text: str) -> None:
    """Count depth and nodes with every alias expanded, on the event stream, before anything is built."""
    sizes: dict[str, int] = {}
    stack: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, start = stack.pop()
            if anchor:
                sizes[anchor] = total - start
        elif isinstance(event, yaml.NodeEvent):
            total += sizes.get(str(event.anchor), 1) if isinstance(event, yaml.AliasEvent) else 1
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append((event.anchor, total - 1))
        if total > MOST_NODES or len(stack) > MOST_DEPTH:
            raise DocumentError("too large or too deep with its aliases expanded")


def load_json(text: str) -> object:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"no valid JSON: {_brief(error)}") from None
    return document


def load_toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"no valid TOML: {_brief(error)}") from None


def _brief(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def mapping(value: object) -> dict[object, object]:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """`value` if it is a list; a single thing as a list of one; nothing as an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def at(value: object, *keys: str) -> object:
    """The value under nested `keys`, or None as soon as one is missing."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def word(value: object) -> str:
    """`value` as text if it is a scalar, else an empty text; YAML's true stays "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def words(value: object) -> list[str]:
    """The scalars of a list (or the one scalar) as text."""
    return [word(item) for item in items(value) if word(item)]


def number(value: object) -> float | None:
    """`value` as a number, also when quoted; None if it is none."""
    if isinstance(value, bool):
        return None
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def walk(value: object) -> Iterator[object]:
    """Every mapping, list and scalar inside, outermost first; bounded like the loader."""
    stack: list[object] = [value]
    for _ in range(MOST_NODES):
        if not stack:
            return
        current = stack.pop()
        yield current
        if isinstance(current, dict):
            stack.extend(reversed(list(current.values())))
        elif isinstance(current, list):
            stack.extend(reversed(current))


def mappings(value: object) -> Iterator[dict[object, object]]:
    """Every mapping inside, outermost first."""
    return (each for each in walk(value) if isinstance(each, dict))


FIRST_LINE: Final = 1


def line_of(text: str, pattern: str, *, start: int = 1) -> int:
    """The first line at or after `start` that matches; line 1 when none does."""
    found = re.compile(pattern)
    for index, line in enumerate(text.splitlines(), start=1):
        if index >= start and found.search(line):
            return index
    return FIRST_LINE
