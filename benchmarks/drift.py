"""Drift of 1 M against 1 M rows of 20 columns: our profile, only reading the files, and plain SciPy.

Every figure is the median of several runs, each in a process of its own, imports included. Ours and SciPy
compute missing values, Wasserstein, Kolmogorov-Smirnov, Kullback-Leibler, Jensen-Shannon, PSI and
chi-square of every column they apply to.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.process import Call, measure, median_costs
from benchmarks.report import Goal, Report

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ROWS = 1_000_000
ROW_GROUP = 131_072
CATEGORIES = (2, 5, 10, 50, 200, 1000)
WITH_NULLS = frozenset({"normal_1", "lognormal_0", "uniform_0", "bimodal_0", "count_0"})
GOALS = (
    Goal("cpu_ratio_to_read", "<=", 4),
    Goal("scipy_cpu_ratio_to_ours", ">=", 4),
    Goal("peak_rss_mb", "<", 350),
)


def run(*, rows: int = ROWS, runs: int = 5) -> Report:
    """Write both files, measure the three ways in turn, compare."""
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        files = (str(Path(folder, "reference.parquet")), str(Path(folder, "current.parquet")))
        for seed, (path, shift) in enumerate(zip(files, ("0", "0.2"), strict=True)):
            measure(Call("benchmarks.drift", "write", (path, str(rows), str(seed), shift)))
        calls = {name: Call("benchmarks.drift", name, files) for name in ("read", "ours", "scipy")}
        costs = median_costs(calls, runs=runs)
    figures = {"rows": float(rows), "columns": 20.0, "runs": float(runs)}
    for name, cost in costs.items():
        figures |= {f"{name}_cpu_s": cost.cpu_s, f"{name}_wall_s": cost.wall_s}
        figures[f"{name}_peak_rss_mb"] = cost.peak_rss_mb
    figures["cpu_ratio_to_read"] = costs["ours"].cpu_s / costs["read"].cpu_s
    figures["scipy_cpu_ratio_to_ours"] = costs["scipy"].cpu_s / costs["ours"].cpu_s
    figures["peak_rss_mb"] = costs["ours"].peak_rss_mb
    rounded = {name: round(value, 3) for name, value in figures.items()}
    return Report(name="drift", figures=rounded, goals=GOALS)


def write(path: str, rows: str, seed: str, shift: str) -> None:
    """Write a file of 14 numeric and 6 categorical columns, five of them with nulls."""
    import numpy as np
    import pyarrow.parquet as pq

    random = np.random.default_rng(int(seed))
    left = int(rows)
    writer = None
    while left:
        table = _table(random, min(left, ROW_GROUP), float(shift))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        left -= table.num_rows
    if writer is not None:
        writer.close()


def read(reference: str, current: str) -> None:
    """The floor: decode both files by row group, strings as dictionaries, and do nothing with them."""
    import pyarrow.parquet as pq

    strings = [f"category_{count}" for count in CATEGORIES]
    for path in (reference, current):
        with pq.ParquetFile(path, read_dictionary=strings) as file:
            for group in range(file.num_row_groups):
                file.read_row_group(group, use_threads=False)


def ours(reference: str, current: str) -> None:
    """Profile both files and compare the profiles."""
    from monitoring.drift import compare_files

    report = compare_files(Path(reference), Path(current), exact_rows=0)
    assert len(report.columns) == 20
    assert report.columns["normal_0"].statistics["ks"] is not None


def scipy(reference: str, current: str) -> None:
    """The peer: each column read whole and put through scipy.stats."""
    import numpy as np
    import pyarrow.parquet as pq

    for name in pq.read_schema(reference).names:
        sides = [
            pq.read_table(path, columns=[name], read_dictionary=[name], use_threads=False)[name]
            for path in (reference, current)
        ]
        missing = [side.null_count for side in sides]
        present = [side.drop_null() for side in sides]
        if name.startswith("category"):
            figures = _by_category(*present)
        else:
            figures = _by_number(*(side.to_numpy() for side in present))
        assert np.isfinite([*missing, *figures]).all()


def _by_number(reference: "NDArray[np.float64]", current: "NDArray[np.float64]") -> list[float]:
    import numpy as np
    from scipy import stats

    edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    bins = np.concatenate([[-np.inf], edges, [np.inf]])
    counts = [np.histogram(side, bins=bins)[0] for side in (reference, current)]
    return [
        float(stats.wasserstein_distance(reference, current)),
        float(stats.ks_2samp(reference, current, method="asymp").statistic),
        *_by_counts(*counts),
    ]


def _by_category(reference: "pa.ChunkedArray", current: "pa.ChunkedArray") -> list[float]:
    import numpy as np
    from scipy import stats

    tallies = [
        {pair["values"]: pair["counts"] for pair in side.value_counts().to_pylist()}
        for side in (reference, current)
    ]
    keys = sorted(set().union(*tallies))
    counts = [np.array([tally.get(key, 0) for key in keys]) for tally in tallies]
    chi2 = stats.chi2_contingency(np.stack(counts), correction=False)
    return [float(chi2.statistic), *_by_counts(counts[0], counts[1])]


def _by_counts(reference: "NDArray[np.int64]", current: "NDArray[np.int64]") -> list[float]:
    import numpy as np
    from scipy import stats
    from scipy.spatial.distance import jensenshannon

    p, q = (np.maximum(counts / counts.sum(), 1e-4) for counts in (reference, current))
    psi = float(((p - q) * np.log(p / q)).sum())
    return [float(stats.entropy(p, q)), float(jensenshannon(p, q)), psi]


def _table(random: "np.random.Generator", rows: int, shift: float) -> "pa.Table":
    import numpy as np
    import pyarrow as pa

    centres = np.where(random.uniform(size=rows) < 0.5, -2.0, 2.0)
    numbers = {
        "normal_0": random.normal(shift, 1, rows),
        "normal_1": random.normal(0, 1, rows),
        "normal_2": random.normal(50, 10, rows),
        "normal_3": random.normal(1e6, 1, rows),
        "lognormal_0": random.lognormal(0, 1, rows),
        "lognormal_1": random.lognormal(shift, 0.5, rows),
        "exponential_0": random.exponential(1, rows),
        "uniform_0": random.uniform(0, 1, rows),
        "uniform_1": random.uniform(shift, 1 + shift, rows),
        "student_0": random.standard_t(3, rows),
        "bimodal_0": random.normal(centres, 0.5),
        "zero_inflated_0": np.where(random.uniform(size=rows) < 0.7, 0.0, random.exponential(1, rows)),
        "count_0": random.poisson(4, rows).astype(np.float64),
        "whole_0": random.integers(0, 10_000, rows),
    }
    columns = {
        name: pa.array(values, mask=random.uniform(size=rows) < 0.03 if name in WITH_NULLS else None)
        for name, values in numbers.items()
    }
    for count in CATEGORIES:
        codes = random.integers(0, count, rows, dtype=np.int32)
        labels = pa.array([f"value-{code:04d}" for code in range(count)])
        columns[f"category_{count}"] = pa.DictionaryArray.from_arrays(codes, labels).cast(pa.string())
    return pa.table(columns)
