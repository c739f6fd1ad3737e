"""Which pipeline runs are rehearsals and which are production.

An experiment or namespace whose name holds a word such as staging, test or ci is a rehearsal's; so
is one that the team mapped (kind `environment`). Once any name tells an environment, everything
else is production; where no name does, nothing is known. Pure.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from maturity.facts import PipelineRun, PipelineVersion, SystemFacts

REHEARSAL = re.compile(
    r"(?<![a-z])(dev|develop(ment)?|tests?|testing|ci|int(egration)?|stag(e|ing)|pre-?prod(uction)?|qa|uat|"
    r"sandbox|smoke|e2e)(?![a-z])",
    re.IGNORECASE,
)
PRODUCTION = re.compile(r"(?<![a-z])(prod|production|live)(?![a-z])", re.IGNORECASE)
MAPPED = "environment"


@dataclass(slots=True)
class Stage:
    """The runs of one pipeline version: rehearsals of the same specification, and production."""

    rehearsals: list[PipelineRun] = field(default_factory=list)
    production: list[PipelineRun] = field(default_factory=list)

    @property
    def first(self) -> PipelineRun:
        """The first production run; there is always one."""
        return min(self.production, key=lambda run: (run.started_at is None, run.started_at, run.ref.uid))

    @property
    def promoted_at(self) -> datetime | None:
        """The start of the first production run."""
        return self.first.started_at


def are_known(facts: SystemFacts) -> bool:
    """True if any run's experiment or namespace tells its environment."""
    return any(is_rehearsal(run, facts) or PRODUCTION.search(_place(run)) for run in facts.pipeline_runs)


def stages(facts: SystemFacts) -> list[tuple[PipelineVersion, Stage]]:
    """Each pipeline version that ran in production, with its runs."""
    specs = {version.ref.uid: version.spec or version.ref.uid for version in facts.pipeline_versions}
    rehearsed: dict[str, list[PipelineRun]] = defaultdict(list)
    produced: dict[str, list[PipelineRun]] = defaultdict(list)
    for run in facts.pipeline_runs:
        if is_rehearsal(run, facts):
            rehearsed[run.spec or specs.get(run.version_uid, run.version_uid)].append(run)
        else:
            produced[run.version_uid].append(run)
    return [
        (version, Stage(rehearsed[specs[version.ref.uid]], produced[version.ref.uid]))
        for version in facts.pipeline_versions
        if version.ref.uid in produced
    ]


def _place(run: PipelineRun) -> str:
    return f"{run.namespace} / {run.experiment}"


def is_rehearsal(run: PipelineRun, facts: SystemFacts) -> bool:
    """True where its experiment or namespace tells that the run is none of production."""
    mapped = [means for means in facts.means if means.kind == MAPPED]
    names = [name for name in (run.namespace, run.experiment) if name]
    return any(REHEARSAL.search(n) or any(means.covers(n) for means in mapped) for n in names)
