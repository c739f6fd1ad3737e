"""One pull of a KFP server: listing by listing, since where the last pull started."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from core.http import Fault, HttpError
from evidence.connectors._kfp import faults
from evidence.connectors._kfp.api import Api, Item, segment, since
from evidence.connectors._kfp.faults import EndlessPagesError, Failure, ShapeError
from evidence.connectors._kfp.runs import (
    Experiment,
    experiment_record,
    gone_run,
    is_open,
    run_records,
    schedule_record,
)
from evidence.connectors._kfp.server import Server
from evidence.connectors._kfp.versions import display_name, pipeline_record, unread_spec, version_records
from evidence.connectors._reading import moment_at, text_at, texts_at
from evidence.connectors.base import Context
from evidence.records import Blindness, Json, NodeRecord, Page, Record

FAILURES = (HttpError, EndlessPagesError, ShapeError)
OVERLAP = timedelta(minutes=10)
"""Read again before the cursor: clocks differ, and a row may appear later than its moment."""

MAX_OPEN = 1_000
VERSIONS_A_PAGE = 50  # each carries its whole compiled pipeline

LISTINGS = {
    "experiments": ("experiments", "experiments"),
    "pipelines": ("pipelines", "pipelines"),
    "schedules": ("recurringruns", "recurringRuns"),
    "runs": ("runs", "runs"),
}
"""Path and key of the answer, by what people call the listing."""


@dataclass
class Pull:
    """One pull: what was learnt from earlier listings, and where the next pull starts."""

    api: Api
    server: Server
    cursor: Mapping[str, Json]
    context: Context
    pipelines: dict[str, str] = field(default_factory=dict)
    experiments: dict[str, Experiment] = field(default_factory=dict)
    seen_runs: set[str] = field(default_factory=set)
    open_runs: list[str] = field(default_factory=list)
    next_cursor: dict[str, Json] = field(default_factory=dict)

    def pages(self) -> Iterator[Page]:
        """Everything since the cursor. Raises ConnectorError when nothing can be read."""
        self.next_cursor = dict(self.cursor)
        failed: list[Failure] = []
        parts: dict[str, Callable[[], Iterator[Page]]] = {
            "experiments": self._experiments,
            "pipelines": self._pipelines,
            "versions": self._versions,
            "schedules": self._schedules,
            "runs": self._runs,
        }
        for name, part in parts.items():
            try:
                yield from part()
            except FAILURES as error:
                if faults.is_hopeless(error):
                    raise faults.connector_error(error, what=f"The {name} could not be read.") from error
                failed.append(error)
                yield Page(blind=(faults.blindness(error, what=f"The {name} were not read.", scope=name),))
        if len(failed) >= len(LISTINGS):
            raise faults.connector_error(failed[-1], what="Nothing could be read from this KFP server.")
        yield Page(blind=(faults.no_artifacts(),))

    def _experiments(self) -> Iterator[Page]:
        for items in self._listing("experiments"):
            self.experiments |= {
                text_at(each, "experiment_id"): Experiment(display_name(each), text_at(each, "namespace"))
                for each in items
            }
            yield self._page(
                [(experiment_record(each, server=self.server),) for each in items], "experiments"
            )

    def _pipelines(self) -> Iterator[Page]:
        for items in self._listing("pipelines"):
            self.pipelines |= {text_at(each, "pipeline_id"): display_name(each) for each in items}
            yield self._page([(pipeline_record(each, server=self.server),) for each in items], "pipelines")

    def _versions(self) -> Iterator[Page]:
        where = self._where("versions", "created_at")
        for pipeline, name in self.pipelines.items():
            pages = self.api.pages(
                f"pipelines/{segment(pipeline)}/versions",
                key="pipeline_versions",
                where=where,
                page_size=min(VERSIONS_A_PAGE, self.api.page_size),
            )
            for items in pages:
                known = [each for each in items if text_at(each, "pipeline_version_id")]
                records = [version_records(each, pipeline_name=name, server=self.server) for each in known]
                blind = tuple(
                    unread for each in known if (unread := unread_spec(each, pipeline_name=name)) is not None
                )
                yield self._page(records, f"versions of {name}", blind=blind)
        self._done("versions")

    def _schedules(self) -> Iterator[Page]:
        for items in self._listing("schedules"):
            records = [schedule_record(each, server=self.server, pipelines=self.pipelines) for each in items]
            yield self._page([(each,) for each in records], "schedules")

    def _runs(self) -> Iterator[Page]:
        filters = dict.fromkeys(self._where("runs", key) for key in ("created_at", "finished_at"))
        for where in filters:
            for items in self._listing("runs", where=where):
                yield self._run_page(items)
        yield from self._reread_open_runs()
        yield from self._gone_runs()
        self._done("runs")
        self.next_cursor["open"] = list(self.open_runs[:MAX_OPEN])

    def _reread_open_runs(self) -> Iterator[Page]:
        """Runs that were open at the last pull: they may have changed without being new or finished."""
        for run in texts_at(dict(self.cursor), "open"):
            if run in self.seen_runs:
                continue
            try:
                yield self._run_page([self.api.one(f"runs/{segment(run)}")])
            except HttpError as error:
                if error.fault is not Fault.NOT_FOUND:
                    raise
                yield Page(records=(gone_run(run, server=self.server),), progress="A run was deleted.")

    def _gone_runs(self) -> Iterator[Page]:
        """After a full listing: runs that the store holds and the server no longer does."""
        known = texts_at(dict(self.context.known), "pipeline_runs") if self.context.full else []
        gone = [gone_run(run, server=self.server) for run in known if run not in self.seen_runs]
        if gone:
            yield Page(records=tuple(gone), progress=f"{len(gone):,} runs were deleted.")

    def _run_page(self, items: list[Item]) -> Page:
        fresh = [each for each in items if text_at(each, "run_id") not in self.seen_runs]
        self.seen_runs |= {text_at(each, "run_id") for each in fresh}
        self.open_runs += [text_at(each, "run_id") for each in fresh if is_open(each)]
        records = [
            run_records(each, server=self.server, pipelines=self.pipelines, experiments=self.experiments)
            for each in fresh
        ]
        return self._page(records, "runs", total=len(self.seen_runs))

    def _listing(self, name: str, *, where: str = "") -> Iterator[list[Item]]:
        """Pages of a listing; things without an id cannot be stored and are left out."""
        path, key = LISTINGS[name]
        identifier = "recurring_run_id" if name == "schedules" else f"{name.removesuffix('s')}_id"
        for items in self.api.pages(path, key=key, where=where):
            yield [each for each in items if text_at(each, identifier)]

    def _where(self, part: str, key: str) -> str:
        moment = moment_at(dict(self.cursor), part)
        return "" if moment is None or self.context.full else since(key, moment - OVERLAP)

    def _done(self, part: str) -> None:
        self.next_cursor[part] = self.context.now.isoformat()

    def _page(
        self,
        groups: list[tuple[Record, ...]],
        what: str,
        *,
        total: int | None = None,
        blind: tuple[Blindness, ...] = (),
    ) -> Page:
        count = len(groups) if total is None else total
        return Page(records=tuple(_distinct(groups)), blind=blind, progress=f"{count:,} {what} read.")


def _distinct(groups: list[tuple[Record, ...]]) -> Iterator[Record]:
    """The records of all groups; a stub that many of them promise comes once."""
    promised: set[str] = set()
    for record in (each for group in groups for each in group):
        if isinstance(record, NodeRecord) and record.stub:
            if record.uid in promised:
                continue
            promised.add(record.uid)
        yield record
