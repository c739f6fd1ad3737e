"""Compiled KFP pipelines that lie in a repository, as pipeline versions."""

from collections.abc import Iterator, Sequence

from evidence.connectors._kfp.ir import IrError
from evidence.connectors._kfp.versions import records_from_ir
from evidence.git import Git
from evidence.records import Blindness, BlindReason, Page, Record, Scope


def pipeline_pages(
    git: Git, sha: str, paths: Sequence[str], *, repository: str, scopes: tuple[Scope, ...]
) -> Iterator[Page]:
    """One page with the pipelines at `paths` of a commit; each is bound to the commit that last wrote it."""
    if not paths:
        return
    blobs = {file.path: file.blob for file in git.files(sha) if file.path in paths}
    contents = git.blobs(list(blobs.values()))
    records: list[Record] = []
    blind: list[Blindness] = []
    for path in paths:
        text = contents.get(blobs.get(path, ""), b"").decode(errors="replace")
        written = git.commits(sha, most=1, path=path)[0].sha
        try:
            records += records_from_ir(text, repository=repository, path=path, commit=written, scopes=scopes)
        except IrError as error:
            blind.append(_unread(path, error))
    yield Page(
        records=tuple(records), blind=tuple(blind), progress=f"{len(paths)} compiled pipelines looked at"
    )


def _unread(path: str, error: IrError) -> Blindness:
    return Blindness(
        what=f"The compiled pipeline {path} was not read.",
        reason=BlindReason.NOT_SUPPORTED,
        why=str(error),
        remedy="Compile it again with the KFP v2 SDK, or leave it if it is no part of the system.",
        scope=f"pipeline_ir:{path}",
    )
