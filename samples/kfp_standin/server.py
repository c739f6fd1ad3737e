"""The stand-in over HTTP: the API under /apis/v2beta1/, and one page that shows what it has."""

import json
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from samples.kfp_standin.api import Api
from samples.kfp_standin.errors import ApiError, invalid, unimplemented
from samples.kfp_standin.runner import Runner
from samples.kfp_standin.store import Document, Store

PREFIX = "/apis/v2beta1/"
MAX_BODY = 32 * 1024 * 1024
PAGES = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html"),
    "/standin/page.js": ("page.js", "text/javascript"),
    "/standin/page.css": ("page.css", "text/css"),
}
KINDS = {"experiments": "experiments", "runs": "runs", "recurringruns": "recurringRuns"}
ARCHIVE = {"archive": {"storage_state": "ARCHIVED"}, "unarchive": {"storage_state": "AVAILABLE"}}
SWITCH = {
    "enable": {"status": "ENABLED", "mode": "ENABLE"},
    "disable": {"status": "DISABLED", "mode": "DISABLE"},
}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "kfp-standin"

    def __init__(self, api: Api, *args: Any) -> None:
        self.api = api
        super().__init__(*args)

    def do_GET(self) -> None:
        if file := FILES.get(urlsplit(self.path).path):
            self._send(200, (PAGES / file[0]).read_bytes(), file[1])
        else:
            self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""

    def _answer(self) -> None:
        try:
            status, answer = 200, self._served()
        except ApiError as error:
            status, answer = error.status, {"code": error.code, "message": error.message, "details": []}
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _served(self) -> Mapping[str, Any]:
        body = self._body()
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        if path.startswith("/standin/recurringruns/") and self.command == "POST":
            identifier, _, verb = path.removeprefix("/standin/recurringruns/").partition(":")
            if verb == "fire":
                return self.api.fire(identifier)
        if not path.startswith(PREFIX):
            raise ApiError(404, 5, "Not Found")
        rest = path.removeprefix(PREFIX)
        upload = {
            "pipelines/upload": self.api.upload_pipeline,
            "pipelines/upload_version": self.api.upload_version,
        }
        if self.command == "POST" and rest in upload:
            return upload[rest](body, self.headers.get("Content-Type", ""), query)
        return route(self.api, method=self.command, path=rest, query=query, body=_json(body))

    def _body(self) -> bytes:
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            raise invalid(f"the request is larger than {MAX_BODY // 1024 // 1024} MiB")
        return self.rfile.read(size)

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type + ("; charset=utf-8" if "text" in content_type else ""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)


def route(api: Api, *, method: str, path: str, query: Mapping[str, str], body: Document) -> Mapping[str, Any]:
    """The answer to a request under the prefix; ApiError 404 for a path that is not there."""
    if method == "GET" and path == "healthz":
        return {"pipeline_store": "database"}
    serve_kind = {"pipelines": _pipelines, "experiments": _things, "runs": _things, "recurringruns": _things}
    kind, _, rest = path.partition("/")
    if kind in serve_kind:
        return serve_kind[kind](api, method=method, kind=kind, rest=rest, query=query, body=body)
    raise ApiError(404, 5, "Not Found")


def _things(
    api: Api, *, method: str, kind: str, rest: str, query: Mapping[str, str], body: Document
) -> Mapping[str, Any]:
    """Experiments, runs, recurring runs: list, create, get, delete, and verbs behind a colon."""
    create: Mapping[str, Callable[[Document], Document]] = {
        "experiments": api.create_experiment,
        "runs": api.create_run,
        "recurringruns": api.create_recurring_run,
    }
    identifier, _, verb = rest.partition(":")
    match method, identifier, verb:
        case "GET", "", "":
            where = {} if kind == "experiments" else {"experiment_id": query.get("experiment_id", "")}
            return api.list(KINDS[kind], query, **where)
        case "POST", "", "":
            return create[kind](body)
        case "GET", _, "":
            return api.get(KINDS[kind], identifier)
        case "DELETE", _, "":
            return api.delete(KINDS[kind], identifier)
        case "POST", _, _:
            return _verb(api, kind=kind, identifier=identifier, verb=verb)
    raise ApiError(404, 5, "Not Found")


def _verb(api: Api, *, kind: str, identifier: str, verb: str) -> Document:
    if kind == "runs" and verb == "terminate":
        return api.terminate_run(identifier)
    if kind == "recurringruns" and verb in SWITCH:
        return api.set("recurringRuns", identifier, **SWITCH[verb])
    if kind != "recurringruns" and verb in ARCHIVE:
        return api.set(kind, identifier, **ARCHIVE[verb])
    raise unimplemented(f"the verb {verb} of {kind}")


def _pipelines(
    api: Api, *, method: str, kind: str, rest: str, query: Mapping[str, str], body: Document
) -> Mapping[str, Any]:
    match method, *rest.split("/"):
        case "GET", "":
            return api.list("pipelines", query)
        case "POST", "":
            return api.create_pipeline(body)
        case "GET", "names", name:
            return api.pipeline_by_name(name)
        case "GET", pipeline:
            return api.get("pipelines", pipeline)
        case "DELETE", pipeline:
            return api.delete("pipelines", pipeline)
        case "GET", pipeline, "versions":
            return api.list_versions(pipeline, query)
        case "GET", pipeline, "versions", version:
            return api.get_version(pipeline, version)
        case "DELETE", pipeline, "versions", version:
            api.get_version(pipeline, version)
            return api.delete("pipeline_versions", version)
    raise unimplemented(f"{method} {kind}/{rest}")


def _json(body: bytes) -> Document:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("the body is no JSON") from None
    if not isinstance(found, dict):
        raise invalid("the body is no JSON object")
    return found


def serve(*, data: Path, port: int, parallel: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM or Ctrl-C; prints its address once it listens."""
    store = Store(data / "kfp.sqlite")
    runner = Runner(store, folder=data / "runs", parallel=parallel)
    runner.fail_interrupted()
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, Api(store, runner)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"The stand-in for Kubeflow Pipelines listens on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
    finally:
        server.server_close()
        runner.stop()
        store.close()
