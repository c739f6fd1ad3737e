"""The GitHub connector against a double that answers as GitHub's own description says."""

from typing import Any

import httpx
import pytest

from evidence.connectors._github.place import place_of
from evidence.connectors._github.pull import MOST_CHANGES
from evidence.connectors.base import ConnectorError, Context
from evidence.connectors.github import GitHubConnector
from evidence.identity import commit_uid, repository_uid
from evidence.records import Blindness, BlindReason, EdgeRecord, NodeRecord, Page, Scope
from tests.evidence import github_double as double
from tests.evidence.github_double import HOUR, NOW, Host, sha, stamp

URL = "https://github.com/acme/churn"
DENIED = BlindReason.PERMISSION_DENIED


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.http.time.sleep", lambda seconds: None)


def connector(host: Host, **settings: str) -> GitHubConnector:
    made = GitHubConnector({"url": URL, "token": "t0ken", **settings})
    made.transport = httpx.MockTransport(host)
    return made


def context(**changes: Any) -> Context:
    return Context(**{"now": NOW, "cache_dir": "", **changes})


class Pulled:
    """What one pull gave, and where the next starts."""

    def __init__(
        self, host: Host, cursor: dict[str, Any] | None = None, *, full: bool = False, **settings: str
    ):
        source = connector(host, **settings)
        self.pages: list[Page] = list(source.pull(cursor or {}, context(full=full)))
        self.cursor: dict[str, Any] = source.cursor

    def nodes(self, kind: str) -> list[NodeRecord]:
        records = [record for page in self.pages for record in page.records]
        return [r for r in records if isinstance(r, NodeRecord) and r.kind == kind and not r.stub]

    def change(self, number: int = 1) -> NodeRecord:
        return next(node for node in self.nodes("pull_request") if node.attrs["number"] == number)

    def edges(self, kind: str) -> list[EdgeRecord]:
        records = [record for page in self.pages for record in page.records]
        return [r for r in records if isinstance(r, EdgeRecord) and r.kind == kind]

    @property
    def blind(self) -> dict[str, Blindness]:
        return {each.scope: each for page in self.pages for each in page.blind}


def test_pull_reads_a_merged_change() -> None:
    found = Pulled(Host()).change()
    assert found.attrs == {
        "repository": repository_uid(URL),
        "number": 1,
        "author": "kenta",
        "head": sha(1),
        "base": "main",
        "merge_commit": sha(1001),
        "paths": ["pipelines/train.py"],
        "paths_cut": False,
        "approved_by": ["mei"],
        "checks": [
            {
                "name": "unit",
                "conclusion": "success",
                "workflow": "quality",
                "path": ".github/workflows/test.yml",
                "url": "https://github.com/acme/churn/actions/runs/70/job/7",
            }
        ],
        "checks_cut": False,
        "blind": "",
    }
    assert (found.label, found.state, found.ended_at) == ("#1 Change 1", "merged", NOW - HOUR)
    assert Scope("repository", "acme/churn") in found.scopes


def test_pull_leads_from_changes_and_runs_to_commits() -> None:
    found = Pulled(Host())
    assert found.edges("merged_as")[0].dst in {commit_uid(sha(1000 + n)) for n in (1, 2, 3)}
    assert {edge.src for edge in found.edges("code_of")} == {commit_uid(sha(1001)), commit_uid(sha(1002))}


def test_pull_reads_a_workflow_run_with_its_jobs() -> None:
    [first, _] = Pulled(Host()).nodes("workflow_run")
    assert (first.label, first.state, first.attrs["event"]) == ("release #2", "success", "push")
    assert first.attrs["jobs"] == [
        {
            "name": "build-image",
            "conclusion": "success",
            "started_at": (NOW - HOUR).isoformat(),
            "ended_at": NOW.isoformat(),
        }
    ]


def test_pull_leaves_out_what_was_not_merged_and_runs_of_changes() -> None:
    closed = double.pull(9, merged_at=None)
    of_change = double.workflow_run(3, event="pull_request")
    found = Pulled(Host(pulls=[closed, double.pull(1)], runs=[of_change]))
    assert [node.attrs["number"] for node in found.nodes("pull_request")] == [1]
    assert found.nodes("workflow_run") == []


def test_pull_twice_says_the_same() -> None:
    assert Pulled(Host()).pages == Pulled(Host()).pages


@pytest.mark.parametrize(
    ("reviews", "approved"),
    [
        ([("mei", "APPROVED")], ["mei"]),
        ([("kenta", "APPROVED")], []),
        ([("mei", "COMMENTED")], []),
        ([("mei", "APPROVED"), ("mei", "COMMENTED")], ["mei"]),
        ([("mei", "APPROVED"), ("mei", "CHANGES_REQUESTED")], []),
        ([("mei", "CHANGES_REQUESTED"), ("mei", "APPROVED"), ("aoi", "APPROVED")], ["aoi", "mei"]),
        ([("mei", "DISMISSED")], []),
        ([(None, "APPROVED")], ["a deleted account"]),
    ],
)
def test_approval_is_the_last_word_of_somebody_else(reviews: list[Any], approved: list[str]) -> None:
    host = Host(reviews=[double.review(*each) for each in reviews])
    assert Pulled(host).change().attrs["approved_by"] == approved


def test_approval_after_the_merge_is_none() -> None:
    assert (
        Pulled(Host(reviews=[double.review("mei", "APPROVED", at=NOW)])).change().attrs["approved_by"] == []
    )


def test_pull_keeps_no_addresses_of_people() -> None:
    pulled = Pulled(Host(pulls=[double.pull(1, user=double.person("kenta"))]))
    assert "@" not in str([node.attrs for node in pulled.nodes("pull_request")])


def test_status_of_another_system_is_a_check() -> None:
    host = Host(checks=[], statuses=[double.status("ci/jenkins", "error"), double.status("ci/x", "pending")])
    checks = Pulled(host).change().attrs["checks"]
    assert isinstance(checks, list)
    assert [(c["name"], c["conclusion"]) for c in checks] == [("ci/jenkins", "failure"), ("ci/x", "")]  # type: ignore[call-overload, index]


def test_pull_follows_pages() -> None:
    host = Host(pulls=[double.pull(n) for n in range(1, 8)], page_size=3)
    assert len(Pulled(host).nodes("pull_request")) == 7
    assert host.asked["/repos/acme/churn/pulls"] == 3


def test_pull_caps_the_paths_of_a_huge_change() -> None:
    host = Host(pulls=[double.pull(1)], files={1: [double.file(f"data/{n}.csv") for n in range(350)]})
    attrs = Pulled(host).change().attrs
    assert (len(attrs["paths"]), attrs["paths_cut"]) == (300, True)  # type: ignore[arg-type]


def test_pull_reads_old_and_new_names() -> None:
    renamed = double.file("b.py", status="renamed", previous_filename="a.py")
    assert Pulled(Host(files={1: [renamed]})).change().attrs["paths"] == ["b.py", "a.py"]


def test_pull_of_a_folder_leaves_other_changes_out() -> None:
    host = Host(files={1: [double.file("churn/a.py")], 2: [double.file("churning/a.py")]})
    found = Pulled(host, root="/churn/")
    assert [node.attrs["number"] for node in found.nodes("pull_request")] == [1]
    assert found.change().uid != Pulled(Host()).change().uid


def test_second_pull_reads_only_what_is_new() -> None:
    host = Host()
    first = Pulled(host)
    host.pulls.append(double.pull(0))
    host.asked.clear()
    second = Pulled(host, {**first.cursor, "pulls": stamp(NOW), "runs": stamp(NOW)})
    assert [node.attrs["number"] for node in second.nodes("pull_request")] == [0]
    assert second.nodes("workflow_run") == []
    assert second.cursor["history_from"] == first.cursor["history_from"]


def test_longer_history_is_read_from_its_start() -> None:
    host = Host(pulls=[double.pull(1), double.pull(20 * 24)])
    first = Pulled(host, days="7")
    assert len(first.nodes("pull_request")) == 1
    assert len(Pulled(host, first.cursor, days="30").nodes("pull_request")) == 2


def test_open_run_is_read_again() -> None:
    host = Host(runs=[double.workflow_run(1, status="in_progress", conclusion=None)])
    first = Pulled(host)
    assert (first.nodes("workflow_run")[0].ended_at, first.cursor["open"]) == (None, [7001])
    host.runs = [double.workflow_run(1)]
    second = Pulled(host, {**first.cursor, "runs": stamp(NOW + HOUR)})
    assert (second.nodes("workflow_run")[0].state, second.cursor["open"]) == ("success", [])


def test_open_run_that_was_deleted_is_forgotten() -> None:
    cursor = {**Pulled(Host()).cursor, "open": [99]}
    assert Pulled(Host(), cursor).cursor["open"] == []


def test_rate_limit_keeps_what_was_read_and_goes_on() -> None:
    host = Host(pulls=[double.pull(n) for n in range(1, 31)], limit=120)
    first = Pulled(host)
    told = first.blind["pull_requests"]
    assert told.reason is BlindReason.COLLECTOR_FAILED
    assert "limits requests and asks to wait until" in told.why
    assert "goes on where this one stopped" in told.remedy
    assert 0 < len(first.nodes("pull_request")) < 30
    host.limit = 10_000
    second = Pulled(host, first.cursor)
    numbers = {n.attrs["number"] for pulled in (first, second) for n in pulled.nodes("pull_request")}
    assert numbers == set(range(1, 31))
    assert second.blind.keys() == {"protection"}


def test_rate_limit_from_the_start_fails_the_sync() -> None:
    with pytest.raises(ConnectorError, match="asks to wait until") as caught:
        Pulled(Host(limit=0))
    assert not caught.value.permanent


def test_most_changes_a_pull_then_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.connectors._github.pull.MOST_CHANGES", 2)
    assert MOST_CHANGES > 100
    host = Host()
    first = Pulled(host)
    assert [n.attrs["number"] for n in first.nodes("pull_request")] == [3, 2]
    assert first.blind["pull_requests"].what == "1 of the newest merged changes were not read yet."
    assert 1 in {n.attrs["number"] for n in Pulled(host, first.cursor).nodes("pull_request")}


@pytest.mark.parametrize(
    ("part", "scope", "permission"),
    [
        ("/check-runs", "checks", "Checks: read"),
        ("/status", "statuses", "Commit statuses: read"),
        ("/reviews", "reviews", "Pull requests: read"),
        ("/actions/runs", "workflow_runs", "Actions: read"),
        ("/pulls", "pull_requests", "Pull requests: read"),
        ("/protection", "protection", "Administration: read"),
    ],
)
def test_missing_permission_is_blindness(part: str, scope: str, permission: str) -> None:
    told = Pulled(Host(denied={part: 403})).blind[scope]
    assert told.reason is DENIED
    assert permission in told.remedy


def test_denied_checks_are_asked_for_once_and_marked() -> None:
    host = Host(denied={"/check-runs": 403, "/status": 403})
    found = Pulled(host)
    attrs = found.change().attrs
    assert (attrs["checks"], attrs["checks_cut"], attrs["blind"]) == (None, True, "permission_denied")
    assert sum(count for path, count in host.asked.items() if "check-runs" in path) == 1
    assert found.cursor["again"] == [1, 2, 3]


def test_full_pull_reads_again_what_was_denied() -> None:
    host = Host(denied={"/reviews": 403})
    first = Pulled(host)
    host.denied = {}
    later = {**first.cursor, "pulls": stamp(NOW + HOUR)}
    assert Pulled(host, later).nodes("pull_request") == []
    again = Pulled(host, later, full=True)
    assert again.change().attrs["approved_by"] == ["mei"]
    assert again.cursor["again"] == []


@pytest.mark.parametrize(
    ("host", "protected", "approvals"),
    [
        (Host(protection={"required_pull_request_reviews": {"required_approving_review_count": 2,
              "dismiss_stale_reviews": False, "require_code_owner_reviews": False}}), True, 2),
        (Host(), True, None),
        (Host(protected=False), False, None),
        (Host(protected=False, rules=[{"type": "pull_request",
              "parameters": {"required_approving_review_count": 1}}]), True, 1),
        (Host(protected=False, rules=[{"type": "deletion"}]), False, None),
        (Host(protected=False, denied={"/rules/": 404}), None, None),
        (Host(denied={"/branches/": 403}), None, None),
    ],
)  # fmt: skip
def test_branch_is_unprotected_only_when_that_was_seen(
    host: Host, protected: bool | None, approvals: int | None
) -> None:
    [branch] = Pulled(host).nodes("branch")
    assert (branch.attrs["protected"], branch.attrs["approvals_required"]) == (protected, approvals)


def test_images_name_the_commits_of_their_tags() -> None:
    host = Host(packages={"train": [double.package_version(["latest", f"sha-{sha(7)}", sha(8)[:12]])]})
    found = Pulled(host, images=" train, ")
    [image] = found.nodes("image")
    assert image.attrs["revisions"] == [sha(7)]
    assert image.uid == f"urn:rashinban:image:ghcr.io:acme/train:sha256%3A{sha(4)}"


def test_missing_image_is_blindness() -> None:
    assert Pulled(Host(), images="train").blind["images"].reason is DENIED


def test_token_goes_into_the_header_only() -> None:
    host = Host()
    Pulled(host)
    assert {headers["authorization"] for headers in host.headers} == {"Bearer t0ken"}
    assert {headers["x-github-api-version"] for headers in host.headers} == {"2022-11-28"}
    assert not any("t0ken" in path for path in host.asked)


def test_check_names_the_criteria_that_a_permission_blinds() -> None:
    host = Host(denied={"/check-runs": 403})
    found = connector(host).check(context())
    blinds = {each.name: each.blinds for each in found.capabilities if not each.works}
    assert "ci-pr-checks" in str(blinds["checks"])
    assert "gov-review" in str(blinds["branch protection"])
    assert found.summary == "acme/churn, branch main: 3 of 5 parts can be read."


def test_check_of_a_hidden_repository_says_what_to_do() -> None:
    with pytest.raises(ConnectorError, match="the token must have access to this repository") as caught:
        connector(Host(denied={"/repos": 404})).check(context())
    assert caught.value.reason is DENIED


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com/acme/churn.git", "https://api.github.com"),
        ("https://git.acme.example/acme/churn/", "https://git.acme.example/api/v3"),
        ("https://acme.ghe.com/acme/churn", "https://api.acme.ghe.com"),
        ("http://127.0.0.1:8099/acme/churn", "http://127.0.0.1:8099/api/v3"),
    ],
)
def test_place_finds_the_api(url: str, api: str) -> None:
    place = place_of(url)
    assert (place.api, place.path) == (api, "repos/acme/churn")
    assert place.repository == repository_uid(url)


@pytest.mark.parametrize(
    "url", ["acme/churn", "git@github.com:acme/churn.git", "https://github.com/acme", ""]
)
def test_place_refuses_other_addresses(url: str) -> None:
    with pytest.raises(ConnectorError, match="https://host/owner/repository"):
        place_of(url)


@pytest.mark.parametrize("settings", [{"days": "0"}, {"days": "soon"}, {"token": "gélé"}])
def test_bad_settings_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConnectorError) as caught:
        Pulled(Host(), **settings)  # type: ignore[arg-type]
    assert caught.value.permanent


def test_strange_answers_break_nothing() -> None:
    """Rows of odd shapes are left out; another API's answer is told as such."""
    host = Host()
    host.pulls = [
        {**double.pull(1), "merged_at": "yesterday"},
        {**double.pull(2), "user": None, "head": None},
    ]
    assert [n.attrs["author"] for n in Pulled(host).nodes("pull_request")] == [""]
    odd = connector(host)
    odd.transport = httpx.MockTransport(lambda request: httpx.Response(200, json=[1]))
    with pytest.raises(ConnectorError, match="another API"):
        list(odd.pull({}, context()))
