"""Real servers for the tests of this folder."""

from tests.fixtures.mlflow_server import mlflow_server

__all__ = ["mlflow_server"]
