"""The fenced git: real repositories, and what goes wrong."""

import os
from pathlib import Path

import pytest

from evidence.git import Limits, clone_or_fetch, open_local
from evidence.git_access import Access, environment_for, without_credentials
from evidence.git_errors import GitError, error_of
from evidence.records import BlindReason
from tests.evidence.git_trees import Repo

FILES = Access(protocols=("file",))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.create(tmp_path / "churn")
    repo.commit({"a.py": "x = 1\n", "data/big.bin": "0" * 5000}, subject="first, by ada@example.org")
    repo.commit({"b.py": "y = 2\n"}, subject="second", at="2026-02-03T04:05:06+09:00")
    return repo


def test_open_local_reads_a_work_tree_a_bare_and_a_linked_one(repo: Repo, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "HEAD~1")
    head = repo.git("rev-parse", "HEAD")
    assert open_local(str(repo.folder)).resolve("HEAD") == head
    assert open_local(str(bare)).resolve("main") == head
    assert open_local(str(tmp_path / "linked")).resolve("HEAD") == repo.git("rev-parse", "HEAD~1")


def test_open_local_does_not_climb_to_a_repository_above(repo: Repo) -> None:
    with pytest.raises(GitError, match="There is no Git repository"):
        open_local(str(repo.folder / "data"))


@pytest.mark.parametrize("name", ["absent", "a.py"])
def test_open_local_names_what_is_wrong_with_the_path(repo: Repo, name: str) -> None:
    with pytest.raises(GitError, match="There is no repository at"):
        open_local(str(repo.folder / name))


def test_open_local_reads_a_repository_of_another_owner(repo: Repo) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another owner")
    os.chown(repo.folder, 12345, 12345)
    os.chown(repo.folder / ".git", 12345, 12345)
    assert open_local(str(repo.folder)).resolve("HEAD")


def test_open_local_touches_nothing(repo: Repo) -> None:
    before = repo.state()
    git = open_local(str(repo.folder))
    git.blobs([file.blob for file in git.files("HEAD")])
    git.commits("HEAD", most=10)
    assert repo.state() == before


def test_open_local_runs_nothing_that_the_repository_names(repo: Repo, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "credential.helper"):
        repo.git("config", key, f"!touch {trace}" if key == "credential.helper" else f"touch {trace}")
    git = open_local(str(repo.folder))
    git.files("HEAD")
    git.commits("HEAD", most=1)
    assert not trace.exists()


def test_commits_carry_times_parents_and_a_subject_without_addresses(repo: Repo) -> None:
    newest, first = open_local(str(repo.folder)).commits("HEAD", most=10)
    assert newest.parents == (first.sha,)
    assert newest.committed_at.isoformat() == "2026-02-02T19:05:06+00:00"
    assert first.subject == "first, by …"
    assert "example.org" not in repr(newest) + repr(first)


def test_commits_are_capped_and_named_ones_are_exact(repo: Repo) -> None:
    git = open_local(str(repo.folder))
    oldest = repo.git("rev-parse", "HEAD~1")
    assert len(git.commits("HEAD", most=1)) == 1
    assert [commit.sha for commit in git.commits_named([oldest])] == [oldest]


def test_is_ancestor_tells_merged_from_unmerged(repo: Repo) -> None:
    git = open_local(str(repo.folder))
    first, head = repo.git("rev-parse", "HEAD~1"), repo.git("rev-parse", "HEAD")
    assert git.is_ancestor(first, head)
    assert not git.is_ancestor(head, first)


def test_files_leave_out_links_and_submodules(repo: Repo) -> None:
    (repo.folder / "link.py").symlink_to("a.py")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD')},sub")
    repo.commit({})
    assert [file.path for file in open_local(str(repo.folder)).files("HEAD")] == [
        "a.py",
        "b.py",
        "data/big.bin",
    ]


@pytest.mark.parametrize("revision", ["0" * 40, "nowhere", "-n", "--all", "HEAD; id", "HEAD:a.py", ""])
def test_resolve_says_that_a_commit_is_unknown(repo: Repo, revision: str) -> None:
    with pytest.raises(GitError, match="cannot be found") as error:
        open_local(str(repo.folder)).resolve(revision)
    assert error.value.permanent


def test_clone_is_partial_and_fetches_wanted_contents_in_one_batch(repo: Repo, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    git = clone_or_fetch(f"file://{bare}", tmp_path / "cache" / "r.git", access=FILES)
    files = {file.path: file for file in git.files("HEAD", wanted=lambda path: path.endswith(".py"))}
    assert git.is_partial()
    assert files["a.py"].size == 6
    assert files["data/big.bin"].size is None
    assert git.blobs([files["a.py"].blob, files["data/big.bin"].blob]) == {files["a.py"].blob: b"x = 1\n"}


def test_clone_of_a_server_without_filters_is_whole(repo: Repo, tmp_path: Path) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    Repo(bare).git("config", "uploadpack.allowFilter", "false")
    git = clone_or_fetch(f"file://{bare}", tmp_path / "r.git", access=FILES)
    assert {file.path: file.size for file in git.files("HEAD")} == {
        "a.py": 6,
        "b.py": 6,
        "data/big.bin": 5000,
    }


def test_fetch_brings_new_commits_drops_branches_and_follows_the_default_branch(
    repo: Repo, tmp_path: Path
) -> None:
    repo.git("branch", "old")
    bare = repo.bare(tmp_path / "bare.git")
    clone_or_fetch(f"file://{bare}", tmp_path / "r.git", access=FILES)
    new = repo.commit({"c.py": "z = 3\n"})
    repo.git("push", "--quiet", str(bare), "main", "main:trunk", ":old")
    Repo(bare).git("symbolic-ref", "HEAD", "refs/heads/trunk")
    git = clone_or_fetch(f"file://{bare}", tmp_path / "r.git", access=FILES)
    assert git.branches() == {"main": new, "trunk": new}
    assert git.default_branch() == "trunk"


@pytest.mark.parametrize(
    "url", ["file:///tmp", "ext::sh -c id", "http://localhost/x", "ssh://localhost/x", "git://localhost/x"]
)
def test_clone_refuses_other_protocols(url: str, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="protocol that is not allowed"):
        clone_or_fetch(url, tmp_path / "r.git", access=Access())
    assert not (tmp_path / "r.git").exists()


def test_clone_takes_no_option_for_an_address(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        clone_or_fetch(f"--upload-pack=touch {tmp_path}/ran", tmp_path / "r.git", access=FILES)
    assert not (tmp_path / "ran").exists()


def test_clone_leaves_nothing_half_done(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="There is no Git repository"):
        clone_or_fetch(f"file://{tmp_path}/absent", tmp_path / "cache" / "r.git", access=FILES)
    assert list((tmp_path / "cache").iterdir()) == []


def test_clone_stops_when_the_disk_limit_is_passed(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = repo.bare(tmp_path / "bare.git")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(
        '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last"\n'
        'head -c 3000000 /dev/zero > "$last/pack"\nsleep 30\n'
    )
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    with pytest.raises(GitError, match=r"more than 1 MiB"):
        clone_or_fetch(
            f"file://{bare}", tmp_path / "c" / "r.git", access=FILES, limits=Limits(disk_bytes=1024 * 1024)
        )
    assert list((tmp_path / "c").iterdir()) == []


def test_a_command_that_takes_too_long_is_ended(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = open_local(str(repo.folder), limits=Limits(seconds=0.3))
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nsleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    with pytest.raises(GitError, match="not done after 0 seconds"):
        git.branches()


def test_a_token_travels_in_the_environment_only() -> None:
    access = Access(token="s3cr3t-t0k3n")
    environment = environment_for(access)
    assert environment["GIT_CONFIG_KEY_0"] == "http.extraHeader"
    assert environment["GIT_CONFIG_VALUE_0"].startswith("Authorization: Basic ")
    assert "s3cr3t" not in repr(access)


def test_the_environment_holds_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    environment = environment_for(Access())
    assert "GIT_DIR" not in environment
    assert "DATABASE_URL" not in environment


@pytest.mark.parametrize(
    ("message", "why", "reason"),
    [
        (
            "fatal: Authentication failed for 'https://x/'",
            "refused the sign-in",
            BlindReason.PERMISSION_DENIED,
        ),
        (
            "fatal: could not read Username for 'https://x': terminal prompts disabled",
            "refused the sign-in",
            BlindReason.PERMISSION_DENIED,
        ),
        ("The requested URL returned error: 403", "refused the sign-in", BlindReason.PERMISSION_DENIED),
        ("fatal: repository 'https://x/y/' not found", "no Git repository", BlindReason.DELETED_UPSTREAM),
        ("fatal: unable to update url base from redirection", "redirects", BlindReason.COLLECTOR_FAILED),
        (
            "fatal: unable to access 'https://x/': Could not resolve host: x",
            "cannot be reached",
            BlindReason.COLLECTOR_FAILED,
        ),
        (
            "fatal: unable to access 'https://x/': server certificate verification failed",
            "not trusted",
            BlindReason.COLLECTOR_FAILED,
        ),
        (
            "fatal: something new at https://ada:pw@x/",
            "Git says: fatal: something new at https://x/",
            BlindReason.COLLECTOR_FAILED,
        ),
    ],
)
def test_git_errors_are_told_in_sentences(message: str, why: str, reason: BlindReason) -> None:
    error = error_of(message, what="https://x/y")
    assert why in error.why
    assert error.reason is reason
    assert error.remedy.endswith(".")
    assert "pw" not in str(error)


def test_without_credentials_hides_user_and_password() -> None:
    assert without_credentials("https://ada:pw@host/x.git") == "https://host/x.git"
