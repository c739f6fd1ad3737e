"""The fragment that the progress card asks for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from samples.cards import TEMPLATE, context_of
from samples.models import BuildStep


@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """The card as it stands; when the build is complete, htmx is told to load the page again."""
    context = context_of(list(BuildStep.objects.all()))
    answer = render(request, TEMPLATE, context)
    if context["complete"]:
        answer["HX-Refresh"] = "true"
    return answer
