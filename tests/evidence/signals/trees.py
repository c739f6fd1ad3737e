"""Trees of files as the scanner sees them, without git."""

import json
import textwrap
from collections.abc import Mapping, Sequence

from evidence.signals.results import SignalName, Signals
from evidence.signals.scan import scan

Tree = dict[str, str]


def scanned(tree: Tree, *, root: str = "") -> Signals:
    """The signals of files given as text; common indentation is taken away."""
    blobs = {path: textwrap.dedent(text).encode() for path, text in tree.items()}

    def read(paths: Sequence[str]) -> Mapping[str, bytes]:
        return {path: blobs[path] for path in paths}

    return scan({path: len(blob) for path, blob in blobs.items()}, read, root=root)


def value(name: str, tree: Tree) -> bool | tuple[str, ...]:
    """The value of one signal."""
    return scanned(tree)[SignalName(name)].value


def workflow(*lines: str, on: str = "[push]", job: str = "") -> Tree:
    """A GitHub workflow with one job of shell steps; `job` holds further lines of the job."""
    steps = "\n".join(f"      - run: {line}" for line in lines)
    more = "".join(f"    {line}\n" for line in job.splitlines())
    head = f"on: {on}\njobs:\n  main:\n    runs-on: ubuntu-latest\n{more}"
    text = f"{head}    steps:\n      - uses: actions/checkout@v4\n{steps}\n"
    return {".github/workflows/main.yml": text}


def notebook(*cells: str) -> str:
    """A Jupyter notebook with these code cells."""
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
