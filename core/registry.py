"""Extensions found by a scan of a folder: one file, one extension.

A file that cannot be imported, defines nothing or repeats a name stops the start: an extension
that silently disappears would look like evidence that is absent.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TypeVar

Extension = TypeVar("Extension")


class RegistryError(Exception):
    """An extension folder is broken; the message names file, fault and mend."""


def scan(
    package: ModuleType, find: Callable[[ModuleType], Extension | None], *, skip: frozenset[str] = frozenset()
) -> Mapping[str, Extension]:
    """All extensions of `package` by module name, in alphabetical order.

    `find` takes a module and returns its extension, or None when the module has none.
    """
    found: dict[str, Extension] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if info.name in skip or info.name.startswith("_"):
            continue
        path = f"{package.__name__}.{info.name}"
        extension = find(importlib.import_module(path))
        if extension is None:
            raise RegistryError(
                f"{path} defines no extension. Give it one, or start the file's name with an underscore."
            )
        found[info.name] = extension
    return found


def only_subclass(base: type[Extension]) -> Callable[[ModuleType], type[Extension] | None]:
    """A `find` that takes the one class of a module that subclasses `base` there."""

    def find(module: ModuleType) -> type[Extension] | None:
        classes = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
        ]
        if len(classes) > 1:
            names = ", ".join(sorted(each.__name__ for each in classes))
            raise RegistryError(f"{module.__name__} defines several extensions ({names}); keep one a file.")
        return classes[0] if classes else None

    return find
