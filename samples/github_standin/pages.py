"""The pages of the stand-in, under the addresses that GitHub's pages have."""

from collections.abc import Iterable
from html import escape

from samples.github_standin.repository import Repository, Row

NOTE = (
    "Not GitHub: the repositories of the sample workspace, their merged pull requests,"
    " and what their tests said when they were run on this machine."
)


def document(title: str, *parts: str) -> bytes:
    """A whole page; the parts are HTML."""
    return f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{escape(title)} – Stand-in for GitHub</title>
  <link rel="stylesheet" href="/standin/page.css">
</head>
<body>
  <header><p><a href="/">Stand-in for GitHub</a></p><p>{NOTE}</p></header>
  <main><h1>{escape(title)}</h1>{"".join(parts)}</main>
</body>
</html>
""".encode()


def everything(repositories: Iterable[Repository]) -> bytes:
    rows = [[_link(_place(each), _place(each))] for each in repositories]
    return document("Repositories", _table("Repositories", ["Repository"], rows))


def repository(each: Repository) -> bytes:
    place = _place(each)
    branch = "Its branch is changed by reviewed pull requests alone." if each.settings["protected"] else ""
    pulls = [
        [
            _link(f"#{pull.number} {pull.title}", f"{place}/pull/{pull.number}"),
            escape(pull.author),
            pull.merged_at,
        ]
        for pull in reversed(each.pulls())
    ]
    runs = [_run_row(place, run) for run in reversed(each.runs())]
    return document(
        place,
        f"<p>{branch or 'Anybody may push to its branch.'}</p>",
        _table("Merged pull requests", ["Pull request", "Author", "Merged"], pulls),
        _table("Runs of workflows", ["Run", "Conclusion", "Commit", "Started"], runs),
    )


def pull_request(each: Repository, number: str) -> bytes | None:
    pull = next((pull for pull in each.pulls() if str(pull.number) == number), None)
    if pull is None:
        return None
    facts = [
        ["Author", escape(pull.author)],
        ["Reviewed by", escape(", ".join(pull.reviewers))],
        ["Merged", pull.merged_at],
        ["Last commit", pull.head],
        ["Merged as", pull.merge],
    ]
    files = [[escape(file.path), file.status, f"+{file.added} -{file.removed}"] for file in each.files(pull)]
    runs = [_run_row(_place(each), run) for run in each.runs() if run["head"] == pull.head]
    return document(
        f"#{pull.number} {pull.title}",
        _table("Facts", ["Fact", "Value"], facts),
        _table("Runs of workflows", ["Run", "Conclusion", "Commit", "Started"], runs),
        _table("Files", ["File", "Status", "Lines"], files),
    )


def workflow_run(each: Repository, identifier: str) -> bytes | None:
    run = next((run for run in each.runs() if str(run["id"]) == identifier), None)
    if run is None:
        return None
    jobs = [
        [escape(job["name"]), job["conclusion"], job["started_at"], job["ended_at"]] for job in run["jobs"]
    ]
    logs = [
        f"<h2>{escape(job['name'])}</h2><pre tabindex=0>{escape(job['log'])}</pre>" for job in run["jobs"]
    ]
    return document(
        f"{run['name']} #{run['number']}",
        f"<p>{escape(run['path'])} at {run['head']}, for {run['event']}</p>",
        _table("Jobs", ["Job", "Conclusion", "Started", "Ended"], jobs),
        *logs,
    )


def _place(each: Repository) -> str:
    return f"{each.settings['owner']}/{each.name}"


def _run_row(place: str, run: Row) -> list[str]:
    link = _link(f"{run['name']} #{run['number']}", f"{place}/actions/runs/{run['id']}")
    return [link, run["conclusion"], run["head"][:12], run["started_at"]]


def _link(text: str, path: str) -> str:
    return f'<a href="/{escape(path)}">{escape(text)}</a>'


def _table(caption: str, head: list[str], rows: list[list[str]]) -> str:
    """The cells are HTML."""
    if not rows:
        return f"<h2>{caption}</h2><p>None.</p>"
    columns = "".join(f"<th>{name}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    return (
        f'<h2>{caption}</h2><div class="scroll" tabindex=0 role="region" aria-label="{caption}">{table}</div>'
    )
