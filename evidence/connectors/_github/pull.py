"""One pull of a code host: what is new since the last one, oldest first, so that it can stop anywhere.

Merged changes and ended runs do not change any more: a full pull reads again only what an earlier
one could not. A host that limits requests ends the pull; the next goes on where it stopped.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from core.http import Fault, HttpError
from evidence.connectors._github import faults
from evidence.connectors._github.api import Api, Item
from evidence.connectors._github.branches import branch_records
from evidence.connectors._github.changes import change_records, number_of
from evidence.connectors._github.details import Details
from evidence.connectors._github.images import image_records
from evidence.connectors._github.place import Place
from evidence.connectors._github.workflows import is_of_a_change, is_open, run_id, run_records
from evidence.connectors._reading import integers_at, mapping, moment_at, text_at
from evidence.connectors.base import Context
from evidence.records import Blindness, BlindReason, Json, Page, Record

OVERLAP = timedelta(minutes=10)
"""Read again before the cursor: clocks differ, and a listing may lag."""
LISTING_PAGES = 100
MOST_CHANGES = 400
"""Changes whose details are read in one pull; each takes up to six requests."""
MOST_RUNS = 600
MOST_AGAIN = 100
A_PAGE = 20
"""Things written together; what was written is not read again after an interruption."""
IMAGE_PAGES = 3

PARTS = {
    "workflow_runs": ("CI's runs", "Actions: read"),
    "pull_requests": ("merged changes", "Pull requests: read"),
    "images": ("container images", "read:packages"),
}
"""Parts in the words of people, and the permission that a token needs."""


@dataclass
class Pull:
    """One pull, and where the next starts; `days` is how far back the first one reads."""

    api: Api
    place: Place
    cursor: Mapping[str, Json]
    context: Context
    days: int
    packages: tuple[str, ...] = ()
    branch: str = ""
    next_cursor: dict[str, Json] = field(default_factory=dict)

    def pages(self) -> Iterator[Page]:
        """Everything since the cursor. Raises HttpError when not even the repository can be read."""
        self.branch = text_at(self.api.one(self.place.path), "default_branch") or "main"
        self._begin()
        parts: dict[str, Callable[[], Iterator[Page]]] = {
            "workflow_runs": self._runs,
            "pull_requests": self._changes,
            "images": self._images,
            "protection": self._branch,
        }
        over: HttpError | None = None
        for name, part in parts.items():
            try:
                if over is None:
                    yield from part()
            except HttpError as error:
                over = error if error.fault in faults.PASSING else None
                yield Page(blind=(_unread(name, error),))
                continue
            if over is not None:
                yield Page(blind=(_unread(name, over),))

    def _begin(self) -> None:
        """Go on from the cursor, unless a longer history is asked for than was read."""
        before = self.cursor.get("days")
        goes_on = isinstance(before, int) and before >= self.days
        since = self.context.now - timedelta(days=self.days)
        self.next_cursor = dict(self.cursor) if goes_on else {"history_from": since.isoformat()}
        self.next_cursor["days"] = self.days

    @property
    def _history_from(self) -> datetime:
        return moment_at(self.next_cursor, "history_from") or self.context.now

    def _since(self, part: str) -> datetime:
        moment = moment_at(self.next_cursor, part)
        return moment - OVERLAP if moment else self._history_from

    def _runs(self) -> Iterator[Page]:
        listed = self._listed(
            "actions/runs", key="workflow_runs", stamp="created_at", since=self._since("runs")
        )
        listed += self._opened({run_id(run) for run in listed})
        runs = [run for run in listed if not is_of_a_change(run)]
        runs.sort(key=lambda run: text_at(run, "created_at"))
        for batch in _batches(runs[:MOST_RUNS]):
            records = [
                run_records(run, self._jobs(run), place=self.place, branch=self.branch) for run in batch
            ]
            self._mark_open(batch)
            self.next_cursor["runs"] = text_at(batch[-1], "created_at")
            yield _page(records, f"{len(batch)} CI runs read")
        yield from self._ended("runs", left=len(runs) - MOST_RUNS, scope="workflow_runs")

    def _opened(self, seen: set[int]) -> list[Item]:
        """Runs that were open at the last pull and are not listed any more; some may be deleted."""
        found: list[Item] = []
        for identifier in integers_at(self.next_cursor, "open"):
            try:
                if identifier not in seen:
                    found.append(self.api.one(f"{self.place.path}/actions/runs/{identifier}"))
            except HttpError as error:
                if error.fault is not Fault.NOT_FOUND:
                    raise
                self._mark_open([{"id": identifier, "status": "completed"}])
        return found

    def _mark_open(self, runs: list[Item]) -> None:
        """Note which of these runs have to be read again."""
        before = {*integers_at(self.next_cursor, "open")} - {run_id(run) for run in runs}
        still = before | {run_id(run) for run in runs if is_open(run)}
        self.next_cursor["open"] = [*sorted(still)[-MOST_AGAIN:]]

    def _jobs(self, run: Item) -> list[Item] | None:
        if is_open(run):
            return []
        try:
            path = f"{self.place.path}/actions/runs/{run_id(run)}/jobs"
            return self.api.rows(path, most=3, key="jobs", params={"filter": "latest"})
        except HttpError as error:
            if error.fault in faults.PASSING:
                raise
            return None

    def _changes(self) -> Iterator[Page]:
        details = Details(self.api, self.place)
        listed = self._listed(
            "pulls",
            stamp="updated_at",
            since=self._since("pulls"),
            params={"state": "closed", "sort": "updated", "direction": "desc", "base": self.branch},
        )
        merged = [c for c in listed if (at := moment_at(c, "merged_at")) and at >= self._history_from]
        merged.sort(key=lambda change: text_at(change, "updated_at"))
        yield from self._again(details)
        for batch in _batches(merged[:MOST_CHANGES]):
            records = [self._change(change, details) for change in batch]
            self.next_cursor["pulls"] = text_at(batch[-1], "updated_at")
            yield _page(records, f"{len(batch)} merged changes read")
        yield Page(blind=details.blind())
        yield from self._ended("pulls", left=len(merged) - MOST_CHANGES, scope="pull_requests")

    def _again(self, details: Details) -> Iterator[Page]:
        """Once a day: changes of which something could not be read."""
        for number in integers_at(self.next_cursor, "again") if self.context.full else ():
            change = self.api.one(f"{self.place.path}/pulls/{number}")
            yield _page([self._change(change, details)], "")

    def _change(self, change: Item, details: Details) -> tuple[Record, ...]:
        """Nothing for a change that leaves the folder of the system alone."""
        detail = details.read(change)
        again = {*integers_at(self.next_cursor, "again")} - {number_of(change)}
        if detail.blind:
            again.add(number_of(change))
        self.next_cursor["again"] = [*sorted(again)[-MOST_AGAIN:]]
        paths = [text_at(file, "filename") for file in detail.files or ()]
        if paths and not detail.files_cut and not any(map(self.place.holds, paths)):
            return ()
        return change_records(change, detail, place=self.place)

    def _images(self) -> Iterator[Page]:
        for package in self.packages:
            rows = self._versions(package)
            yield _page(
                [image_records(row, package=package, place=self.place) for row in rows],
                f"images of {package} read",
            )

    def _versions(self, package: str) -> list[Item]:
        """Versions of a container package of an organisation, else of a person's account."""
        path = f"{quote(self.place.owner)}/packages/container/{quote(package, safe='')}/versions"
        try:
            return self.api.rows(f"orgs/{path}", most=IMAGE_PAGES)
        except HttpError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return self.api.rows(f"users/{path}", most=IMAGE_PAGES)

    def _branch(self) -> Iterator[Page]:
        name = quote(self.branch, safe="")
        blind: list[Blindness] = []
        seen = self._setting(f"branches/{name}", blind)
        rules = self._rules(name)
        protection = None
        if mapping(seen).get("protected") is True:
            protection = self._setting(f"branches/{name}/protection", blind, ruled=bool(rules))
        records = branch_records(
            self.branch,
            seen=seen,
            rules=rules,
            protection=protection,
            history_from=self._history_from,
            place=self.place,
        )
        yield Page(records=records, blind=tuple(blind), progress=f"branch {self.branch} read")

    def _setting(self, path: str, blind: list[Blindness], *, ruled: bool = False) -> Item | None:
        """Settings that the token may not see are no failure; under rules there may be no others."""
        try:
            return self.api.one(f"{self.place.path}/{path}")
        except HttpError as error:
            if error.fault in faults.PASSING:
                raise
            if not (ruled and error.fault is Fault.NOT_FOUND):
                blind.append(_unread("protection", error))
            return None

    def _rules(self, branch: str) -> list[Item] | None:
        """None where the server is too old for rules, or hides them."""
        try:
            return self.api.rows(f"{self.place.path}/rules/branches/{branch}", most=1)
        except HttpError as error:
            if error.fault in faults.PASSING:
                raise
            return None

    def _listed(
        self,
        path: str,
        *,
        stamp: str,
        since: datetime,
        key: str = "",
        params: Mapping[str, str | int] | None = None,
    ) -> list[Item]:
        """Rows since a moment, of a listing whose newest come first."""
        found: list[Item] = []
        for rows in self.api.pages(f"{self.place.path}/{path}", most=LISTING_PAGES, key=key, params=params):
            new = [row for row in rows if (at := moment_at(row, stamp)) and at >= since]
            found += new
            if len(new) < len(rows):
                return found
        if len(found) >= LISTING_PAGES * 100:
            self.next_cursor["history_from"] = min(text_at(row, stamp) for row in found)
        return found

    def _ended(self, part: str, *, left: int, scope: str) -> Iterator[Page]:
        """Close a part: from now on the next time, or from where it stopped."""
        if left <= 0:
            self.next_cursor[part] = self.context.now.isoformat()
            return
        yield Page(
            blind=(
                Blindness(
                    what=f"{left:,} of the newest {PARTS[scope][0]} were not read yet.",
                    reason=BlindReason.COLLECTOR_FAILED,
                    why="One sync reads only so many, so that it ends.",
                    remedy="Nothing to do: the next sync goes on where this one stopped.",
                    scope=scope,
                ),
            )
        )


def _unread(part: str, error: HttpError) -> Blindness:
    if part == "protection":
        what, permission = "How the default branch is protected was not read.", "Administration: read"
    else:
        what, permission = f"The {PARTS[part][0]} were not all read.", PARTS[part][1]
    return faults.blindness(error, what=what, scope=part, permission=permission)


def _batches(rows: list[Item]) -> Iterator[list[Item]]:
    return (rows[start : start + A_PAGE] for start in range(0, len(rows), A_PAGE))


def _page(groups: list[tuple[Record, ...]], progress: str) -> Page:
    return Page(records=tuple(record for group in groups for record in group), progress=progress)
