"""One pull: the parts of a server one after the other, each on its own feet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.http import HttpError
from evidence.connectors._mlflow.faults import EndlessPagesError, Failure, blindness, connector_error
from evidence.connectors._mlflow.registry_reading import RegistryReading
from evidence.connectors._mlflow.tracking_reading import TrackingReading
from evidence.connectors.base import Context
from evidence.records import Json, Page

RESUMED = ("runs", "logged_models", "registry")
"""Scopes that go on where they last came to their end."""


@dataclass
class Pull:
    """A part that fails is told as blindness and the rest goes on.

    `worked` holds the scopes of the parts that came to their end.
    """

    tracking: TrackingReading
    registry: RegistryReading
    context: Context
    cursor: Mapping[str, Json]
    worked: set[str] = field(default_factory=set)
    faults: list[Failure] = field(default_factory=list)

    def pages(self) -> Iterator[Page]:
        """Everything that can be read; ConnectorError when nothing can."""
        tracking, registry = self.tracking, self.registry
        yield from self._part(tracking.experiment_pages(), what="MLflow's experiments", scope="experiments")
        if "experiments" in self.worked:
            yield from self._part(tracking.run_pages(), what="MLflow's runs", scope="runs")
            yield from self._part(
                tracking.logged_model_pages(), what="MLflow's logged models", scope="logged_models"
            )
        yield from self._part(registry.pages(), what="MLflow's model registry", scope="registry")
        if not self.worked:
            raise connector_error(self.faults[0], what="This MLflow server could not be read.")
        yield from self._part(
            self._again(), what="The runs behind production models", scope="production_runs"
        )
        if "runs" in self.worked:
            yield from self._part(tracking.gone_run_pages(), what="The runs that vanished", scope="gone_runs")

    def next_cursor(self) -> dict[str, Json]:
        """Where the next pull starts: a part that failed starts where this pull did."""
        now = self.context.now.isoformat()
        moved: dict[str, Json] = {scope: now for scope in RESUMED if scope in self.worked}
        return {scope: self.cursor[scope] for scope in RESUMED if scope in self.cursor} | moved

    def _part(self, pages: Iterator[Page], *, what: str, scope: str) -> Iterator[Page]:
        try:
            yield from pages
        except (HttpError, EndlessPagesError) as error:
            self.faults.append(error)
            yield Page(blind=(blindness(error, what=f"{what} could not be read.", scope=scope),))
        else:
            self.worked.add(scope)

    def _again(self) -> Iterator[Page]:
        """Production stands on these runs, and an edited tag leaves no trace: read them each time."""
        if "experiments" in self.worked:
            yield from self.tracking.runs_again(self.registry.production_run_ids())
