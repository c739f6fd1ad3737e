"""The `git` program, run so that a hostile repository or server can do no harm.

No prompts, no configuration of the machine or the user, no hooks, no submodules, no redirects, only
the protocols asked for; bounded in time, in what it prints and in what it stores. Repositories are
bare and named by `--git-dir`; a local one is read where it lies and never written to.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from evidence.git_access import SAFE, Access, environment_for, without_credentials
from evidence.git_errors import GitError, error_of, too_large, too_slow

MIB = 1024 * 1024
REVISION = re.compile(r"^(?!-)[\w./@^~+{}-]{1,250}$")
FETCH = ("fetch", "--quiet", "--no-tags", "--filter=blob:none")
COMMIT_FORMAT = "%H%x00%P%x00%at%x00%ct%x00%s%x1e"
TREE_ENTRY = re.compile(r"^(\d{6}) (\w+) ([0-9a-f]+)$")
FILE_MODES = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: seconds of one command, bytes printed by one command, bytes of the repository on disk."""

    seconds: float = 600.0
    output_bytes: int = 256 * MIB
    disk_bytes: int = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit without any e-mail address. Times are aware UTC; `subject` is its first line."""

    sha: str
    parents: tuple[str, ...]
    authored_at: datetime
    committed_at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class File:
    """A file in a tree; `size` in bytes is None where its content is not here (partial clone)."""

    path: str
    blob: str
    size: int | None


def open_local(path: str, *, limits: Limits | None = None) -> "Git":
    """A repository on this machine: bare, with a work tree, or a linked work tree. It is only read.

    A folder inside a repository is not taken for it.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise GitError(
            f"There is no repository at {path}.",
            why="No such folder exists." if not folder.exists() else "It is a file, not a folder.",
            remedy="Name the folder of a Git repository, with its work tree or bare.",
            permanent=True,
        )
    folder = folder.resolve()
    finder = Git(folder, name=path, limits=limits or Limits())
    environment = {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    found = finder.run(["rev-parse", "--absolute-git-dir"], folder=folder, extra=environment)
    return Git(Path(found.decode().rstrip("\n")), name=path, limits=limits or Limits())


def clone_or_fetch(url: str, cache: Path, *, access: Access, limits: Limits | None = None) -> "Git":
    """The remote's branches and tags in a bare repository at `cache`, without the files' content.

    A first clone goes to a folder beside and is renamed when it is complete. A server that knows no
    partial clones sends everything.
    """
    name, limits = without_credentials(url), limits or Limits()
    git = Git(cache, name=name, access=access, limits=limits)
    if (cache / "HEAD").is_file():
        git.fetch()
        return git
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clone-", dir=cache.parent) as folder:
        target = Path(folder) / "repository.git"
        words = ["clone", "--quiet", "--bare", "--no-local", "--filter=blob:none", "--template=", "--"]
        first = Git(target, name=name, access=access, limits=limits)
        first.run([*words, url, str(target)], folder=Path(folder), watched=Path(folder))
        target.rename(cache)
    return git


NO_ACCESS = Access(protocols=())


@dataclass(frozen=True, slots=True)
class Git:
    """One repository, by its Git folder."""

    folder: Path
    name: str  # how people know it: an address or a folder
    access: Access = NO_ACCESS
    limits: Limits = Limits()

    def fetch(self) -> None:
        """Bring branches, tags and the default branch up to date; branches deleted there go here too."""
        refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        self._git(*FETCH, "--prune", "origin", *refs, writes=True)
        answer = self._git("ls-remote", "--symref", "origin", "HEAD").decode(errors="replace")
        head = re.search(r"^ref: (refs/heads/\S+)\tHEAD$", answer, re.MULTILINE)
        if head:
            self._git("symbolic-ref", "HEAD", head[1])

    def fetch_commit(self, sha: str) -> None:
        """Bring one commit that no branch holds any more, if the server still gives it."""
        self._git(*FETCH, "--no-write-fetch-head", "origin", sha, writes=True)

    def default_branch(self) -> str:
        """The name of the branch that HEAD names; empty when HEAD is detached."""
        try:
            return self._git("symbolic-ref", "--quiet", "--short", "HEAD").decode().strip()
        except GitError:
            return ""

    def branches(self) -> dict[str, str]:
        """Names of branches with the SHA of their head."""
        text = self._git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").decode(
            errors="replace"
        )
        return {name: sha for name, _, sha in (line.rpartition(" ") for line in text.splitlines())}

    def has_commits(self) -> bool:
        """False for a repository that nobody has committed to."""
        try:
            return bool(self._git("rev-parse", "--verify", "--quiet", "HEAD"))
        except GitError:
            return False

    def resolve(self, revision: str) -> str:
        """The full SHA of a branch, tag, short or full SHA."""
        if not REVISION.match(revision):
            raise _unknown(revision, why="It is no name of a commit, branch or tag.")
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
        except GitError as error:
            if error.permanent or error.quiet:
                raise _unknown(revision, why="The repository has no such commit.") from None
            raise

    def commits(self, revision: str, *, most: int, path: str = "") -> list[Commit]:
        """The newest `most` commits that `revision` stands on, itself first; only those that wrote `path`."""
        limit = [f":(top,literal){path}"] if path else []
        return self._commits(["--date-order", f"--max-count={most}", revision, "--", *limit])

    def commits_named(self, shas: Sequence[str]) -> list[Commit]:
        """Exactly these commits; all must be there."""
        return self._commits(["--no-walk=unsorted", "--stdin"], stdin="\n".join(shas)) if shas else []

    def is_ancestor(self, sha: str, of: str) -> bool:
        """True if `of` contains `sha` in its history (a commit is its own ancestor)."""
        try:
            self._git("merge-base", "--is-ancestor", sha, of)
        except GitError as error:
            if error.quiet:
                return False
            raise
        return True

    def files(self, sha: str, *, wanted: Callable[[str], bool] = lambda path: True) -> list[File]:
        """The files of a commit's tree; links and submodules are left out.

        In a partial clone, the content of `wanted` paths is fetched first, in one batch.
        """
        entries = list(_tree(self._git("ls-tree", "-r", "-z", "--full-tree", sha)))
        if self.is_partial():
            here = self._here()
            missing = {blob for path, blob in entries if wanted(path) and blob not in here}
            if missing:
                self._fetch_blobs(missing)
                here = self._here()
        else:
            here = {blob for _, blob in entries}
        sizes = self._sizes(here & {blob for _, blob in entries})
        return [File(path=path, blob=blob, size=sizes.get(blob)) for path, blob in entries]

    def blobs(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Contents by blob id, read by one process; ids that are not here are left out."""
        wanted = sorted(set(ids) & self._here() if self.is_partial() else set(ids))
        answer = self._git("cat-file", "--batch", stdin="\n".join(wanted)) if wanted else b""
        return dict(_contents(answer))

    def is_partial(self) -> bool:
        """True if contents are missing here by design."""
        try:
            return bool(
                self._git(
                    "config", "--local", "--get-regexp", r"^remote\..*\.promisor$|^extensions\.partialclone$"
                )
            )
        except GitError:
            return False

    def _here(self) -> set[str]:
        """All objects on this disk. Asking for a single missing one would make git fetch it by itself."""
        listing = self._git("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        return set(listing.decode().split())

    def _sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        asked = sorted(blobs)
        check = "--batch-check=%(objectname) %(objectsize)"
        answer = self._git("cat-file", check, stdin="\n".join(asked)) if asked else b""
        pairs = (line.split(" ") for line in answer.decode().splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}

    def _fetch_blobs(self, blobs: Iterable[str]) -> None:
        words = (*FETCH, "--no-write-fetch-head", "--stdin", "origin")
        settings = ("fetch.negotiationAlgorithm=noop",)
        self._git(*words, stdin="\n".join(sorted(blobs)), settings=settings, writes=True)

    def _commits(self, words: list[str], *, stdin: str = "") -> list[Commit]:
        answer = self._git("rev-list", "--no-commit-header", f"--format={COMMIT_FORMAT}", *words, stdin=stdin)
        records = answer.decode(errors="replace").split("\x1e")
        return [_commit(record.strip("\n")) for record in records if record.strip("\n")]

    def _git(
        self, *words: str, stdin: str = "", settings: tuple[str, ...] = (), writes: bool = False
    ) -> bytes:
        return self.run(
            [f"--git-dir={self.folder}", *words],
            folder=self.folder,
            stdin=stdin,
            settings=settings,
            watched=self.folder if writes else None,
        )

    def run(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        stdin: str = "",
        settings: tuple[str, ...] = (),
        extra: Mapping[str, str] | None = None,
        watched: Path | None = None,
    ) -> bytes:
        """What `git …` prints. Raises GitError on failure and when a limit is passed."""
        options = [word for setting in (*SAFE, *settings) for word in ("-c", setting)]
        environment = {**environment_for(self.access), **(extra or {})}
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin.encode())
            given.seek(0)
            process = subprocess.Popen(
                ["git", "--no-pager", *options, *words],
                cwd=folder,
                env=environment,
                stdin=given,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            self._wait(process, out=out, watched=watched)
            out.seek(0)
            err.seek(0)
            if process.returncode:
                raise error_of(err.read(20_000).decode(errors="replace"), what=self.name)
            return out.read()

    def _wait(self, process: subprocess.Popen[bytes], *, out: IO[bytes], watched: Path | None) -> None:
        """Wait for the end, and end it when it takes too long or writes too much."""
        start = time.monotonic()
        limits = self.limits
        try:
            while True:
                try:
                    process.wait(timeout=0.25)
                    return
                except subprocess.TimeoutExpired:
                    if time.monotonic() - start > limits.seconds:
                        raise too_slow(self.name, seconds=limits.seconds) from None
                    if os.fstat(out.fileno()).st_size > limits.output_bytes:
                        raise too_large(self.name, mib=limits.output_bytes // MIB) from None
                    if watched and _disk_use(watched) > limits.disk_bytes:
                        raise too_large(self.name, mib=limits.disk_bytes // MIB) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _disk_use(folder: Path) -> int:
    """Bytes below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size
            except FileNotFoundError:
                continue
    return total


def _tree(listing: bytes) -> Iterable[tuple[str, str]]:
    for entry in listing.split(b"\0"):
        head, _, path = entry.partition(b"\t")
        found = TREE_ENTRY.match(head.decode())
        if found and found[2] == "blob" and found[1] in FILE_MODES:
            yield path.decode(errors="replace"), found[3]


def _contents(answer: bytes) -> Iterable[tuple[str, bytes]]:
    """Blob ids and contents from what `cat-file --batch` prints."""
    position = 0
    while position < len(answer):
        end = answer.index(b"\n", position)
        words = answer[position:end].decode().split(" ")
        position = end + 1
        if len(words) == 3:  # "<id> blob <size>"; a missing one has two words and no content
            size = int(words[2])
            yield words[0], answer[position : position + size]
            position += size + 1


def _commit(record: str) -> Commit:
    sha, parents, authored, committed, subject = record.split("\0", 4)
    return Commit(
        sha=sha,
        parents=tuple(parents.split()),
        authored_at=_moment(authored),
        committed_at=_moment(committed),
        subject=re.sub(r"[^\s@<]+@[^\s@>]+\.\w+", "…", subject)[:200],
    )


def _moment(seconds: str) -> datetime:
    """An aware moment; a date outside what a calendar knows (forged commits) becomes the epoch."""
    try:
        return datetime.fromtimestamp(int(seconds or 0), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, tz=UTC)


def _unknown(revision: str, *, why: str) -> GitError:
    return GitError(
        f"The commit {revision!r} cannot be found.",
        why=why,
        remedy="Name a commit of this repository by its full SHA, or a branch or tag; push it if it is new.",
        permanent=True,
    )
