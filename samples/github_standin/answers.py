"""Answers in the form of GitHub's REST API, version 2022-11-28: the few that our connector asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from samples.github_standin.repository import Pull, Repository, Row
from samples.histories import BRANCH

ONE_REVIEW = {"type": "pull_request", "parameters": {"required_approving_review_count": 1}}
Answer: TypeAlias = Row | list[Row]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers about one repository that is shown at `page`."""

    repository: Repository
    page: str

    def to(self, path: list[str], query: Mapping[str, str]) -> Answer | None:
        """The answer to a path behind `repos/{owner}/{name}`; None where there is nothing."""
        match path:
            case []:
                return self._repository()
            case ["branches", name] if name == BRANCH:
                return self._branch()
            case ["rules", "branches", name] if name == BRANCH:
                return [ONE_REVIEW] if self.repository.settings["protected"] else []
            case ["pulls", *rest]:
                return self._pulls(rest, query)
            case ["commits", commit, "check-runs"]:
                return {"check_runs": list(self._checks(self._sha(commit)))}
            case ["commits", commit, "status"]:
                return {"state": "pending", "sha": self._sha(commit), "statuses": []}
            case ["actions", "runs", *rest]:
                return self._runs(rest, query)
        return None

    def _sha(self, commit: str) -> str:
        return self.repository.head if commit == BRANCH else commit

    def _repository(self) -> Row:
        name = self.repository.name
        return {
            "id": 1,
            "name": name,
            "full_name": f"{self.repository.settings['owner']}/{name}",
            "html_url": self.page,
            "default_branch": BRANCH,
        }

    def _branch(self) -> Row:
        return {
            "name": BRANCH,
            "commit": {"sha": self.repository.head},
            "protected": self.repository.settings["protected"],
            "protection_url": f"{self.page}/tree/{BRANCH}",
        }

    def _pulls(self, rest: list[str], query: Mapping[str, str]) -> Answer | None:
        pulls = self.repository.pulls()
        if not rest:
            wanted = query.get("state", "open") in {"closed", "all"} and query.get("base", BRANCH) == BRANCH
            return [self._pull(pull) for pull in reversed(pulls)] if wanted else []
        pull = next((pull for pull in pulls if str(pull.number) == rest[0]), None)
        match pull, rest[1:]:
            case None, _:
                return None
            case Pull(), []:
                return self._pull(pull)
            case Pull(), ["files"]:
                return list(self._files(pull))
            case Pull(), ["reviews"]:
                return [self._review(pull, number) for number in range(len(pull.reviewers))]
        return None

    def _pull(self, pull: Pull) -> Row:
        owner, ref = self.repository.settings["owner"], f"pull/{pull.number}/head"
        return {
            "id": pull.number,
            "number": pull.number,
            "state": "closed",
            "title": pull.title,
            "user": _user(pull.author),
            "html_url": f"{self.page}/pull/{pull.number}",
            "created_at": pull.created_at,
            "updated_at": pull.merged_at,
            "closed_at": pull.merged_at,
            "merged_at": pull.merged_at,
            "merge_commit_sha": pull.merge,
            "head": {"label": f"{owner}:{ref}", "ref": ref, "sha": pull.head},
            "base": {"label": f"{owner}:{BRANCH}", "ref": BRANCH, "sha": pull.base},
        }

    def _files(self, pull: Pull) -> Iterator[Row]:
        for file in self.repository.files(pull):
            yield {
                "sha": file.blob,
                "filename": file.path,
                "status": file.status,
                "additions": file.added,
                "deletions": file.removed,
                "changes": file.added + file.removed,
            }

    def _review(self, pull: Pull, number: int) -> Row:
        return {
            "id": pull.number * 100 + number,
            "user": _user(pull.reviewers[number]),
            "body": "",
            "state": "APPROVED",
            "submitted_at": pull.merged_at,
            "commit_id": pull.head,
        }

    def _checks(self, commit: str) -> Iterator[Row]:
        """The jobs of the runs at a commit, as checks."""
        for run in (run for run in self.repository.runs() if run["head"] == commit):
            for job in self._jobs(run):
                yield {
                    **{key: job[key] for key in ("id", "name", "status", "conclusion")},
                    **{key: job[key] for key in ("started_at", "completed_at", "head_sha")},
                    "html_url": f"{self.page}/actions/runs/{run['id']}",
                    "check_suite": {"id": run["id"]},
                    "app": {"id": 1, "slug": "github-actions", "name": "A stand-in for GitHub Actions"},
                }

    def _runs(self, rest: list[str], query: Mapping[str, str]) -> Answer | None:
        runs = self.repository.runs()
        if not rest:
            head = query.get("head_sha")
            wanted = [run for run in reversed(runs) if head in (None, run["head"])]
            return {"workflow_runs": [self._run(run) for run in wanted]}
        run = next((run for run in runs if str(run["id"]) == rest[0]), None)
        if run is None or rest[1:] not in ([], ["jobs"]):
            return None
        return {"jobs": list(self._jobs(run))} if rest[1:] else self._run(run)

    def _run(self, run: Row) -> Row:
        return {
            "id": run["id"],
            "name": run["name"],
            "path": run["path"],
            "event": run["event"],
            "status": "completed",
            "conclusion": run["conclusion"],
            "head_sha": run["head"],
            "head_branch": run["branch"],
            "run_number": run["number"],
            "run_attempt": 1,
            "check_suite_id": run["id"],
            "html_url": f"{self.page}/actions/runs/{run['id']}",
            "created_at": run["started_at"],
            "updated_at": run["ended_at"],
            "run_started_at": run["started_at"],
        }

    def _jobs(self, run: Row) -> Iterator[Row]:
        for number, job in enumerate(run["jobs"]):
            yield {
                "id": run["id"] * 10 + number,
                "run_id": run["id"],
                "name": job["name"],
                "status": "completed",
                "conclusion": job["conclusion"],
                "started_at": job["started_at"],
                "completed_at": job["ended_at"],
                "labels": ["this-machine"],
                "head_sha": run["head"],
            }


def _user(login: str) -> dict[str, Any]:
    return {"login": login, "id": sum(login.encode()), "type": "User", "site_admin": False}
