"""Reading ahead: the source works on the next page while the store writes this one."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
WAIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class _Got(Generic[Item]):
    item: Item


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def ahead(items: Iterator[Item], *, depth: int = 2) -> Iterator[Item]:
    """The same items in the same order, with up to `depth` of them made before they are asked for.

    `items` runs in a thread of its own, so it must not use the database. An exception arrives where
    the item would have; who stops early stops the thread, which closes `items`.
    """
    waiting: queue.Queue[_Got[Item] | _End] = queue.Queue(maxsize=depth)
    stopped = threading.Event()
    reader = threading.Thread(target=_read, args=(items, waiting, stopped), daemon=True)
    reader.start()
    try:
        while isinstance(found := waiting.get(), _Got):
            yield found.item
        if found.error:
            raise found.error
    finally:
        stopped.set()
        reader.join()


def _read(items: Iterator[Item], waiting: "queue.Queue[_Got[Item] | _End]", stopped: threading.Event) -> None:
    try:
        for item in items:
            if not _put(_Got(item), waiting, stopped):
                break
    except BaseException as error:
        _put(_End(error), waiting, stopped)
    else:
        _put(_End(), waiting, stopped)
    finally:
        if close := getattr(items, "close", None):
            close()


def _put(
    item: _Got[Item] | _End, waiting: "queue.Queue[_Got[Item] | _End]", stopped: threading.Event
) -> bool:
    """Hand over as soon as there is room; False where nobody wants it any more."""
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=WAIT_SECONDS)
        except queue.Full:
            continue
        return True
    return False
