"""The operations of the v2beta1 API that the stand-in offers, on stored documents."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from samples.kfp_standin.errors import exists, invalid, not_found
from samples.kfp_standin.listing import page
from samples.kfp_standin.runner import EPOCH, Runner, stamp
from samples.kfp_standin.store import Document, Store
from samples.kfp_standin.upload import uploaded_spec

Query = Mapping[str, str]
IDS = {
    "experiments": "experiment_id",
    "pipelines": "pipeline_id",
    "pipeline_versions": "pipeline_version_id",
    "runs": "run_id",
    "recurringRuns": "recurring_run_id",
}
"""The id field of each kind of document; the kinds are named as listings name them."""


class Api:
    """One method an operation; each returns the JSON answer and raises ApiError for a refusal."""

    def __init__(self, store: Store, runner: Runner) -> None:
        self.store, self.runner = store, runner

    def list(self, kind: str, query: Query, **where: str) -> Mapping[str, Any]:
        """A page of a listing, of documents whose fields equal `where`."""
        found = [
            each
            for each in self.store.all(kind)
            if all(each.get(key) == value for key, value in where.items() if value)
        ]
        return page(found, kind=kind, identifier=IDS[kind], query=query)

    def get(self, kind: str, identifier: str) -> Document:
        found = self.store.get(kind, identifier)
        if found is None:
            raise not_found(kind, identifier)
        return found

    def delete(self, kind: str, identifier: str) -> Document:
        self.get(kind, identifier)
        self.store.delete(kind, identifier)
        return {}

    def set(self, kind: str, identifier: str, **fields: str) -> Document:
        """Set fields, as the verbs :archive, :unarchive, :enable and :disable do."""
        self.get(kind, identifier)
        self.store.change(kind, identifier, lambda document: document.update(fields))
        return {}

    def create_experiment(self, body: Document) -> Document:
        name = _name(body)
        if any(each["display_name"] == name for each in self.store.all("experiments")):
            raise exists("experiment", name)
        fields = {
            "display_name": name,
            "description": body.get("description", ""),
            "storage_state": "AVAILABLE",
        }
        return self._create("experiments", fields)

    def create_pipeline(self, body: Document) -> Document:
        name = body.get("name") or _name(body)
        if any(each["name"] == name for each in self.store.all("pipelines")):
            raise exists("pipeline", name)
        fields = {"name": name, "display_name": body.get("display_name") or name}
        return self._create("pipelines", {**fields, "description": body.get("description", "")})

    def pipeline_by_name(self, name: str) -> Document:
        for pipeline in self.store.all("pipelines"):
            if pipeline["name"] == name:
                return pipeline
        raise not_found("pipeline", name)

    def upload_pipeline(self, payload: bytes, content_type: str, query: Query) -> Document:
        """A pipeline and its first version, of the same name."""
        spec = uploaded_spec(payload, content_type=content_type)
        pipeline = self.create_pipeline({**query, "name": query.get("name") or _compiled_name(spec)})
        self._create_version(pipeline["pipeline_id"], spec, {**query, "name": pipeline["name"]})
        return pipeline

    def upload_version(self, payload: bytes, content_type: str, query: Query) -> Document:
        """One more version of the pipeline `pipelineid`."""
        spec = uploaded_spec(payload, content_type=content_type)
        pipeline = self.get("pipelines", query.get("pipelineid", ""))
        return self._create_version(pipeline["pipeline_id"], spec, query)

    def list_versions(self, pipeline_id: str, query: Query) -> Mapping[str, Any]:
        self.get("pipelines", pipeline_id)
        return self.list("pipeline_versions", query, pipeline_id=pipeline_id)

    def get_version(self, pipeline_id: str, version_id: str) -> Document:
        version = self.get("pipeline_versions", version_id)
        if version["pipeline_id"] != pipeline_id:
            raise not_found("pipeline_versions", version_id)
        return version

    def create_run(self, body: Document, *, recurring_run_id: str = "") -> Document:
        """A run; it starts as soon as a place is free."""
        source, spec = self._what_to_run(body)
        now = stamp()
        fields = {
            "display_name": _name(body),
            "experiment_id": self._experiment_id(body),
            "description": body.get("description", ""),
            "recurring_run_id": recurring_run_id,
            **source,
            "runtime_config": body.get("runtime_config") or {},
            "storage_state": "AVAILABLE",
            "scheduled_at": now,
            "finished_at": EPOCH,
            "state": "PENDING",
            "state_history": [{"update_time": now, "state": "PENDING"}],
            "run_details": {"task_details": []},
        }
        run = self._create("runs", fields)
        self.runner.submit(run["run_id"], spec=spec)
        return run

    def terminate_run(self, run_id: str) -> Document:
        if self.get("runs", run_id)["state"] not in {"PENDING", "RUNNING"}:
            raise invalid(f"run {run_id} has ended already")
        self.runner.terminate(run_id)
        return {}

    def create_recurring_run(self, body: Document) -> Document:
        """A schedule. Nothing here watches a clock: `fire` makes it run."""
        source, _ = self._what_to_run(body)
        if not body.get("trigger"):
            raise invalid("a recurring run needs a trigger")
        fields = {
            "display_name": _name(body),
            "experiment_id": self._experiment_id(body),
            "description": body.get("description", ""),
            **source,
            "runtime_config": body.get("runtime_config") or {},
            "max_concurrency": str(body.get("max_concurrency") or 1),
            "trigger": body["trigger"],
            "mode": body.get("mode", "ENABLE"),
            "updated_at": stamp(),
            "status": "DISABLED" if body.get("mode") == "DISABLE" else "ENABLED",
        }
        return self._create("recurringRuns", fields)

    def fire(self, recurring_run_id: str) -> Document:
        """Create the run that the schedule would create now."""
        recurring = self.get("recurringRuns", recurring_run_id)
        if recurring["status"] != "ENABLED":
            raise invalid(f"recurring run {recurring_run_id} is disabled")
        earlier = sum(r.get("recurring_run_id") == recurring_run_id for r in self.store.all("runs"))
        body = {**recurring, "display_name": f"{recurring['display_name']} {earlier + 1}", "description": ""}
        return self.create_run(body, recurring_run_id=recurring_run_id)

    def _create(self, kind: str, fields: Document) -> Document:
        """Keep a new document; empty values are left out, as the API does."""
        identifier = str(uuid.uuid4())
        document = {IDS[kind]: identifier, "created_at": stamp(), **fields}
        kept = {key: value for key, value in document.items() if value not in ("", None)}
        return self.store.put(kind, identifier, kept)

    def _create_version(self, pipeline_id: str, spec: Document, query: Query) -> Document:
        name = query.get("name") or _compiled_name(spec)
        versions = (v for v in self.store.all("pipeline_versions") if v["pipeline_id"] == pipeline_id)
        if any(each["name"] == name for each in versions):
            raise exists("pipeline_version", name)
        fields = {
            "pipeline_id": pipeline_id,
            "name": name,
            "display_name": query.get("display_name") or name,
            "description": query.get("description", ""),
            "code_source_url": query.get("code_source_url", ""),
            "tags": _tags(query.get("tags", "")),
            "pipeline_spec": spec,
        }
        return self._create("pipeline_versions", fields)

    def _what_to_run(self, body: Document) -> tuple[Document, Document]:
        """What the run says it runs (a reference or the spec itself), and the spec."""
        reference = body.get("pipeline_version_reference")
        if not reference:
            if not body.get("pipeline_spec"):
                raise invalid("a run needs a pipeline_version_reference or a pipeline_spec")
            return {"pipeline_spec": body["pipeline_spec"]}, body["pipeline_spec"]
        pipeline = self.get("pipelines", reference.get("pipeline_id", ""))["pipeline_id"]
        wanted = reference.get("pipeline_version_id") or self._newest_version(pipeline)
        version = self.get_version(pipeline, wanted)
        full = {"pipeline_id": pipeline, "pipeline_version_id": wanted}
        return {"pipeline_version_reference": full}, version["pipeline_spec"]

    def _newest_version(self, pipeline_id: str) -> str:
        found = [v for v in self.store.all("pipeline_versions") if v["pipeline_id"] == pipeline_id]
        if not found:
            raise not_found("a version of pipeline", pipeline_id)
        return str(max(found, key=lambda version: version["created_at"])["pipeline_version_id"])

    def _experiment_id(self, body: Document) -> str:
        if body.get("experiment_id"):
            return str(self.get("experiments", body["experiment_id"])["experiment_id"])
        for experiment in self.store.all("experiments"):
            if experiment["display_name"] == "Default":
                return str(experiment["experiment_id"])
        return str(self.create_experiment({"display_name": "Default"})["experiment_id"])


def _name(body: Document) -> str:
    name = body.get("display_name")
    if not isinstance(name, str) or not name:
        raise invalid("display_name is missing")
    return name


def _compiled_name(spec: Document) -> str:
    inner = spec.get("pipeline_spec", spec)
    return str(inner.get("pipelineInfo", {}).get("name") or "pipeline")


def _tags(text: str) -> Mapping[str, str] | None:
    """Tags come as a JSON object in the query."""
    if not text:
        return None
    try:
        tags = json.loads(text)
    except ValueError:
        tags = None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise invalid("tags are no JSON object of texts")
    return tags
