"""Jobs of continuous integration in one shape, whichever system they are written for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from evidence.signals.documents import line_of, mapping, word
from evidence.signals.repository import Repository


class Trigger(StrEnum):
    """What starts a job."""

    PUSH = "push"
    PULL_REQUEST = "pull request"
    SCHEDULE = "schedule"
    EVENT = "event"  # another system, or another pipeline, calls
    DATA = "change of data"  # a push that is filtered to data files
    MANUAL = "by hand"


AUTOMATIC = frozenset(Trigger) - {Trigger.MANUAL}
ON_CHANGE = frozenset({Trigger.PUSH, Trigger.PULL_REQUEST})


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of shell text (`run`), or a ready-made action (`uses`) with its settings.

    `line` is where it starts in `path`; `folder` is where it runs, relative to the repository.
    """

    path: str
    line: int
    run: str = ""
    uses: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Steps that run together, and what starts them (empty: nothing ever does)."""

    path: str
    name: str
    triggers: frozenset[Trigger]
    steps: tuple[Step, ...]

    @property
    def is_automatic(self) -> bool:
        return bool(self.triggers & AUTOMATIC)


def step_at(repo: Repository, path: str, *, run: str = "", uses: str = "", **more: object) -> Step:
    """A step with its line looked up in the file's text."""
    first = next((line.strip() for line in (run or uses).splitlines() if line.strip()), "")
    settings = {word(key): word(value) for key, value in mapping(more.get("settings")).items()}
    line = line_of(repo.text(path), re.escape(first)) if first else 1
    return Step(
        path=path, line=line, run=run, uses=uses, settings=settings, folder=clean_folder(more.get("folder"))
    )


def clean_folder(value: object) -> str:
    """A working directory as a path inside the repository; what cannot be known is its root."""
    text = word(value).strip().strip("/")
    text = re.sub(r"^(\./|\$\{\{\s*github\.workspace\s*\}\}/?|\$\(.*?\)/?|\$\w+/?|~/[\w-]+/?)+", "", text)
    return "" if text in {"", "."} or "$" in text else text.removeprefix("./").rstrip("/")


DATA_PATH = re.compile(
    r"(^|/)(data|datasets?|raw)(/|$)|\.dvc$|dvc\.lock|\.(csv|parquet|jsonl|arrow|feather)$", re.IGNORECASE
)


def push_trigger(paths: Iterable[str]) -> Trigger:
    """A push filtered to data files is a new dataset; any other is a change of code."""
    wanted = [path for path in paths if not path.startswith("!")]
    return Trigger.DATA if wanted and all(DATA_PATH.search(path) for path in wanted) else Trigger.PUSH


def is_never(condition: object) -> bool:
    """True for `false`, `${{ false }}` and `false && …`."""
    text = re.sub(r"^\$\{\{\s*(.*?)\s*\}\}$", r"\1", word(condition).strip(), flags=re.DOTALL).strip()
    return bool(re.match(r"(false|0)(\s*&&.*)?$", text, re.IGNORECASE | re.DOTALL))


def with_triggers(job: Job, triggers: frozenset[Trigger]) -> Job:
    return replace(job, triggers=triggers)
