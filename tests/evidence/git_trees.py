"""Real Git repositories for tests, made by the git program."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


@dataclass(frozen=True)
class Repo:
    """A repository with a work tree."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Repo":
        folder.mkdir(parents=True)
        repo = cls(folder)
        repo.git("init", "--quiet", "--initial-branch=main")
        return repo

    def git(self, *words: str, at: str = "2026-01-02T03:04:05+00:00") -> str:
        environment = {**os.environ, **IDENTITY, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        done = subprocess.run(
            ["git", "-C", str(self.folder), *words],
            check=True,
            capture_output=True,
            env=environment,
            text=True,
        )
        return done.stdout.strip()

    def commit(
        self, files: Mapping[str, str], *, subject: str = "change", at: str = "2026-01-02T03:04:05+00:00"
    ) -> str:
        """Write the files, commit everything and say the SHA."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", subject, at=at)
        return self.git("rev-parse", "HEAD")

    def bare(self, folder: Path) -> Path:
        """A bare clone that serves partial clones."""
        self.git("clone", "--quiet", "--bare", str(self.folder), str(folder))
        Repo(folder).git("config", "uploadpack.allowFilter", "true")
        return folder

    def state(self) -> dict[str, tuple[int, float]]:
        """Every file of the repository with size and time, to see that nothing is touched."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                found[str(path)] = (path.stat().st_size, path.stat().st_mtime)
        return found
