"""Real servers for the tests of this folder."""

from tests.fixtures.mlflow2_server import mlflow2_server
from tests.fixtures.mlflow_auth_server import mlflow_auth_server
from tests.fixtures.mlflow_server import mlflow_server

__all__ = ["mlflow2_server", "mlflow_auth_server", "mlflow_server"]
