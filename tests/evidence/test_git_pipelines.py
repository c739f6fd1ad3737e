"""Compiled pipelines in a real repository."""

import os
import subprocess
from pathlib import Path

from evidence.connectors._git_pipelines import pipeline_pages
from evidence.git import open_local
from evidence.identity import commit_uid
from evidence.records import EdgeRecord, NodeRecord, Scope

CHURN = Path(__file__).parents[1] / "data/kfp/churn_ir.yaml"
WHO = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"))
}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **WHO}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


def test_pipeline_pages_bind_a_file_to_the_commit_that_last_wrote_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    compiled = commit(tmp_path, {"pipeline.yaml": CHURN.read_text(), "broken.yaml": "a: ["})
    head = commit(tmp_path, {"other.txt": "x"})
    [page] = pipeline_pages(
        open_local(str(tmp_path)),
        head,
        ["pipeline.yaml", "broken.yaml"],
        repository="https://git.example.org/acme/churn",
        scopes=(Scope("repository", "churn"),),
    )
    [version] = [r for r in page.records if isinstance(r, NodeRecord) and r.kind == "pipeline_version"]
    assert version.attrs["commit"] == compiled
    [edge] = [record for record in page.records if isinstance(record, EdgeRecord)]
    assert (edge.src, edge.dst) == (commit_uid(compiled), version.uid)
    [blind] = page.blind
    assert blind.scope == "pipeline_ir:broken.yaml"


def test_pipeline_pages_nothing_without_pipelines(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    head = commit(tmp_path, {"other.txt": "x"})
    assert list(pipeline_pages(open_local(str(tmp_path)), head, [], repository="r", scopes=())) == []
