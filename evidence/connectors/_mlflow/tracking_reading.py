"""Reading experiments, runs and logged models, page by page."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.http import Fault, HttpError
from evidence.ahead import ahead
from evidence.connectors._mlflow.api import Api
from evidence.connectors._mlflow.pages import page_of
from evidence.connectors._mlflow.payload import Payload, part, text
from evidence.connectors._mlflow.server import Server
from evidence.connectors._mlflow.tracking import (
    experiment_id,
    experiment_record,
    is_deleted,
    logged_model_records,
    parent_run_id,
    run_deleted,
    run_id,
    run_records,
    run_stub,
)
from evidence.connectors.base import Context
from evidence.records import Blindness, BlindReason, Json, Page, Record

OVERLAP = timedelta(minutes=10)
"""Runs carry their client's clock; by so much it may be behind ours."""
LOOKED_UP_AT_MOST = 200
ANCESTORS = 3


@dataclass
class TrackingReading:
    """Experiments first: the other parts need them.

    `experiments` are all names by id, `chosen` the ids that the patterns let through, `seen` the runs
    read so far, `artifact_uris` where the logged models lie.
    """

    api: Api
    server: Server
    context: Context
    cursor: Mapping[str, Json]
    patterns: Sequence[str] = ()
    version: str = ""
    experiments: dict[str, str] = field(default_factory=dict)
    chosen: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    artifact_uris: dict[str, str] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return self.context.full or "runs" not in self.cursor

    def experiment_pages(self) -> Iterator[Page]:
        for payloads in self.api.experiments():
            self.experiments |= {experiment_id(each): text(each, "name") for each in payloads}
            progress = f"{len(self.experiments):,} experiments read"
            yield page_of(
                payloads, self._experiment, what="experiment", name=experiment_id, progress=progress
            )
        self.chosen = sorted(key for key, name in self.experiments.items() if self._wanted(name))
        if not self.chosen:
            yield Page(blind=(_nothing_to_read(self.patterns if self.experiments else ()),))

    def run_pages(self) -> Iterator[Page]:
        for payloads in ahead(self._run_payloads(), depth=1):  # the server works while we convert
            yield self._run_page([run for run in payloads if run_id(run) not in self.seen])

    def logged_model_pages(self) -> Iterator[Page]:
        """None where the server is too old to have any: there a version names its run itself."""
        if not has_logged_models(self.version):
            return
        since = 0 if self.context.full else _millis(self.cursor.get("logged_models"))
        for payloads in self.api.logged_models(self.chosen, updated_after=since):
            infos = [part(payload, "info") for payload in payloads]
            self.artifact_uris |= {text(info, "model_id"): text(info, "artifact_uri") for info in infos}
            progress = f"{len(self.artifact_uris):,} logged models read"
            yield page_of(
                payloads, self._logged_model, what="logged model", name=_model_id, progress=progress
            )

    def runs_again(self, run_ids: Sequence[str]) -> Iterator[Page]:
        """These runs and the runs above them, where this pull has not read them yet."""
        wanted = set(run_ids)
        for _ in range(ANCESTORS):
            wanted -= self.seen
            if not wanted:
                return
            found = [
                run for page in self.api.runs_by_id(sorted(self.experiments), sorted(wanted)) for run in page
            ]
            yield self._run_page(found)
            wanted = {parent for run in found if (parent := parent_run_id(run))}

    def gone_run_pages(self) -> Iterator[Page]:
        """After a full reading: runs that the store knows and no listing showed, each looked up."""
        missing = sorted(self._known_runs() - self.seen) if self.full else []
        records = [record for run in missing[:LOOKED_UP_AT_MOST] for record in self._gone(run)]
        blind = (_too_many_gone(len(missing)),) if len(missing) > LOOKED_UP_AT_MOST else ()
        if records or blind:
            yield Page(tuple(records), blind, f"{len(missing):,} runs looked up that are no longer listed")

    def _gone(self, run: str) -> Iterator[Record]:
        try:
            self.api.run(run)
        except HttpError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            yield run_stub(run, server=self.server, gone=True)
            yield self._deletion(run)

    def _run_payloads(self) -> Iterator[list[Payload]]:
        """Everything; or what ended, is open, or began since the last pull."""
        if self.full:
            yield from self.api.runs(self.chosen)
            return
        since = _millis(self.cursor["runs"])
        yield from self.api.runs(self.chosen, by="end_time", since=since)
        for status in ("RUNNING", "SCHEDULED"):
            yield from self.api.runs(self.chosen, where=f"attributes.status = '{status}'")
        yield from self.api.runs(self.chosen, since=since)

    def _run_page(self, payloads: Sequence[Payload]) -> Page:
        self.seen |= {run_id(payload) for payload in payloads}
        return page_of(payloads, self._run, what="run", name=run_id, progress=f"{len(self.seen):,} runs read")

    def _run(self, payload: Payload) -> Iterator[Record]:
        yield from run_records(payload, server=self.server, experiments=self.experiments)
        if is_deleted(payload):
            yield self._deletion(run_id(payload))

    def _deletion(self, run: str) -> Record:
        after = self.cursor.get("runs")
        return run_deleted(run, server=self.server, noticed_at=self.context.now, after=after)

    def _experiment(self, payload: Payload) -> Iterator[Record]:
        if self._wanted(text(payload, "name")):
            yield experiment_record(payload, server=self.server)

    def _logged_model(self, payload: Payload) -> Iterator[Record]:
        return logged_model_records(payload, server=self.server, experiments=self.experiments)

    def _wanted(self, name: str) -> bool:
        return not self.patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns)

    def _known_runs(self) -> set[str]:
        known = self.context.known.get("runs")
        return {str(run) for run in known} if isinstance(known, list) else set()


def has_logged_models(version: str) -> bool:
    """They came with MLflow 3; a server that tells no version is asked."""
    return not version.startswith(("0.", "1.", "2."))


def _model_id(payload: Payload) -> str:
    return text(part(payload, "info"), "model_id")


def _millis(since: Json) -> int:
    """A moment of the cursor as epoch milliseconds, with the overlap taken off; 0 where there is none."""
    if not isinstance(since, str):
        return 0
    return int((datetime.fromisoformat(since) - OVERLAP).timestamp() * 1000)


def _nothing_to_read(patterns: Sequence[str]) -> Blindness:
    if patterns:
        return Blindness(
            "No experiment of this MLflow server is read.",
            BlindReason.MAPPING_MISSING,
            f"None has a name like {', '.join(patterns)}.",
            'Change the setting "experiments" of this source, or empty it to read all.',
            "experiments",
        )
    return Blindness(
        "This MLflow server shows no experiment.",
        BlindReason.PERMISSION_DENIED,
        "It lists not even its default one, as it does for a user who may read nothing.",
        "Give the user of this source READ permission on the experiments.",
        "experiments",
    )


def _too_many_gone(missing: int) -> Blindness:
    return Blindness(
        f"{missing - LOOKED_UP_AT_MOST:,} runs are no longer listed and were not looked up.",
        BlindReason.COLLECTOR_FAILED,
        f"One pull looks up {LOOKED_UP_AT_MOST} of them at most.",
        "Nothing to do: the next full syncs look up the others.",
        "gone_runs",
    )
