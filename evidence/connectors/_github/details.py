"""What is asked of the host about one merged change."""

from dataclasses import dataclass, field

from core.http import Fault, HttpError
from evidence.connectors._github import faults
from evidence.connectors._github.api import ROWS, Api, Item, Params
from evidence.connectors._github.changes import Detail, head_of, number_of
from evidence.connectors._github.place import Place
from evidence.connectors._github.workflows import workflow_of
from evidence.connectors._reading import integer_at, mapping, text_at
from evidence.records import Blindness, BlindReason

FILE_PAGES = 3
PAGES = 5
ACTIONS = "github-actions"
PARTS = {
    "files": ("the files of changes", "Pull requests: read"),
    "reviews": ("the reviews of changes", "Pull requests: read"),
    "checks": ("the checks of changes", "Checks: read"),
    "statuses": ("the statuses that other CI systems reported", "Commit statuses: read"),
    "workflows": ("which workflow a check belongs to", "Actions: read"),
}
"""Parts in the words of people, and the permission that a token needs."""


@dataclass
class Details:
    """Reads changes. What the token may not see is asked for once, and told at the end."""

    api: Api
    place: Place
    refused: dict[str, HttpError] = field(default_factory=dict)
    missed: BlindReason | None = None

    def read(self, change: Item) -> Detail:
        """Up to six requests. Raises HttpError where the host itself fails: the pull ends there."""
        self.missed = None
        pull, commit = f"pulls/{number_of(change)}", f"commits/{head_of(change)}"
        files = self._rows("files", f"{pull}/files", most=FILE_PAGES)
        reviews = self._rows("reviews", f"{pull}/reviews", most=PAGES)
        latest: Params = {"filter": "latest"}
        checks = self._rows("checks", f"{commit}/check-runs", most=PAGES, key="check_runs", params=latest)
        statuses = self._rows("statuses", f"{commit}/status", most=PAGES, key="statuses")
        missed = self.missed  # which workflow a check belongs to only helps to recognise it
        return Detail(
            files=files,
            files_cut=len(files or ()) >= FILE_PAGES * ROWS,
            reviews=reviews,
            checks=checks,
            statuses=statuses,
            workflows=self._workflows(head_of(change), checks or []),
            blind=missed,
        )

    def blind(self) -> tuple[Blindness, ...]:
        """What the token may not see at all."""
        return tuple(
            faults.blindness(
                error,
                what=f"Of merged changes, {PARTS[part][0]} were not read.",
                scope=part,
                permission=PARTS[part][1],
            )
            for part, error in self.refused.items()
        )

    def _workflows(self, head: str, checks: list[Item]) -> dict[int, tuple[str, str]]:
        if not any(text_at(mapping(check, "app"), "slug") == ACTIONS for check in checks):
            return {}
        runs = self._rows("workflows", "actions/runs", most=2, key="workflow_runs", params={"head_sha": head})
        return {integer_at(run, "check_suite_id") or 0: workflow_of(run) for run in runs or ()}

    def _rows(
        self, part: str, path: str, *, most: int, key: str = "", params: Params | None = None
    ) -> list[Item] | None:
        """None where the part cannot be read."""
        error = self.refused.get(part)
        if error is None:
            try:
                return self.api.rows(f"{self.place.path}/{path}", most=most, key=key, params=params)
            except HttpError as caught:
                if caught.fault in faults.PASSING:
                    raise
                error = caught
        if error.fault in {Fault.FORBIDDEN, Fault.UNAUTHENTICATED}:
            self.refused[part] = error
        self.missed = self.missed or faults.reason_of(error)
        return None
