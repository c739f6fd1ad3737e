import tempfile
import unittest
from pathlib import Path

import yaml

from fraud_score.pipeline import compile_to

IMAGE = "registry.example.invalid/payments/fraud-score@sha256:" + "0" * 64


class PipelineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pipeline.yaml"
            compile_to(str(path), IMAGE)
            cls.spec = yaml.safe_load(path.read_text())
        cls.tasks = cls.spec["root"]["dag"]["tasks"]

    def test_every_step_runs_in_the_released_image(self):
        executors = self.spec["deploymentSpec"]["executors"].values()
        self.assertEqual({executor["container"]["image"] for executor in executors}, {IMAGE})

    def test_nothing_is_trained_on_data_that_was_not_validated(self):
        self.assertIn("validate-data", self.tasks["train-model"]["dependentTasks"])

    def test_a_worse_model_is_not_registered(self):
        self.assertIn("compare-with-champion", self.tasks["condition-1"]["triggerPolicy"]["condition"])

    def test_compile_to_refuses_a_tag(self):
        with self.assertRaisesRegex(ValueError, "digest"):
            compile_to("unused.yaml", "registry.example.invalid/payments/fraud-score:latest")
