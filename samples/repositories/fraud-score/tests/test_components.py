"""Runs the components' own functions, without a cluster."""

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from fraud_score.features import CHANNELS, FEATURES, LABEL
from fraud_score.pipeline import compare_with_champion, read_snapshot, validate_data

ROWS = 200


def payments() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "amount": [12.5] * ROWS,
            "hour": [i % 24 for i in range(ROWS)],
            "card_age_days": range(ROWS),
            "payments_last_hour": [0] * ROWS,
            "distance_km": [3.0] * ROWS,
            "foreign": [0] * ROWS,
            "channel": [CHANNELS[i % 3] for i in range(ROWS)],
            LABEL: [int(i % 20 == 0) for i in range(ROWS)],
        }
    )


def artifact(path: Path) -> SimpleNamespace:
    return SimpleNamespace(path=str(path), metadata={})


class ComponentTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def validated(self, frame: pd.DataFrame) -> int:
        frame.to_parquet(self.folder / "snapshot")
        return validate_data.python_func(artifact(self.folder / "snapshot"), LABEL, CHANNELS, 100)

    def test_read_snapshot_drops_payments_without_outcome(self):
        frame = payments().astype({LABEL: float})
        frame.loc[:9, LABEL] = None
        frame.to_parquet(self.folder / "in.parquet")
        snapshot = artifact(self.folder / "out.parquet")
        read_snapshot.python_func(str(self.folder / "in.parquet"), [*FEATURES, LABEL], snapshot)
        self.assertEqual(snapshot.metadata["rows"], ROWS - 10)

    def test_validate_data_returns_rows(self):
        self.assertEqual(self.validated(payments()), ROWS)

    def test_validate_data_refuses(self):
        cases = {"negative": ("amount", -1.0), "outside": ("hour", 24), "unknown": ("channel", "fax")}
        for problem, (column, value) in {**cases, "plausible": (LABEL, 1)}.items():
            with self.subTest(problem), self.assertRaisesRegex(ValueError, problem):
                self.validated(payments().assign(**{column: value}))

    def test_compare_with_champion_is_negative_for_a_worse_model(self):
        self.assertLess(compare_with_champion.python_func(0.8, 0.9), 0)
