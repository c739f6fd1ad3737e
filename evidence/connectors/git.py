"""Git: the repository, its commits, and what its files show about the system."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop as _

from core.http import kind_of
from evidence.connectors._git_pipelines import pipeline_pages
from evidence.connectors.base import Capability, Check, Connector, ConnectorError, Context, Setting
from evidence.git import Commit, Git, Limits, clone_or_fetch, open_local
from evidence.git_access import Access, without_credentials
from evidence.git_errors import GitError
from evidence.identity import commit_uid, is_sha, repository_uid
from evidence.records import (
    Blindness,
    BlindReason,
    EdgeKind,
    EdgeRecord,
    Json,
    NodeKind,
    NodeRecord,
    Page,
    Record,
    Scope,
)
from evidence.scans import kept
from evidence.signals.exclusions import Role
from evidence.signals.reading import wish_for
from evidence.signals.results import Note, Signals
from evidence.signals.scan import scan

MIB = 1024 * 1024
PAGE = 500
MOST_SCANS = 20
"""Production commits whose files are scanned in one pull."""
MOST_WANTED = 2_000
MOST_NOTES = 50


class GitConnector(Connector):
    """A repository over https, or in a local folder where that is allowed."""

    slug = "git"
    label = "Git"
    description = _(
        "Commits, and what the repository's files show: containers, locks, CI, tests, pipelines, serving."
    )
    settings = (
        Setting(
            "url",
            _("Address"),
            _("Of the repository, for example https://github.com/acme/churn.git."),
            required=True,
        ),
        Setting(
            "origin",
            _("Address at the code host"),
            _("Of a local copy: where people open the repository. Changes and CI runs are joined by it."),
        ),
        Setting("branch", _("Branch"), _("The branch to read; the repository's default branch if empty.")),
        Setting("root", _("Folder"), _("The folder of the system, where the repository holds several.")),
        Setting("token", _("Token"), _("May read the repository; empty for a public one."), secret=True),
        Setting("user", _("User name for the token"), _("Most servers take any."), default="x-access-token"),
        Setting(
            "history",
            _("Commits"),
            _("How many of the newest commits of the branch to keep."),
            default="1000",
        ),
        Setting("max_mib", _("Largest size"), _("MiB that the copy in the cache may take."), default="1024"),
    )
    dry_run_options: ClassVar[tuple[Setting, ...]] = (
        Setting("commit", _("Commit"), _("The commit to scan; the head of the branch if empty.")),
    )
    produces = (NodeKind.REPOSITORY, NodeKind.COMMIT, NodeKind.PIPELINE_VERSION)

    def check(self, context: Context) -> Check:
        git = self._open(context)
        head = self._head(git)
        files = git.files(head, wanted=lambda path: False)
        return Check(
            summary=f"Branch {self._branch(git)} at {head[:12]} with {len(files)} files.",
            capabilities=(
                Capability("commits", works=True, detail=f"The head is {head[:12]}."),
                Capability(
                    "files", works=True, detail=f"{len(files)} files can be read.", blinds=("signals",)
                ),
            ),
        )

    def pull(self, cursor: Mapping[str, Json], context: Context) -> Iterator[Page]:
        """The repository with its signals, its pipelines and commits, then commits that evidence names."""
        git = self._open(context)
        head = self._head(git)
        signals = self._scanned(git, head, context)
        yield Page(
            records=(self._repository(git, head, signals),),
            blind=_blind_spots(signals, head),
            progress=f"{len(signals.by_name)} signals read at {head[:12]}",
        )
        url, name = self._place()
        scopes = (Scope("repository", name), Scope("repository", url))
        yield from pipeline_pages(git, head, signals.pipeline_ir, repository=url, scopes=scopes)
        newest = git.commits(head, most=self._whole_number("history", default=1000))
        on_branch = {commit.sha for commit in newest}
        for start in range(0, len(newest), PAGE):
            chunk = newest[start : start + PAGE]
            records = [r for commit in chunk for r in self._commit(git, commit, head=head, is_merged=True)]
            yield Page(records=tuple(records), progress=f"{start + len(chunk):,} commits read")
        yield from self._wanted(git, context, head=head, known=on_branch)
        self.cursor = {"head": head}

    def dry_run(self, context: Context, *, options: Mapping[str, str]) -> Iterator[Page]:
        """One record: the repository with its signals at the asked commit."""
        git = self._open(context)
        sha = self._asked(git, options["commit"]) if options.get("commit") else self._head(git)
        yield Page(records=(self._repository(git, sha, scan_commit(git, sha, root=self.values["root"])),))

    def _open(self, context: Context) -> Git:
        url = self.values["url"]
        limits = Limits(disk_bytes=self._whole_number("max_mib", default=1024) * MIB)
        if is_local(url):
            if not context.local_paths_allowed:
                raise _local_refused(url, context)
            return open_local(url.removeprefix("file://"), limits=limits)
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.password:
            raise _no_address(url)
        access = Access(
            token=self.values["token"],
            user=self.values["user"],
            addresses=_pinned(parts.hostname, port=parts.port or 443, context=context),
        )
        return clone_or_fetch(url, Path(context.cache_dir) / "repository.git", access=access, limits=limits)

    def _scanned(self, git: Git, sha: str, context: Context) -> Signals:
        """The signals of a commit; what an earlier pull scanned is not scanned again."""
        root, folder = self.values["root"], Path(context.cache_dir) / "scans"
        return kept(folder, sha, root=root, scan=lambda: scan_commit(git, sha, root=root))

    def _branch(self, git: Git) -> str:
        return self.values["branch"] or git.default_branch() or "HEAD"

    def _head(self, git: Git) -> str:
        """The commit at the head of the branch."""
        if not git.branches() and not self.values["branch"] and not git.has_commits():
            raise GitError(
                f"The repository {git.name} is empty.",
                why="It has no commit yet.",
                remedy="Push a first commit; the next sync reads it.",
            )
        branch = self.values["branch"]
        return git.resolve(
            f"refs/heads/{branch}" if branch and branch in git.branches() else branch or "HEAD"
        )

    def _asked(self, git: Git, revision: str) -> str:
        """A commit by name; one that no branch holds is asked of the server."""
        try:
            return git.resolve(revision)
        except GitError:
            if is_local(self.values["url"]) or not is_sha(revision):
                raise
            git.fetch_commit(revision)
            return git.resolve(revision)

    def _place(self) -> tuple[str, str]:
        """The address that names the repository, local ones made absolute, and its short name."""
        url = _identity(without_credentials(self.values["origin"].strip() or self.values["url"]))
        return url, (url.rstrip("/").rsplit("/", 1)[-1] or url).removesuffix(".git")

    def _repository(self, git: Git, sha: str, signals: Signals) -> NodeRecord:
        url, name = self._place()
        attrs: dict[str, Json] = {
            "url": url,
            "default_branch": git.default_branch(),
            "commit": sha,
            "root": self.values["root"],
            "signals": dict(signals.as_json()),
            "notes": [_sentence(note) for note in signals.notes[:MOST_NOTES]],
            "pipeline_ir": list(signals.pipeline_ir),
        }
        return NodeRecord(
            kind=NodeKind.REPOSITORY,
            uid=repository_uid(url),
            label=name,
            url=url if url.startswith("https://") else "",
            attrs=attrs,
            scopes=(Scope("repository", name), Scope("repository", url)),
        )

    def _commit(
        self, git: Git, commit: Commit, *, head: str, is_merged: bool, signals: Signals | None = None
    ) -> Sequence[Record]:
        attrs: dict[str, Json] = {
            "sha": commit.sha,
            "subject": commit.subject,
            "authored_at": commit.authored_at.isoformat(),
            "committed_at": commit.committed_at.isoformat(),
            "parents": list(commit.parents),
            "branch_head": commit.sha == head,
            "on_default_branch": is_merged,
        }
        if signals is not None:
            attrs["signals"] = dict(signals.as_json())
        url, name = self._place()
        node = NodeRecord(
            kind=NodeKind.COMMIT,
            uid=commit_uid(commit.sha),
            label=commit.sha[:12],
            url=_commit_url(url, commit.sha),
            started_at=commit.committed_at,
            attrs=attrs,
            scopes=(Scope("repository", name), Scope("repository", url)),
        )
        edge = EdgeRecord(repository_uid(url), EdgeKind.CONTAINS, node.uid, method="git history")
        return node, edge

    def _wanted(self, git: Git, context: Context, *, head: str, known: set[str]) -> Iterator[Page]:
        """Commits that evidence of other sources names, with signals where production stands on them."""
        production = sorted(context.production_commits)[:MOST_SCANS]
        wanted = sorted((context.wanted_commits - known) | set(production))[:MOST_WANTED]
        records: list[Record] = []
        blind: list[Blindness] = []
        for sha in wanted:
            try:
                commit = git.commits_named([self._asked(git, sha)])[0]
            except GitError as error:
                if not error.permanent:
                    blind.append(_unseen_commit(sha, error))
                continue  # a commit of another repository: not this source's to say
            merged = sha in known or git.is_ancestor(sha, head)
            signals = self._scanned(git, sha, context) if sha in production else None
            records.extend(self._commit(git, commit, head=head, is_merged=merged, signals=signals))
        if records or blind:
            yield Page(
                records=tuple(records), blind=tuple(blind), progress=f"{len(wanted)} named commits looked up"
            )

    def _whole_number(self, name: str, *, default: int) -> int:
        text = self.values[name] or str(default)
        if not text.isdigit() or not 1 <= int(text) <= 1_000_000:
            raise ConnectorError(
                f"The setting {name} of this Git source cannot be used.",
                why=f"{text!r} is no whole number from 1 to 1,000,000.",
                remedy=f"Leave it empty for {default}, or enter such a number.",
                permanent=True,
            )
        return int(text)


def scan_commit(git: Git, sha: str, *, root: str = "") -> Signals:
    """The signals of a commit's files below `root`."""
    files = {file.path: file for file in git.files(sha, wanted=_is_interesting)}
    prefix = root.strip("/")
    if prefix and not any(path.startswith(f"{prefix}/") for path in files):
        raise GitError(
            f"The folder {root!r} cannot be read.",
            why=f"Commit {sha[:12]} has no files there.",
            remedy="Correct the setting root of this source.",
            permanent=True,
        )

    def read(paths: Sequence[str]) -> Mapping[str, bytes]:
        contents = git.blobs([files[path].blob for path in paths])
        return {path: contents[files[path].blob] for path in paths if files[path].blob in contents}

    return scan({path: file.size or 0 for path, file in files.items()}, read, root=prefix)


def _is_interesting(path: str) -> bool:
    return wish_for(path, size=0, role=Role.OWN) is not None


def is_local(url: str) -> bool:
    """True for a path or a file:// address; `host:path` of ssh is no path."""
    return url.startswith("file://") or ("://" not in url and (url[:1] in "/.~" or ":" not in url))


def _identity(url: str) -> str:
    """The address that names the repository: a local path is made absolute."""
    return str(Path(url.removeprefix("file://")).expanduser().resolve()) if is_local(url) else url


def _commit_url(url: str, sha: str) -> str:
    """The page of a commit; GitHub, GitLab, Gitea and Bitbucket all answer at one of these."""
    if not url.startswith("https://"):
        return ""
    page = "commits" if "bitbucket.org" in url else "commit"
    return f"{url.rstrip('/').removesuffix('.git')}/{page}/{sha}"


def _pinned(host: str, *, port: int, context: Context) -> tuple[str, ...]:
    """Addresses that curl must use for the host: looked up once and judged by the policy."""
    try:
        found = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError:
        raise GitError(
            f"The repository at {host} could not be read.",
            why=f"The host name {host} is not known.",
            remedy="Check the address; the next sync tries again.",
        ) from None
    refused = [address for address in found if not context.policy.allows(host, address)]
    if refused:
        raise GitError(
            f"The repository at {host} was not read.",
            why=f"{host} is at the {kind_of(refused[0])} address {refused[0]}, which this installation does"
            " not call.",
            remedy="An administrator can allow it with ALLOWED_PRIVATE_HOSTS.",
            reason=BlindReason.PERMISSION_DENIED,
            permanent=True,
        )
    return (f"{host}:{port}:{','.join(found)}",)


def _local_refused(url: str, context: Context) -> GitError:
    why = "Local folders are not allowed as sources here."
    if context.local_folders:
        named = f": {', '.join(context.local_folders)}" if context.told_to_administrator else ""
        why = f"It lies in none of the folders that an administrator allowed{named}."
    return GitError(
        f"The folder {url} was not read.",
        why=why,
        remedy="Use an https:// address, or ask an administrator to list the folder in ALLOWED_LOCAL_PATHS.",
        reason=BlindReason.PERMISSION_DENIED,
        permanent=True,
    )


def _no_address(url: str) -> GitError:
    return GitError(
        f"{without_credentials(url)!r} cannot be used as the address of a repository.",
        why="Only https:// addresses without a password in them are read.",
        remedy="Write https://host/path.git, and give credentials by the setting token.",
        permanent=True,
    )


def _blind_spots(signals: Signals, sha: str) -> tuple[Blindness, ...]:
    """Files that steer a judgement and could not be read are said; odd examples are not."""
    if not signals.notes:
        return ()
    first = _sentence(signals.notes[0])
    return (
        Blindness(
            what=f"{len(signals.notes)} files at {sha[:12]} could not be read as evidence.",
            reason=BlindReason.NOT_SUPPORTED,
            why=f"The first: {first}",
            remedy="Repair the files, or leave it if they are no part of the system.",
            scope="signals",
        ),
    )


def _unseen_commit(sha: str, error: GitError) -> Blindness:
    return Blindness(
        what=f"Commit {sha[:12]} could not be looked up.",
        reason=error.reason,
        why=error.why,
        remedy=error.remedy,
        scope=f"commit:{sha}",
    )


def _sentence(note: Note) -> str:
    return f"{note.path}: {note.why}" if note.path else note.why
