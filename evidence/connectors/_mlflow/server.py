"""One MLflow server: the names of its things, and where a person finds them."""

from dataclasses import dataclass
from urllib.parse import quote

from evidence.identity import mlflow_uid


@dataclass(frozen=True, slots=True)
class Server:
    """`url` is the address that names the server; `web` is where people open its pages."""

    url: str
    web: str = ""

    def experiment(self, experiment_id: str) -> str:
        return mlflow_uid("experiment", self.url, experiment_id)

    def run(self, run_id: str) -> str:
        return mlflow_uid("run", self.url, run_id)

    def logged_model(self, model_id: str) -> str:
        return mlflow_uid("logged_model", self.url, model_id)

    def model(self, name: str) -> str:
        return mlflow_uid("model", self.url, name)

    def model_version(self, name: str, version: str) -> str:
        return mlflow_uid("model_version", self.url, name, version)

    def experiment_link(self, experiment_id: str) -> str:
        return self._page("experiments", experiment_id)

    def run_link(self, experiment_id: str, run_id: str) -> str:
        return self._page("experiments", experiment_id, "runs", run_id)

    def logged_model_link(self, experiment_id: str, model_id: str) -> str:
        return self._page("experiments", experiment_id, "models", model_id)

    def model_link(self, name: str) -> str:
        return self._page("models", name)

    def model_version_link(self, name: str, version: str) -> str:
        return self._page("models", name, "versions", version)

    def _page(self, *parts: str) -> str:
        """An address of MLflow's own pages, which live behind the hash."""
        path = "/".join(quote(part, safe="") for part in parts)
        return f"{(self.web or self.url).rstrip('/')}/#/{path}"
