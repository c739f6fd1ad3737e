"""The rows of maturity: judgements, the rubrics they rest on, what people said, and remembered facts."""

from maturity.models.announcements import Announcement
from maturity.models.assessments import Assessment, Confirmation, CriterionResult
from maturity.models.bottlenecks import BottleneckReading
from maturity.models.comparisons import Comparison
from maturity.models.inputs import Attestation, Dispute, Drill, Mapping, Waiver
from maturity.models.rubrics import RubricChoice, RubricText
from maturity.models.snapshots import FactsSnapshot

__all__ = [
    "Announcement",
    "Assessment",
    "Attestation",
    "BottleneckReading",
    "Comparison",
    "Confirmation",
    "CriterionResult",
    "Dispute",
    "Drill",
    "FactsSnapshot",
    "Mapping",
    "RubricChoice",
    "RubricText",
    "Waiver",
]
