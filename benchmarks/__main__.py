"""`python -m benchmarks NAME [--json]`: run one benchmark; exit with 1 when it misses a goal."""

import argparse
import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.report import Report

SHARED = frozenset({"__main__", "report", "process"})


def names() -> list[str]:
    """The benchmarks: every other module of this package."""
    return sorted(info.name for info in pkgutil.iter_modules(benchmarks.__path__) if info.name not in SHARED)


def run(name: str) -> Report:
    """Run the benchmark of that name; it must give a Report."""
    report = importlib.import_module(f"benchmarks.{name}").run()
    if not isinstance(report, Report):
        raise TypeError(f"benchmarks/{name}.py: run() gave {type(report).__name__}, not a Report.")
    return report


def main() -> int:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("name", choices=names())
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args()
    report = run(options.name)
    print(report.as_json() if options.json else report.as_table())
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
