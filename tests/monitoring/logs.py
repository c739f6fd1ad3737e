"""A watched model in the store, its training data and its serving log on disk: all real files."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.models import System
from evidence.models import Edge, Node
from monitoring.check import run_check
from monitoring.models import Monitor
from tests.factories import NodeFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SEED_SENTENCE = (
    "Model version mismatch. Expected inputs: [feature_a, feature_b] (float32). "
    "Received inputs: [feature_a, feature_b, feature_c] (float64)"
)
FLOATS = [{"name": f"feature_{letter}", "type": "float", "required": True} for letter in "ab"]


def made_version(system: System, *, number: str = "3", inputs: object = FLOATS) -> Node:
    """A model version with a signature (None: without one), live in production."""
    signature = None if inputs is None else {"inputs": json.dumps(inputs), "outputs": None}
    version: Node = NodeFactory.create(
        kind="model_version",
        system=system,
        label=f"churn v{number}",
        uid=f"urn:rashinban:model_version:{system.slug}:churn:{number}",
        attrs={"name": "churn", "version": number, "signature": signature, "signature_state": "read"},
    )
    return version


def made_deployment(version: Node, *, how: str = "reported", state: str = "live") -> Node:
    deployment: Node = NodeFactory.create(
        kind="deployment",
        system=version.system,
        state=state,
        label=f"churn-api · {version.label}",
        attrs={
            "environment": "production",
            "how": how,
            "model": {"name": version.attrs["name"], "version": version.attrs["version"]},
        },
    )
    Edge.objects.create(src=version, kind="deployed_as", dst=deployment, method="test", confidence="observed")
    return deployment


@dataclass
class Log:
    """A folder of serving logs and a file of training data. `now`: what its days are counted from."""

    root: Path
    now: datetime = NOW

    @property
    def folder(self) -> Path:
        return self.root / "serving"

    @property
    def training(self) -> Path:
        return self.root / "training.parquet"

    def write_training(self, rows: int = 5000) -> None:
        random = np.random.default_rng(0)
        a, b = random.normal(size=(2, rows)).astype(np.float32)
        write(self.training, {"feature_a": a, "feature_b": b})

    def write_day(
        self,
        day: int,
        *,
        rows: int = 2000,
        shift: float = 0.0,
        name: str = "part-0",
        seed: int = 1,
        broken: bool = False,
    ) -> Path:
        """The requests of `day` days before now; `shift` moves feature_a; `broken` breaks the schema."""
        random = np.random.default_rng([seed, day])
        start = (self.now - day * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        seconds = np.sort(random.uniform(0, 3600 * 11, rows))
        dtype = np.float64 if broken else np.float32
        columns = {
            "ts": np.datetime64(start.replace(tzinfo=None), "us") + (seconds * 1e6).astype("timedelta64[us]"),
            "feature_a": (random.normal(size=rows) + shift).astype(dtype),
            "feature_b": random.normal(size=rows).astype(dtype),
        }
        if broken:
            columns["feature_c"] = random.normal(size=rows)
        return write(self.folder / f"dt={start:%Y-%m-%d}" / f"{name}.parquet", columns)

    def monitor(self, system: System, **fields: object) -> Monitor:
        usual = {
            "slug": "churn",
            "name": "churn in production",
            "model_name": "churn",
            "log_location": str(self.folder),
            "baseline_location": str(self.training),
        }
        return Monitor.objects.create(system=system, **{**usual, **fields})


def write(path: Path, columns: dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.generic]]"]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def check(monitor: Monitor, *, now: datetime = NOW) -> None:
    """One whole check, which must get its turn."""
    assert run_check(monitor.pk, now=now)
    monitor.refresh_from_db()
