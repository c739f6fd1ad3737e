"""A code host that answers as GitHub does: paged, with links, permissions and limits.

Every row it makes is checked against the fields and types of GitHub's own description.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema  # type: ignore[import-untyped]

SCHEMA = json.loads((Path(__file__).parents[1] / "data/github/schema.json").read_text())
VALIDATORS = {
    kind: jsonschema.Draft202012Validator(schema)
    for kind, schema in SCHEMA.items()
    if isinstance(schema, dict)
}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Row = dict[str, Any]
KEYS = {"check-runs": "check_runs", "status": "statuses", "runs": "workflow_runs", "jobs": "jobs"}


def checked(kind: str, row: Row) -> Row:
    """The row, if GitHub could answer it."""
    VALIDATORS[kind].validate(row)
    return row


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sha(number: int) -> str:
    return f"{number:040x}"


def person(login: str | None) -> Row | None:
    return {"login": login, "id": len(login), "type": "User", "site_admin": False} if login else None


def pull(number: int, **changes: Any) -> Row:
    """A change that was merged `number` hours ago."""
    merged = NOW - number * HOUR
    made = {
        "id": number,
        "number": number,
        "state": "closed",
        "title": f"Change {number}",
        "user": person("kenta"),
        "html_url": f"https://github.com/acme/churn/pull/{number}",
        "created_at": stamp(merged - HOUR),
        "updated_at": stamp(merged),
        "closed_at": stamp(merged),
        "merged_at": stamp(merged),
        "merge_commit_sha": sha(1000 + number),
        "head": {"label": "acme:topic", "ref": "topic", "sha": sha(number)},
        "base": {"label": "acme:main", "ref": "main", "sha": sha(1)},
    }
    return checked("pull", {**made, **changes})


def review(login: str | None, state: str, *, at: datetime = NOW - 30 * 24 * HOUR) -> Row:
    made = {
        "id": 1,
        "user": person(login),
        "body": "",
        "state": state,
        "submitted_at": stamp(at),
        "commit_id": sha(1),
    }
    return checked("review", made)


def file(name: str, **changes: Any) -> Row:
    made = {
        "sha": sha(5),
        "filename": name,
        "status": "modified",
        "additions": 1,
        "deletions": 0,
        "changes": 1,
    }
    return checked("file", {**made, **changes})


def check_run(name: str, conclusion: str | None = "success", *, app: str = "github-actions") -> Row:
    made = {
        "id": 7,
        "name": name,
        "head_sha": sha(1),
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "started_at": stamp(NOW - HOUR),
        "completed_at": stamp(NOW),
        "html_url": "https://github.com/acme/churn/actions/runs/70/job/7",
        "check_suite": {"id": 77},
        "app": {"id": 1, "slug": app, "name": app},
    }
    return checked("check_run", made)


def status(context: str, state: str = "success") -> Row:
    return checked("status", {"id": 3, "context": context, "state": state, "target_url": None})


def workflow_run(number: int, **changes: Any) -> Row:
    """A run that began `number` hours ago."""
    began = NOW - number * HOUR
    made = {
        "id": 7000 + number,
        "name": "release",
        "path": ".github/workflows/release.yml",
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "head_sha": sha(1000 + number),
        "head_branch": "main",
        "run_number": number,
        "run_attempt": 1,
        "check_suite_id": 77,
        "html_url": f"https://github.com/acme/churn/actions/runs/{7000 + number}",
        "created_at": stamp(began),
        "updated_at": stamp(began + timedelta(minutes=9)),
        "run_started_at": stamp(began),
    }
    return checked("workflow_run", {**made, **changes})


def job(name: str, conclusion: str | None = "success") -> Row:
    made = {
        "id": 9,
        "run_id": 7001,
        "name": name,
        "status": "completed",
        "conclusion": conclusion,
        "started_at": stamp(NOW - HOUR),
        "completed_at": stamp(NOW),
        "labels": ["ubuntu-latest"],
        "head_sha": sha(1001),
    }
    return checked("job", made)


def package_version(tags: list[str]) -> Row:
    made = {
        "id": 4,
        "name": f"sha256:{sha(4)}",
        "html_url": "https://github.com/orgs/acme/packages/container/train/4",
        "created_at": stamp(NOW),
        "updated_at": stamp(NOW),
        "metadata": {"package_type": "container", "container": {"tags": tags}},
    }
    return checked("package_version", made)


@dataclass
class Host:
    """What the host holds. `denied` maps a part of a path to the status it is refused with.

    `limit`: how many requests are answered before the host asks to wait.
    """

    pulls: list[Row] = field(default_factory=lambda: [pull(1), pull(2), pull(3)])
    files: dict[int, list[Row]] = field(default_factory=dict)
    reviews: list[Row] = field(default_factory=lambda: [review("mei", "APPROVED")])
    checks: list[Row] = field(default_factory=lambda: [check_run("unit")])
    statuses: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=lambda: [workflow_run(1), workflow_run(2)])
    jobs: list[Row] = field(default_factory=lambda: [job("build-image")])
    rules: list[Row] = field(default_factory=list)
    protection: Row | None = None
    protected: bool = True
    packages: dict[str, list[Row]] = field(default_factory=dict)
    denied: dict[str, int] = field(default_factory=dict)
    limit: int = 100_000
    page_size: int = 100
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[httpx.Headers] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path).removeprefix("/api/v3")
        self.asked[path] += 1
        self.headers.append(request.headers)
        if self.asked.total() > self.limit:
            wait = {"retry-after": "600", "x-ratelimit-remaining": "0"}
            return httpx.Response(403, headers=wait, json={"message": "API rate limit exceeded"})
        for part, code in self.denied.items():
            if part in path:
                return httpx.Response(
                    code, json={"message": "Resource not accessible by personal access token"}
                )
        found = self._answer(path.removeprefix("/repos/acme/churn").strip("/"), request.url.params)
        if found is None:
            return httpx.Response(404, json={"message": "Not Found"})
        return self._paged(found, request) if isinstance(found, list) else httpx.Response(200, json=found)

    def _answer(self, path: str, params: httpx.QueryParams) -> Row | list[Row] | None:
        parts = path.split("/")
        answers = (self._settings, self._changes, self._ci)
        return next((found for each in answers if (found := each(parts, params)) is not None), None)

    def _settings(self, parts: list[str], _: httpx.QueryParams) -> Row | list[Row] | None:
        match parts:
            case [""]:
                return checked(
                    "repository",
                    {"id": 1, "name": "churn", "full_name": "acme/churn", "default_branch": "main"},
                )
            case ["branches", name]:
                return checked(
                    "branch",
                    {"name": name, "commit": {}, "protected": self.protected, "protection_url": "https://x"},
                )
            case ["branches", _, "protection"]:
                return checked("protection", self.protection) if self.protection is not None else None
            case ["rules", "branches", _]:
                return [checked("rule", rule) for rule in self.rules]
            case ["users", "acme", "packages", "container", name, "versions"]:
                return self.packages.get(name)
        return None

    def _changes(self, parts: list[str], params: httpx.QueryParams) -> Row | list[Row] | None:
        match parts:
            case ["pulls"]:
                assert (params["state"], params.get("direction", "desc")) == ("closed", "desc")
                return sorted(self.pulls, key=lambda row: row["updated_at"], reverse=True)
            case ["pulls", number]:
                return next(row for row in self.pulls if str(row["number"]) == number)
            case ["pulls", number, "files"]:
                return self.files.get(int(number), [file("pipelines/train.py")])
            case ["pulls", _, "reviews"]:
                return self.reviews
        return None

    def _ci(self, parts: list[str], params: httpx.QueryParams) -> Row | list[Row] | None:
        match parts:
            case ["commits", _, "check-runs"]:
                return self.checks
            case ["commits", _, "status"]:
                return self.statuses
            case ["actions", "runs"]:
                return self._runs(params)
            case ["actions", "runs", number]:
                return next((row for row in self.runs if str(row["id"]) == number), None)
            case ["actions", "runs", _, "jobs"]:
                return self.jobs
        return None

    def _runs(self, params: httpx.QueryParams) -> list[Row]:
        if "head_sha" in params:
            return [
                workflow_run(9, event="pull_request", path=".github/workflows/test.yml@main", name="quality")
            ]
        return sorted(self.runs, key=lambda row: row["created_at"], reverse=True)

    def _paged(self, rows: list[Row], request: httpx.Request) -> httpx.Response:
        page, size = int(request.url.params["page"]), min(self.page_size, int(request.url.params["per_page"]))
        assert size <= 100
        part = rows[(page - 1) * size : page * size]
        more = {"link": f'<{request.url}&page={page + 1}>; rel="next"'} if page * size < len(rows) else {}
        key = KEYS.get(request.url.path.rsplit("/", 1)[-1])
        return httpx.Response(200, headers=more, json={"total_count": len(rows), key: part} if key else part)
