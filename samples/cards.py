"""The card on the overview that shows how far the sample workspace is."""

from django.http import HttpRequest
from django.urls import reverse

from core.cards import Card
from samples.build import STEPS
from samples.models import BuildStep, StepState

TEMPLATE = "samples/_progress.html"


def progress_card(request: HttpRequest, subject: object) -> Card | None:
    """The progress of the build; nothing when no build was begun or when it is complete."""
    rows = list(BuildStep.objects.all())
    if not rows or all(row.state == StepState.DONE for row in rows):
        return None
    return Card(TEMPLATE, context_of(rows))


def context_of(rows: list[BuildStep]) -> dict[str, object]:
    """What the card shows of the steps."""
    labels = {step.name: step.label for step in STEPS}
    done = [row for row in rows if row.state == StepState.DONE]
    here = next((row for row in rows if row.state in {StepState.RUNNING, StepState.FAILED}), None)
    return {
        "url": reverse("samples:progress"),
        "steps": [(labels.get(row.name, row.name), row) for row in rows],
        "label": labels.get(here.name, here.name) if here else "",
        "detail": here.detail if here else "",
        "failed": bool(here and here.state == StepState.FAILED),
        "value": round(100 * len(done) / len(rows)) if rows else 0,
        "count": len(done),
        "total": len(rows),
        "complete": len(done) == len(rows),
    }
