"""The facts about one system at one moment: typed, read-only, complete.

`maturity.load_facts` fills them from the store; probes read nothing else. Times are aware and in
UTC. `None` for a moment or a number means that the source does not say.
"""

from maturity.facts.ci import Branch, BuiltImage, CheckRun, Job, PullRequest, WorkflowRun
from maturity.facts.code import Commit, Repository, Rung, Signal, Signals
from maturity.facts.models import Deployment, ModelVersion
from maturity.facts.people import Attested, Exercise, Means, Waived
from maturity.facts.serving import (
    Analysis,
    Delivery,
    FeatureService,
    FeatureView,
    Objective,
    Readiness,
    Reconciliation,
)
from maturity.facts.sources import Blind, Ref, SourceHealth
from maturity.facts.system import Happening, SystemFacts
from maturity.facts.training import (
    Component,
    Dataset,
    PipelineRun,
    PipelineTask,
    PipelineVersion,
    Run,
    Schedule,
    Task,
)

__all__ = [
    "Analysis",
    "Attested",
    "Blind",
    "Branch",
    "BuiltImage",
    "CheckRun",
    "Commit",
    "Component",
    "Dataset",
    "Delivery",
    "Deployment",
    "Exercise",
    "FeatureService",
    "FeatureView",
    "Happening",
    "Job",
    "Means",
    "ModelVersion",
    "Objective",
    "PipelineRun",
    "PipelineTask",
    "PipelineVersion",
    "PullRequest",
    "Readiness",
    "Reconciliation",
    "Ref",
    "Repository",
    "Run",
    "Rung",
    "Schedule",
    "Signal",
    "Signals",
    "SourceHealth",
    "SystemFacts",
    "Task",
    "Waived",
    "WorkflowRun",
]
