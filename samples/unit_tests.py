"""Runs the unit tests of working copies: `python -m samples.unit_tests --without test_x.py FOLDER…`.

What takes long to import is imported once; the tests of each folder then run in a fork, which sees
nothing of the others. Prints a line of JSON for each folder.
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
import unittest
from datetime import UTC, datetime
from pathlib import Path

IMPORTED = ("pandas", "pyarrow.parquet", "sklearn", "kfp.compiler", "yaml")
MOST_LOG = 20_000


def run(folder: Path, *, without: frozenset[str]) -> dict[str, object]:
    """How the tests of a folder ended, when, and what they printed."""
    began = datetime.now(UTC)
    with tempfile.TemporaryFile() as log:
        child = os.fork()
        if child == 0:
            _in_fork(folder, without, log.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        log.seek(0)
        said = log.read().decode(errors="replace")
    return {
        "folder": str(folder),
        "succeeded": status == 0,
        "began": began.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "log": said[-MOST_LOG:],
    }


def _in_fork(folder: Path, without: frozenset[str], log: int) -> None:
    """Run the tests as `python -m unittest` in the folder would; never returns."""
    succeeded = False
    try:
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(folder)
        sys.path[0] = str(folder)
        names = sorted(path.stem for path in Path("tests").glob("test_*.py") if path.name not in without)
        suite = unittest.defaultTestLoader.loadTestsFromNames([f"tests.{name}" for name in names])
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        succeeded = result.wasSuccessful() and result.testsRun > 0
    finally:
        sys.stderr.flush()
        os._exit(0 if succeeded else 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", action="append", default=[], help="a file that is left out")
    parser.add_argument("folders", nargs="+", type=Path)
    arguments = parser.parse_args()
    for name in IMPORTED:
        importlib.import_module(name)
    for folder in arguments.folders:
        print(json.dumps(run(folder.resolve(), without=frozenset(arguments.without))), flush=True)


if __name__ == "__main__":
    main()
