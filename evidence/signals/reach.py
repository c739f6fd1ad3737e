"""What a Python script would call when it is run, without running it.

Starting at the script's module level (with its `if __name__ == "__main__"` block), calls are
followed into functions and classes of the same file and of imported files of the repository. A
function that nobody calls proves nothing.
"""

import re
from collections import deque
from collections.abc import Iterator

from evidence.signals.python_code import HERE, UNKNOWN, Call, Module
from evidence.signals.repository import Repository

MOST_VISITS = 200
COMMAND_LINE = re.compile(r"(.*\.)?(command|callback|group|main|cli|hydra_main)")
Place = tuple[str, str]  # file, outermost function or class ("" is module level)


def reachable_calls(repo: Repository, entry: Module) -> Iterator[tuple[Module, Call]]:
    """Calls that running `entry` as a script may reach, each with its module."""
    pending: deque[Place] = deque([(entry.path, ""), *((entry.path, name) for name in _commands(entry))])
    seen: set[Place] = set(pending)
    while pending and len(seen) < MOST_VISITS:
        path, owner = pending.popleft()
        module = entry if path == entry.path else repo.module(path)
        if module is None:
            continue
        for call in module.calls:
            if call.owner == owner and (not call.guarded or path == entry.path):
                yield module, call
                _follow(repo, module, call, pending=pending, seen=seen)


def _follow(repo: Repository, module: Module, call: Call, *, pending: deque[Place], seen: set[Place]) -> None:
    local = {node.node.name for node in (*module.functions, *module.classes)}
    for name in call.names:
        first = name.split(".")[0].removesuffix("()").lstrip(HERE + UNKNOWN)
        found: Place | None = (module.path, first) if first in local else None
        if found is None:
            target = repo.find_module(name.replace("()", ""))
            if target:
                found = (target[0], target[1].split(".")[0])
        if found and found not in seen:
            seen.update({found, (found[0], "")})
            pending.extend([found, (found[0], "")] if found[1] else [found])


def _commands(module: Module) -> list[str]:
    """Functions that a command line framework calls (click, typer, hydra)."""
    return [f.node.name for f in module.functions if f.marked(COMMAND_LINE)]
