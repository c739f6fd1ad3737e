"""One KFP server: the names of its things, and where a person finds them."""

from dataclasses import dataclass
from urllib.parse import quote

from evidence.identity import kfp_uid


@dataclass(frozen=True, slots=True)
class Server:
    """`url` is the address that names the server; `web` is where people open its pages."""

    url: str
    web: str = ""

    def experiment(self, experiment_id: str) -> str:
        return kfp_uid("experiment", self.url, experiment_id)

    def pipeline(self, pipeline_id: str) -> str:
        return kfp_uid("pipeline", self.url, pipeline_id)

    def version(self, version_id: str) -> str:
        return kfp_uid("pipeline_version", self.url, version_id)

    def run(self, run_id: str) -> str:
        return kfp_uid("pipeline_run", self.url, run_id)

    def schedule(self, recurring_run_id: str) -> str:
        return kfp_uid("schedule", self.url, recurring_run_id)

    def experiment_link(self, experiment_id: str) -> str:
        return self._page("experiments", "details", experiment_id)

    def pipeline_link(self, pipeline_id: str) -> str:
        return self._page("pipelines", "details", pipeline_id)

    def version_link(self, pipeline_id: str, version_id: str) -> str:
        return self._page("pipelines", "details", pipeline_id, "version", version_id)

    def run_link(self, run_id: str) -> str:
        return self._page("runs", "details", run_id)

    def schedule_link(self, recurring_run_id: str) -> str:
        return self._page("recurringrun", "details", recurring_run_id)

    def _page(self, *parts: str) -> str:
        """An address of KFP's own pages, which live behind the hash."""
        path = "/".join(quote(part, safe="") for part in parts)
        return f"{(self.web or self.url).rstrip('/')}/#/{path}"
