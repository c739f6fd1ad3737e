"""Jenkins: the shell steps of a Jenkinsfile, read as text; Groovy is not parsed."""

import re
from collections.abc import Iterator

from evidence.signals.jobs import ON_CHANGE, Job, Step, Trigger
from evidence.signals.repository import Repository

FILE = r"(^|/)jenkinsfile([._-][^/]*)?$|\.jenkinsfile$"
QUOTED = r"('''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
SHELL = re.compile(
    rf"\b(?:sh|bat|powershell|pwsh)\b\s*\(?\s*(?:\[?\s*(?:label|returnStatus|returnStdout)\s*:\s*[^,]+,\s*)*"
    rf"(?:script\s*:\s*)?{QUOTED}",
    re.DOTALL,
)
DOCKER_BUILD = re.compile(r"\b(docker\.build)\s*\(?\s*['\"]")
NEVER = re.compile(r"when\s*\{\s*expression\s*\{\s*(return\s+)?false\s*\}\s*\}")


def jobs(repo: Repository) -> Iterator[Job]:
    for path in repo.paths(FILE):
        text = _without_comments(repo.text(path))
        steps = tuple(sorted(_steps(path, text), key=lambda step: step.line))
        if steps and re.search(r"\b(pipeline|node)\b\s*(\([^)]*\)\s*)?\{", text):
            yield Job(path=path, name="Jenkinsfile", triggers=_triggers(text), steps=steps)


def _steps(path: str, text: str) -> Iterator[Step]:
    never = [match.start() for match in NEVER.finditer(text)]
    for found in SHELL.finditer(text):
        if not _is_behind(text, found.start(), never):
            run = found[1].strip("'\"").replace("\\n", "\n")
            yield Step(path=path, line=text.count("\n", 0, found.start(1)) + 1, run=run)
    for found in DOCKER_BUILD.finditer(text):
        if not _is_behind(text, found.start(), never):
            yield Step(path=path, line=text.count("\n", 0, found.start()) + 1, uses=found[1])


def _is_behind(text: str, position: int, never: list[int]) -> bool:
    """True if a `when { expression { false } }` stands in the same stage before `position`."""
    stage = max(text.rfind("stage(", 0, position), text.rfind("stage (", 0, position))
    return any(stage < start < position for start in never)


def _triggers(text: str) -> frozenset[Trigger]:
    scheduled = re.search(r"\b(cron|parameterizedCron)\s*\(\s*['\"]", text)
    return ON_CHANGE | {Trigger.SCHEDULE} if scheduled else ON_CHANGE


def _without_comments(text: str) -> str:
    """Comments blanked, line numbers kept; `//` inside a quoted text (an address) stays."""
    keep = re.compile(rf"{QUOTED}|//[^\n]*|/\*.*?\*/", re.DOTALL)
    return keep.sub(lambda m: m[0] if m[1] else "\n" * m[0].count("\n"), text)
