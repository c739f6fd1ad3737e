"""What the sample workspace consists of, and where its parts are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.text import slugify

from samples.data import Snapshots, snapshots


class BuildError(Exception):
    """A step of the build cannot go on; the message is one sentence for the person watching."""


@dataclass(frozen=True, slots=True)
class SampleSystem:
    """One of the three ML systems. Its repository has the name of its slug."""

    slug: str
    name: str
    team: str
    description: str
    target_level: int
    models: tuple[str, ...]
    experiments: tuple[str, ...]
    pipeline: str = ""
    protected: bool = False
    """May its branch be changed by reviewed pull requests alone?"""


SYSTEMS = (
    SampleSystem(
        slug="demand-forecast",
        name="Demand forecast",
        team="Supply",
        description="Forecasts next week's demand of every article. Sample: everything is done by hand.",
        target_level=1,
        models=("demand-forecast",),
        experiments=("demand forecast",),
    ),
    SampleSystem(
        slug="churn",
        name="Churn",
        team="Growth",
        description="Tells which customers are likely to leave. Sample: trained by a pipeline, every Monday.",
        target_level=2,
        models=("churn", "churn-uplift"),
        experiments=("churn", "churn-uplift"),
        pipeline="churn-training",
        protected=True,
    ),
    SampleSystem(
        slug="fraud-score",
        name="Fraud score",
        team="Payments",
        description="Scores card payments. Sample: tried and delivered by CI; its payments have changed.",
        target_level=2,
        models=("fraud-score",),
        experiments=("fraud-score", "fraud-score-production"),
        pipeline="fraud-score-training",
        protected=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder everything is made in, the servers, and the moment the build began.

    `began` is the same in every continuation of a build, so that dates do not move. `say` shows a
    sentence about the step under way.
    """

    folder: Path
    web: str
    mlflow: str
    kfp: str
    github: str
    began: datetime
    say: Callable[[str], None]

    @property
    def data(self) -> Snapshots:
        return snapshots(self.folder / "data")

    def repository(self, name: str) -> Path:
        return self.folder / "git" / f"{name}.git"

    def page(self, system: SampleSystem) -> str:
        """Where the stand-in for GitHub shows the system's repository."""
        return f"{self.github}/{slugify(system.team)}/{system.slug}"

    def checkout(self, name: str) -> Path:
        return self.folder / "checkouts" / name

    def log_of(self, model: str) -> Path:
        """The folder of a deployed model's serving log."""
        return self.folder / "serving" / model
