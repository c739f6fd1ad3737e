"""MLflow's REST API: which calls are made, and how a listing is walked to its end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from core.http import Client, Fault, HttpError
from evidence.connectors._mlflow.faults import EndlessPagesError
from evidence.connectors._mlflow.payload import Payload, part, rows, text
from evidence.connectors._mlflow.tracking import run_id

REST = "/api/2.0/mlflow"
EXPERIMENTS_A_CALL = 200
RUN_IDS_A_CALL = 100
STALE_PAGES = 2
"""A page may hold nothing new once (many runs of one moment); twice in a row is a circle."""


@dataclass(frozen=True, slots=True)
class Api:
    """Calls on one server. Every listing is lazy, yields what one answer held, and raises
    HttpError or EndlessPagesError.

    `files` is the client for artifacts: they are many and small, and a server that cannot reach its
    artifact store fails at each. `run_rows` and `rows_a_page` are how many things one answer holds
    (a server needs as long for a thousand runs in four answers as in one, and we write meanwhile);
    `max_pages` ends a listing that would never end.
    """

    client: Client
    files: Client
    run_rows: int = 250
    rows_a_page: int = 1000
    max_pages: int = 4000

    def version(self) -> str:
        """The server's version; empty where it does not tell (older servers, proxies)."""
        try:
            body = self.client.get("/version").body[:40].decode(errors="replace").strip()
        except HttpError as error:
            if error.fault is Fault.NOT_FOUND:
                return ""
            raise
        return body if body[:1].isdigit() else ""

    def experiments(self) -> Iterator[list[Payload]]:
        body = {"max_results": self.rows_a_page, "view_type": "ALL"}
        return self._listed("experiments/search", "experiments", body=body)

    def logged_models(self, experiments: Sequence[str], *, updated_after: int = 0) -> Iterator[list[Payload]]:
        for ids in _chunks(experiments, EXPERIMENTS_A_CALL):
            body = {"experiment_ids": ids, "max_results": 50}
            if updated_after:
                body["filter"] = f"last_updated_timestamp > {updated_after}"
            yield from self._listed("logged-models/search", "models", body=body)

    def registered_models(self) -> Iterator[list[Payload]]:
        return self._listed("registered-models/search", "registered_models")

    def model_versions(self) -> Iterator[list[Payload]]:
        return self._listed("model-versions/search", "model_versions")

    def runs(
        self, experiments: Sequence[str], *, by: str = "start_time", since: int | None = None, where: str = ""
    ) -> Iterator[list[Payload]]:
        """Runs, deleted ones too, in the order of `by` ("start_time" or "end_time", epoch ms).

        Pages by that key and not by MLflow's tokens: those are offsets, under which rows shift while
        runs come in.
        """
        for ids in _chunks(experiments, EXPERIMENTS_A_CALL):
            yield from self._runs(ids, by=by, since=since, where=where)

    def runs_by_id(self, experiments: Sequence[str], run_ids: Sequence[str]) -> Iterator[list[Payload]]:
        for wanted in _chunks(sorted(run_ids), RUN_IDS_A_CALL):
            listed = ", ".join(f"'{each}'" for each in wanted if each.isalnum())
            yield from self.runs(experiments, where=f"attributes.run_id IN ({listed})")

    def run(self, identifier: str) -> Payload:
        answer = self.client.get(f"{REST}/runs/get", params={"run_id": identifier}).json()
        return part(answer, "run")

    def model(self, name: str) -> None:
        """Raises HttpError(NOT_FOUND) where the registry has no such model."""
        self.client.get(f"{REST}/registered-models/get", params={"name": name})

    def model_version(self, name: str, version: str) -> None:
        """Raises HttpError(NOT_FOUND) where the registry has no such version."""
        self.client.get(f"{REST}/model-versions/get", params={"name": name, "version": version})

    def download_uri(self, name: str, version: str) -> str:
        params = {"name": name, "version": version}
        answer = self.client.get(f"{REST}/model-versions/get-download-uri", params=params).json()
        return text(answer, "artifact_uri") if isinstance(answer, Mapping) else ""

    def _runs(self, ids: Sequence[str], *, by: str, since: int | None, where: str) -> Iterator[list[Payload]]:
        token, edge, stale = "", set[str](), 0
        for _ in range(self.max_pages):
            answer = self._search_runs(ids, by=by, since=since, where=where, token=token)
            found = rows(answer, "runs")
            fresh = [run for run in found if run_id(run) and run_id(run) not in edge]
            if fresh:
                yield fresh
            token, stale = _token(answer), 0 if fresh else stale + 1
            if not token:
                return
            if stale >= STALE_PAGES:
                raise EndlessPagesError("The server repeats the same page of runs without end.")
            last = _millis(found[-1], by) if found else 0
            if since is None or last > since:
                since, token, edge = last, "", set()
            edge |= {run_id(run) for run in found if _millis(run, by) == since}
        raise EndlessPagesError(
            f"The list of runs has no end; reading stopped after {self.max_pages:,} pages."
        )

    def _search_runs(
        self, ids: Sequence[str], *, by: str, since: int | None, where: str, token: str
    ) -> Payload:
        conditions = [where] * bool(where) + [f"attributes.{by} >= {since}"] * (since is not None)
        body: dict[str, Any] = {
            "experiment_ids": list(ids),
            "order_by": [f"attributes.{by} ASC"],
            "max_results": self.run_rows,
            "run_view_type": "ALL",
        }
        if conditions:
            body["filter"] = " AND ".join(conditions)
        if token:
            body["page_token"] = token
        return self._answered(self.client.post(f"{REST}/runs/search", body=body, search=True).json())

    def _listed(
        self, path: str, key: str, *, body: Mapping[str, Any] | None = None
    ) -> Iterator[list[Payload]]:
        """Walk a listing by its tokens: POST where there is a body, else GET."""
        token, seen = "", set[str]()
        for _ in range(self.max_pages):
            answer = self._page(path, body=body, token=token)
            found = rows(answer, key)
            if found:
                yield found
            token = _token(answer)
            if not token:
                return
            if token in seen or not found:
                raise EndlessPagesError(f"The server repeats the same page of {path} without end.")
            seen.add(token)
        raise EndlessPagesError(f"{path} has no end; reading stopped after {self.max_pages:,} pages.")

    def _page(self, path: str, *, body: Mapping[str, Any] | None, token: str) -> Payload:
        more = {"page_token": token} if token else {}
        if body is None:
            params: dict[str, str | int] = {"max_results": self.rows_a_page, **more}
            return self._answered(self.client.get(f"{REST}/{path}", params=params).json())
        return self._answered(self.client.post(f"{REST}/{path}", body={**body, **more}, search=True).json())

    def _answered(self, answer: object) -> Payload:
        if isinstance(answer, Mapping):
            return answer
        raise HttpError(Fault.NOT_JSON, "The server answered JSON that is no MLflow answer.")


def artifact_of_version(client: Client, *, name: str, version: str, path: str) -> bytes:
    """A file of a version, by the version alone (a path of MLflow's own pages)."""
    params = {"name": name, "version": version, "path": path}
    return client.get("/model-versions/get-artifact", params=params).body


def artifact_of_model(client: Client, *, model_id: str, path: str) -> bytes:
    """A file of a logged model (MLflow 3)."""
    place = f"/ajax-api/2.0/mlflow/logged-models/{quote(model_id, safe='')}/artifacts/files"
    return client.get(place, params={"artifact_file_path": path}).body


def artifact_at(client: Client, *, uri: str, path: str) -> bytes:
    """A file below an `mlflow-artifacts:` address, through the server's own artifact proxy."""
    place = uri.removeprefix("mlflow-artifacts:").lstrip("/")
    return client.get(f"/api/2.0/mlflow-artifacts/artifacts/{quote(place)}/{path}").body


def _token(answer: Payload) -> str:
    return text(answer, "next_page_token")


def _millis(run: Payload, key: str) -> int:
    value = part(run, "info").get(key)
    return int(value) if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()) else 0


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
