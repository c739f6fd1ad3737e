"""Who wants to know that evidence has changed: the readings of the store, by dotted path.

Registered in `AppConfig.ready`; called with the ids of the systems that were touched.
"""

from collections.abc import Callable, Iterable

from django.utils.module_loading import import_string

Reader = Callable[[frozenset[int]], None]
_readers: list[str] = []


def tell_after_sync(path: str) -> None:
    """Have the function at this path called after every sync and every reported deployment."""
    if path not in _readers:
        _readers.append(path)


def tell(systems: Iterable[int]) -> None:
    """Tell every reader that evidence of these systems may have changed."""
    for path in _readers:
        reader: Reader = import_string(path)
        reader(frozenset(systems))
