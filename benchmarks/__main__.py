"""`python -m benchmarks NAME [--json]`: run one benchmark; exit with 1 when it misses a goal.

Every number that a benchmark's `run` takes is an option of its own, as in `lineage --nodes 1000000`.
"""

import argparse
import importlib
import inspect
import pkgutil
import sys
from types import ModuleType

import benchmarks
from benchmarks.report import Report

SHARED = frozenset({"__main__", "report", "process", "hub_graph", "mlflow_server"})


def names() -> list[str]:
    """The benchmarks: every other module of this package."""
    return sorted(info.name for info in pkgutil.iter_modules(benchmarks.__path__) if info.name not in SHARED)


def run(module: ModuleType, **sizes: int) -> Report:
    """Run a benchmark; it must give a Report."""
    report = module.run(**sizes)
    if not isinstance(report, Report):
        raise TypeError(f"{module.__name__}: run() gave {type(report).__name__}, not a Report.")
    return report


def main() -> int:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("name", choices=names())
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    known, rest = parser.parse_known_args()
    module = importlib.import_module(f"benchmarks.{known.name}")
    sizes = argparse.ArgumentParser(prog=f"python -m benchmarks {known.name}")
    for parameter in inspect.signature(module.run).parameters.values():
        sizes.add_argument(f"--{parameter.name}", type=int, default=parameter.default)
    report = run(module, **vars(sizes.parse_args(rest)))
    print(report.as_json() if known.json else report.as_table())
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
