"""The stand-in over HTTP: the API under /api/v3/, as on a GitHub Enterprise server, and a few pages."""

import json
import signal
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from samples.github_standin import pages
from samples.github_standin.answers import Answer, Answers
from samples.github_standin.repository import Repository

API = "/api/v3/repos/"
STYLE = "/standin/page.css"
MOST_ROWS = 100


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "github-standin"

    def __init__(self, data: Path, *args: Any) -> None:
        self.data = data
        super().__init__(*args)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path == STYLE:
            self._send(200, Path(__file__).with_name("page.css").read_bytes(), kind="text/css")
        elif path.startswith("/api/"):
            self._answer(path, query=dict(parse_qsl(parts.query)))
        else:
            page = self._page(path.strip("/"))
            self._send(200 if page else 404, page or pages.document("Not found"), kind="text/html")

    def log_message(self, format: str, *args: Any) -> None:
        """Requests would drown what `up` says; an error is an answer, and its source tells it."""

    def _answer(self, path: str, *, query: dict[str, str]) -> None:
        owner, name, *rest = f"{path.removeprefix(API)}/".split("/")
        repository = repositories(self.data).get(f"{owner}/{name}") if path.startswith(API) else None
        answer = None
        if repository:
            answers = Answers(repository, page=f"{self._origin()}/{owner}/{name}")
            answer = answers.to([part for part in rest if part], query)
        if answer is None:
            missing = {"message": "Not Found", "documentation_url": "", "status": "404"}
            self._send(404, json.dumps(missing).encode(), kind="application/json")
            return
        body, more = paged(answer, query)
        headers = {}
        if more:
            following = urlencode({**query, "page": int(query.get("page", 1)) + 1})
            headers["Link"] = f'<{self._origin()}{urlsplit(self.path).path}?{following}>; rel="next"'
        self._send(200, json.dumps(body).encode(), kind="application/json", headers=headers)

    def _page(self, path: str) -> bytes | None:
        known = repositories(self.data)
        if not path:
            return pages.everything(known.values())
        owner, _, rest = path.partition("/")
        name, _, rest = rest.partition("/")
        repository = known.get(f"{owner}/{name}")
        match repository, rest.split("/"):
            case None, _:
                return None
            case Repository(), [""] | ["tree", _]:
                return pages.repository(repository)
            case Repository(), ["pull", number]:
                return pages.pull_request(repository, number)
            case Repository(), ["actions", "runs", identifier]:
                return pages.workflow_run(repository, identifier)
        return None

    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.connection.getsockname()[1]}"

    def _send(self, status: int, body: bytes, *, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind + ("; charset=utf-8" if "text" in kind else ""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def repositories(data: Path) -> dict[str, Repository]:
    """The repositories that the workspace has published so far, by owner and name."""
    found = [Repository(data, path.parent.name) for path in sorted(data.glob("github/*/settings.json"))]
    return {f"{each.settings['owner']}/{each.name}": each for each in found}


def paged(answer: Answer, query: dict[str, str]) -> tuple[Answer, bool]:
    """The asked page of the rows in an answer, and whether there are more; other answers as they are."""
    key = (
        next((key for key, value in answer.items() if isinstance(value, list)), "")
        if isinstance(answer, dict)
        else ""
    )
    rows = answer[key] if isinstance(answer, dict) and key else answer
    if not isinstance(rows, list):
        return answer, False
    size = min(_number(query, "per_page", 30), MOST_ROWS)
    begin = (_number(query, "page", 1) - 1) * size
    part = rows[begin : begin + size]
    more = len(rows) > begin + size
    return ({**answer, "total_count": len(rows), key: part} if isinstance(answer, dict) else part), more


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return max(1, int(text)) if text.isdecimal() else default


def serve(*, data: Path, port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM or Ctrl-C; prints its address once it listens."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, data))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"The stand-in for GitHub listens on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
    finally:
        server.server_close()
